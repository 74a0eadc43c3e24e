import { add, type Decimal, decimal, isZero, sub, sum } from "./decimal.ts";
import { cut, mulRatios, ratio, type Ratio } from "./ratio.ts";

/** Decimals of a posted amount. */
export const POSTED_DECIMALS = 24;

/**
 * The total in parts by weight, each with at most 24 decimals, in the order of the weights.
 * The parts are differences of cut running sums, so they add up to the cut total exactly, and a
 * weight of zero gets zero. Throws a RangeError where there is a total and no weight to share it by.
 */
export function shareOut(total: Ratio, weights: readonly Decimal[]): Decimal[] {
  const whole = sum(weights);
  if (isZero(whole)) {
    if (isZero(total.num)) return weights.map(() => zero);
    throw new RangeError("a total to share out, but the weights add up to zero");
  }
  let running = zero;
  let given = zero;
  return weights.map((weight) => {
    running = add(running, weight);
    const due = cut(mulRatios(total, ratio(running, whole)), POSTED_DECIMALS);
    const part = sub(due, given);
    given = due;
    return part;
  });
}

const zero = decimal("0");
