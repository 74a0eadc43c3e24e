import type { InvoiceFact } from "@tallybook/invoice";
import type { JournalFact } from "@tallybook/journal";
import type { MemoryLog } from "@tallybook/log";
import { decode, topics } from "@tallybook/wire";

import { invoiceAll } from "../../simulation/invoicing.ts";
import { rateAll } from "../../simulation/rating.ts";
import type { GoldenCut } from "./month.ts";
import { openGoldenWorld } from "./world.ts";
import type { GoldenWorld } from "./world.ts";

export interface GoldenRun {
  readonly journal: readonly JournalFact[];
  readonly invoices: readonly InvoiceFact[];
}

/** Rates and bills the month, cut by cut, by rater and invoicer as they are now. The first draft is finalized by a person, the second by nobody. */
export async function runMonth(month: readonly GoldenCut[]): Promise<GoldenRun> {
  const world = await openGoldenWorld();
  for (const [cut, each] of month.entries()) {
    await world.cut(each);
    await bill(world);
    if (cut !== 1) continue;
    const draft = factsOf<InvoiceFact>(world.log, topics.invoices).find(
      ({ kind }) => kind === "InvoiceDrafted",
    );
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
    await invoiceAll(world.log, toFinalize);
    await rateAll(world.log, world.columns);
  }
}

function factsOf<Of>(log: MemoryLog, topic: string): Of[] {
  return log.recordsOf(topic, 0).map(({ value }) => decode(value) as Of);
}
