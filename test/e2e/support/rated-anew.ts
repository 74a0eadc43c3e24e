import type { KeyObject } from "node:crypto";

import type { Columns } from "@tallybook/columns";
import { createMemoryLog } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { followSources, openRater } from "@tallybook/service-rater";
import { decode, topics } from "@tallybook/wire";
import type { FactOf } from "@tallybook/wire";

export interface RatedAnew {
  /** Of usage. */
  readonly posted: readonly FactOf<"TransactionPosted">[];
  /** Why it would not go on; nothing where it came to the last cut. */
  readonly raised: readonly string[];
}

/** Rates everything from the first cut on, as the rater does, from these columns into a journal of its own in memory. */
export async function ratedAnew(
  { log, columns }: { readonly log: Log; readonly columns: Columns },
  signingKey: KeyObject,
): Promise<RatedAnew> {
  const memory = createMemoryLog();
  const own = new Set<string>([topics.journal, topics.invoices]);
  await memory.prepareTopics([...own].map((topic) => ({ topic, partitions: 1 })));
  const logOf = (topic: string) => (own.has(topic) ? memory : log);
  const both: Log = {
    ...log,
    endOffset: (topic, partition) => logOf(topic).endOffset(topic, partition),
    fetch: (topic, ...of) => logOf(topic).fetch(topic, ...of),
    transactor: (id) => memory.transactor(id),
  };
  const sources = await followSources(both, { idleMs: 50 });
  let raised: readonly string[] = [];
  const rater = await openRater({
    log: both,
    ...sources,
    columns,
    signingKey,
    reached: () => {},
    raise: (differences) => {
      raised = differences;
    },
    waiting: () => {},
    passed: () => {},
    stopping: new AbortController().signal,
    retryMs: 0,
  });
  while ((await rater.turn()) === "worked");
  await rater.close();
  for (const follower of Object.values(sources)) await follower.close();
  const facts = memory.recordsOf(topics.journal, 0).map(({ value }) => decode(value));
  const posted = facts.filter((fact) => fact.kind === "TransactionPosted");
  return { raised, posted: posted.filter((fact) => fact.transaction_kind === "usage") };
}
