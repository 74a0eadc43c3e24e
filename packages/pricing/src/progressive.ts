import { add, compare, type Decimal, floor, mul, ratio, sub } from "@tallybook/money";
import { zero } from "./share.ts";

/** Amounts of a period's usage at which it is billed before the period ends. */
export interface Thresholds {
  /** Ascending. */
  readonly once: readonly Decimal[];
  /** Above the last of them, after each so much more; null: not again. */
  readonly recurring: Decimal | null;
}

/**
 * What is billed as usage grows, by the amounts that it has come to after each step: everything not billed yet, whenever a
 * threshold that was not reached before is reached. Several thresholds at once are one bill.
 */
export function thresholdBills(thresholds: Thresholds, amounts: readonly Decimal[]): Decimal[] {
  let reached = zero;
  let billed = zero;
  const bills: Decimal[] = [];
  for (const amount of amounts) {
    const level = reachedBy(thresholds, amount);
    if (compare(level, reached) <= 0) continue;
    reached = level;
    bills.push(sub(amount, billed));
    billed = amount;
  }
  return bills;
}

/** The highest threshold that an amount has reached; zero where it has reached none. */
function reachedBy({ once, recurring }: Thresholds, amount: Decimal): Decimal {
  const last = once.at(-1) ?? zero;
  if (recurring !== null && compare(amount, last) >= 0) {
    const times = floor(ratio(sub(amount, last), recurring));
    return add(last, mul(times, recurring));
  }
  return once.findLast((threshold) => compare(amount, threshold) >= 0) ?? zero;
}
