import { add, type Decimal, sum } from "@tallybook/money";
import type { Bulk } from "./charge.ts";
import { convertUnits } from "./conversion.ts";
import { rateQuantity } from "./rate-quantity.ts";
import { type QuantityRating, zero } from "./share.ts";

/** Raw units of one event, and the job or reservation that it belongs to; null: a job of its own. */
export interface JobEvent {
  readonly quantity: Decimal;
  readonly job: string | null;
}

export interface BulkRating {
  /** How many events, jobs or periods were rounded each. */
  readonly pieces: number;
  readonly raw: Decimal;
  /** What is priced, after conversion. */
  readonly billable: Decimal;
  readonly rating: QuantityRating;
}

/** Raw units turned into billable ones where the price says that they are rounded, then priced. */
export function rateBulk(charge: Bulk, events: readonly JobEvent[]): BulkRating {
  const pieces = rounded(charge, events);
  const billable = sum(pieces.map((raw) => convertUnits(charge.conversion, raw)));
  return {
    pieces: pieces.length,
    raw: sum(events.map(({ quantity }) => quantity)),
    billable,
    rating: rateQuantity(charge.charge, billable),
  };
}

/** Raw units in the pieces that are rounded each. */
function rounded({ roundPer }: Bulk, events: readonly JobEvent[]): Decimal[] {
  switch (roundPer) {
    case "event":
      return events.map(({ quantity }) => quantity);
    case "job":
      return byJob(events);
    case "period":
      return [sum(events.map(({ quantity }) => quantity))];
  }
}

function byJob(events: readonly JobEvent[]): Decimal[] {
  const alone = events.filter(({ job }) => job === null).map(({ quantity }) => quantity);
  const jobs = new Map<string, Decimal>();
  for (const { quantity, job } of events) {
    if (job !== null) jobs.set(job, add(jobs.get(job) ?? zero, quantity));
  }
  return [...jobs.values(), ...alone];
}
