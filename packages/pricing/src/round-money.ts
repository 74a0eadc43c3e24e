import {
  addRatios,
  type Currency,
  type Decimal,
  type Ratio,
  ratioOf,
  roundHalfUp,
} from "@tallybook/money";
import { nothing } from "./share.ts";

/** An amount in the minor units that its currency has, half away from zero; in major units. */
export function roundMoney(amount: Ratio, { digits }: Currency): Decimal {
  return roundHalfUp(amount, digits);
}

/** Where amounts are rounded: each on its own before they are added, their sum, or nowhere. */
export type RoundingPolicy = "each" | "sum" | "none";

/** Amounts added up by a policy. */
export function sumOfMoney(
  amounts: readonly Ratio[],
  currency: Currency,
  policy: RoundingPolicy,
): Ratio {
  const parts =
    policy === "each" ? amounts.map((amount) => ratioOf(roundMoney(amount, currency))) : amounts;
  const whole = parts.reduce(addRatios, nothing);
  return policy === "sum" ? ratioOf(roundMoney(whole, currency)) : whole;
}
