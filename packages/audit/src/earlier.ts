import type { Log, LogRecord } from "@tallybook/log";
import { targetOf } from "@tallybook/usage";
import type { EarlierRecord, RawFact, Window } from "@tallybook/usage";
import { readRaw, topics } from "@tallybook/wire";
import type { Unreadable } from "@tallybook/wire";

import type { ClaimsOfIdentities } from "./decider.ts";

/** The records of `usage.raw` that a correction refers to, as the claims below it know them; none of any other record. */
export async function earlierRecords(
  log: Log,
  partition: number,
  { record, fact }: { readonly record: LogRecord; readonly fact: RawFact | Unreadable },
  window: Window | undefined,
  claims: Pick<ClaimsOfIdentities, "of">,
): Promise<ReadonlyMap<number, EarlierRecord>> {
  const earlier = new Map<number, EarlierRecord>();
  if (fact.kind !== "UsageReported" || fact.target === null || window === undefined) return earlier;
  const target = targetOf(fact, record.offset, window.lower_bound, claims.of);
  if (target === undefined) return earlier;
  for (const offset of new Set([target.original, target.inForce])) {
    const { records } = await log.fetch(topics.usageRaw, partition, offset, oneRecord);
    const [found] = records;
    const event = found?.offset === offset ? readRaw(found.value) : undefined;
    if (event?.kind === "UsageReported")
      earlier.set(offset, { offset, appended_at: (found?.timestamp ?? 0) * 1_000, event });
  }
  return earlier;
}

const oneRecord = { bytesMax: 1, waitMsMax: 500 };
