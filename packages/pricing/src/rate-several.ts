import { type Currency, type Decimal, type Ratio, ratioOf, subRatios } from "@tallybook/money";
import type { QuantityCharge } from "./charge.ts";
import { rateQuantity } from "./rate-quantity.ts";
import { roundMoney } from "./round-money.ts";
import { type Share, sumOfRatios } from "./share.ts";

/** Several units of one price, each by its own charge. */
export interface SeveralRating {
  readonly amount: Ratio;
  /** By unit in the order of their names, then by tier. */
  readonly lines: readonly { readonly unit: string; readonly share: Share }[];
}

export function rateSeveral(
  chargeByUnit: ReadonlyMap<string, QuantityCharge>,
  quantityByUnit: ReadonlyMap<string, Decimal>,
): SeveralRating {
  const units = [...chargeByUnit.keys()].toSorted();
  const lines = units.flatMap((unit) => {
    const charge = chargeByUnit.get(unit);
    const quantity = quantityByUnit.get(unit);
    if (charge === undefined || quantity === undefined) return [];
    return rateQuantity(charge, quantity).shares.map((share) => ({ unit, share }));
  });
  return { amount: sumOfRatios(lines.map(({ share }) => share.amount)), lines };
}

/** What is still to bill of an amount, rounded before what was billed is taken off, so that no fraction of a cent stays. */
export function leftToBill(amount: Ratio, billed: Decimal, currency: Currency | null): Ratio {
  const whole = currency === null ? amount : ratioOf(roundMoney(amount, currency));
  return subRatios(whole, ratioOf(billed));
}
