import { decimal } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { NotRatable, unitCostOf } from "@tallybook/pricing";
import type { CostPlus, JobEvent, ProviderCost } from "@tallybook/pricing";
import type { OneEvent, UsageRow } from "@tallybook/usage";

/** A row that is one event. */
export interface EventRow {
  readonly row: UsageRow;
  readonly event: OneEvent;
}

/** Rows in the order of time; of one time by their place in the log. Throws NotRatable for one that is no single event. */
export function singleEvents(rows: readonly UsageRow[]): EventRow[] {
  return rows
    .map((row) => {
      const { event, slot } = row;
      if (event !== null) return { row, event };
      throw new NotRatable(`the usage from ${formatTime(slot)} on is not told apart by events`);
    })
    .sort(
      ({ event: a }, { event: b }) =>
        a.time - b.time || a.partition - b.partition || a.raw_offset - b.raw_offset,
    );
}

/** An event that names no job is a job of its own. */
export function jobEvent(property: string | null, { row, event }: EventRow): JobEvent {
  const job = property === null ? "" : (event.properties[property] ?? "");
  return { quantity: decimal(row.quantity), job: job === "" ? null : job };
}

export function providerCost(charge: CostPlus, { row, event }: EventRow): ProviderCost {
  return { quantity: decimal(row.quantity), unitCost: unitCostOf(charge, event) };
}
