import { cut, type Decimal, POSTED_DECIMALS, sub, toText, addRatios } from "@tallybook/money";
import { quantityChargeOf } from "./charge-of-price.ts";
import type { Price, RatedTier, Rating } from "./price.ts";
import { rateQuantity } from "./rate-quantity.ts";
import { nothing, type QuantityRating, zero } from "./share.ts";

/**
 * What the price asks for a period's quantity, exactly. A quantity of zero or below costs nothing,
 * but a flat price always costs its amount. Throws NotRatable for a price that is not valid.
 */
export function rate(price: Price, quantity: Decimal): Rating {
  const charge = quantityChargeOf(price);
  const rating = rateQuantity(charge, quantity);
  return { amount: rating.amount, tiers: charge.model === "flat" ? [] : ratedTiers(rating) };
}

/** The cut amounts are differences of a running sum, so that they add up to the cut total. */
function ratedTiers({ shares }: QuantityRating): RatedTier[] {
  let amount = nothing;
  let given = zero;
  return shares.map((share): RatedTier => {
    amount = addRatios(amount, share.amount);
    const due = cut(amount, POSTED_DECIMALS);
    const cutAmount = sub(due, given);
    given = due;
    return {
      from: toText(share.from),
      up_to: share.upTo === null ? null : toText(share.upTo),
      quantity: toText(share.quantity),
      unit_amount: toText(share.unitAmount ?? zero),
      flat_amount: toText(share.flatAmount ?? zero),
      amount: toText(cutAmount),
    };
  });
}
