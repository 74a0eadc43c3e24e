import type { Decimal } from "@tallybook/money";
import type { Micros, Period } from "@tallybook/periods";

import type { PeriodPart } from "./facts.ts";

/** A period of a subscription, once rated. Its bounds are those of its evidence, whatever a zone's tables say later. */
export interface RatedPeriod {
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly plan: string;
  readonly plan_version: number;
  readonly from: Micros;
  readonly to: Micros;
  /** Null: it is a whole one. */
  readonly part: PeriodPart | null;
  /** Of the first rating. */
  readonly cut: number;
  /** Of the first rating: late usage is rated with it too. */
  readonly catalog_offset: number;
  /** Id of the first transaction of the first rating. */
  readonly first: string;
  /** Its sequence number. */
  readonly seq: number;
  /** By `priceKey`. */
  readonly prices: Map<string, BilledPrice>;
}

/** What was posted for a price and a period, over all its transactions. */
export interface BilledPrice {
  readonly plan: string;
  readonly price: string;
  /** What the first of them was computed with. */
  readonly catalog_offset: number;
  /** Id of the first rating's usage transaction; null where only adjustments were posted. */
  usage: string | null;
  /** Of the last of them. */
  meter: string | null;
  /** Of the whole period, as the last transaction knew it. */
  quantity: Decimal;
  /** By canonical dimensions. */
  readonly shares: Map<string, BilledShare>;
  /** What late usage has changed of it since it was first rated, whoever is asked for it. */
  adjusted: Decimal;
  /** Of that, what nobody is asked for. */
  writtenOff: Decimal;
  /** Of a composite: its parts over the whole period, as the last transaction knew them. */
  parts: ReadonlyMap<string, Decimal>;
}

export interface BilledShare {
  readonly dimensions: Readonly<Record<string, string>>;
  quantity: Decimal;
  amount: Decimal;
}

/** Prices of two plans may have one name: a subscription can change from the one to the other. */
export function priceKey({ plan, price }: Pick<BilledPrice, "plan" | "price">): string {
  return `${plan}\u001f${price}`;
}

/** What was posted for a price; undefined where nothing was. */
export function billedFor(
  period: Pick<RatedPeriod, "prices"> | null | undefined,
  price: Pick<BilledPrice, "plan" | "price">,
): BilledPrice | undefined {
  return period?.prices.get(priceKey(price));
}

/** What is rated of one subscription. */
export interface RatedSubscription {
  readonly subscription: string;
  /** By time; no two share a moment. */
  readonly periods: RatedPeriod[];
  /**
   * Where the first gap begins: up to there everything from the first period on is rated. A period whose every charge was parked
   * leaves nothing in the journal, and so a gap.
   */
  through: Micros;
}

/** The rated period of a subscription that holds the time. */
export function ratedAt({ periods }: RatedSubscription, time: Micros): RatedPeriod | undefined {
  const last = periods[countUpTo(periods, time) - 1];
  return last !== undefined && time < last.to ? last : undefined;
}

/** The rated periods of a subscription that share any moment with that one. */
export function ratedWithin({ periods }: RatedSubscription, { from, to }: Period): RatedPeriod[] {
  const within: RatedPeriod[] = [];
  for (let at = Math.max(countUpTo(periods, from) - 1, 0); at < periods.length; at += 1) {
    const period = periods[at];
    if (period === undefined || period.from >= to) break;
    if (period.to > from) within.push(period);
  }
  return within;
}

/** The rated periods of a subscription that begin at that time or later. */
export function ratedFrom({ periods }: RatedSubscription, time: Micros): RatedPeriod[] {
  return periods.slice(countUpTo(periods, time - 1));
}

/** The first moment, from that one on, that no rated period of the subscription holds. */
export function unratedFrom(rated: RatedSubscription | undefined, from: Micros): Micros {
  if (rated === undefined) return from;
  return rated.periods[0]?.from === from ? rated.through : endOfRated(rated, from);
}

/** Takes in a period that was rated for the first time. */
export function addRated(rated: RatedSubscription, period: RatedPeriod): void {
  const { periods } = rated;
  const at = countUpTo(periods, period.from);
  periods.splice(at, 0, period);
  if (at === 0) rated.through = period.from;
  rated.through = endOfRated(rated, rated.through);
}

/** Where the rated periods end that follow each other from the one that holds that moment. */
function endOfRated(rated: RatedSubscription, from: Micros): Micros {
  let at = from;
  for (let next = ratedAt(rated, at); next !== undefined; next = ratedAt(rated, at)) at = next.to;
  return at;
}

/** How many of the periods begin at or before the time. */
function countUpTo(periods: readonly RatedPeriod[], time: Micros): number {
  let low = 0;
  let high = periods.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((periods[middle]?.from ?? time) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
