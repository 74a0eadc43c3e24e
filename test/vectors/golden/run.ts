import type { InvoiceFact } from "@tallybook/invoice";
import type { JournalFact } from "@tallybook/journal";
import { followCatalogHistory } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { createOrders, openInvoicer } from "@tallybook/service-invoicer";
import { followSources, openRater } from "@tallybook/service-rater";
import { decode, topics } from "@tallybook/wire";

import { keys } from "../../simulation/world.ts";
import type { GoldenCut } from "./month.ts";
import { openGoldenWorld } from "./world.ts";
import type { GoldenWorld } from "./world.ts";

export interface GoldenRun {
  readonly journal: readonly JournalFact[];
  readonly invoices: readonly InvoiceFact[];
}

/** Rates and bills the month, cut by cut, by rater and invoicer as they are now. The first draft is finalized by a person. */
export async function runMonth(month: readonly GoldenCut[]): Promise<GoldenRun> {
  const world = await openGoldenWorld();
  for (const [cut, each] of month.entries()) {
    await world.cut(each);
    await bill(world);
    if (cut !== 1) continue;
    const draft = factsOf<InvoiceFact>(world.log, topics.invoices)[0];
    if (draft === undefined) throw new Error("nobody has asked for a draft by the second cut");
    await bill(world, draft);
  }
  return {
    journal: factsOf(world.log, topics.journal),
    invoices: factsOf(world.log, topics.invoices),
  };
}

/** Turns of both until neither has anything to do: what the invoicer rounds, the rater posts. */
async function bill(world: GoldenWorld, draft?: InvoiceFact): Promise<void> {
  const count = () => world.log.recordsOf(topics.journal, 0).length;
  for (let before = -1, toFinalize = draft; before !== count(); toFinalize = undefined) {
    before = count();
    await invoice(world, toFinalize);
    await rate(world);
  }
}

async function rate({ log, columns }: GoldenWorld): Promise<void> {
  const sources = await followSources(log, { idleMs: 1 });
  const rater = await openRater({
    log,
    ...sources,
    columns: { readUsage: columns.readUsage, proveParts: async () => ({ ok: true }) },
    signingKey: keys.privateKey,
    reached: () => {},
    raise: () => {},
    waiting: () => {},
    passed: () => {},
    stopping: new AbortController().signal,
  });
  while ((await rater.turn()) === "worked");
  await rater.close();
  for (const follower of Object.values(sources)) await follower.close();
}

async function invoice({ log }: GoldenWorld, draft: InvoiceFact | undefined): Promise<void> {
  const catalog = await followCatalogHistory(log, { idleMs: 1 });
  const orders = createOrders();
  const finalized = draft === undefined ? undefined : orders.finalize(draft);
  const invoicer = await openInvoicer({
    log,
    catalog,
    reached: () => {},
    shown: async () => {},
    passed: () => {},
    stopping: new AbortController().signal,
    orders,
  });
  while ((await invoicer.turn()) === "worked");
  await finalized;
  await invoicer.close();
  await catalog.close();
}

function factsOf<Of>(log: MemoryLog, topic: string): Of[] {
  return log.recordsOf(topic, 0).map(({ value }) => decode(value) as Of);
}
