import type { SoldPrice } from "@tallybook/catalog";

import { advancedPeriod } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import type { Rating } from "./plan.ts";
import { billedFor } from "./rated.ts";
import type { BilledPrice } from "./rated.ts";

/** What was billed of a price's usage before the period was over; undefined where nothing was, by the meter that it is over now. */
export function billedBefore(
  ledger: Ledger,
  rating: Rating,
  price: SoldPrice,
): BilledPrice | undefined {
  const billed = billedFor(advancedPeriod(ledger, rating, rating.period.from), price);
  return billed?.meter === price.meter ? billed : undefined;
}
