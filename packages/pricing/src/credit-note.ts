import { type Decimal, max, min, sub } from "@tallybook/money";
import { zero } from "./share.ts";

/** What may be given back: no more than was paid and has not been given back before. */
export function capCredit(potential: Decimal, paid: Decimal, earlier: Decimal): Decimal {
  return max(min(potential, sub(paid, earlier)), zero);
}
