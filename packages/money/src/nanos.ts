import { decimal, type Decimal, mul } from "./decimal.ts";

// The typed API counts money in units of 1e-12 of the major unit, and calls them nanos: "2000000" is 0.000002.

/** Major units. */
export function amountOfNanos(nanos: Decimal): Decimal {
  return mul(nanos, oneNano);
}

/** A whole number where the amount has at most 12 decimals. */
export function nanosOf(amount: Decimal): Decimal {
  return mul(amount, nanosInOne);
}

const oneNano = decimal("0.000000000001");
const nanosInOne = decimal("1000000000000");
