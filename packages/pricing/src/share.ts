import {
  addRatios,
  compareRatios,
  type Decimal,
  decimal,
  mul,
  mulRatios,
  ratio,
  type Ratio,
  ratioOf,
  subRatios,
} from "@tallybook/money";

/** The charge cannot rate this usage. */
export class NotRatable extends Error {
  override readonly name = "NotRatable";
}

/** What one tier contributed; a charge without tiers has one. */
export interface Share {
  /** From 1. */
  readonly tier: number;
  /** Exclusive. */
  readonly from: Decimal;
  /** Inclusive; null: no end. */
  readonly upTo: Decimal | null;
  /** Of the rated quantity, what lies in the tier. */
  readonly quantity: Decimal;
  /** What unitAmount is multiplied by: units, packages or blocks. */
  readonly billed: Decimal;
  /** For `per` of what is billed; null: there is no such price. */
  readonly unitAmount: Decimal | null;
  readonly per: Decimal;
  /** Null where none is owed. */
  readonly flatAmount: Decimal | null;
  /** What a cap took off; zero or more. */
  readonly capped: Ratio;
  /** unitAmount ÷ per × billed. */
  readonly usage: Ratio;
  /** usage + flatAmount − capped. */
  readonly amount: Ratio;
}

/** What a charge asks for a quantity: exact, in major units, and not rounded. */
export interface QuantityRating {
  readonly amount: Ratio;
  /** Their quantities add up to the rated quantity, their amounts to the amount. */
  readonly shares: readonly Share[];
}

/** What of a share is not figured out. */
export interface ShareBasis extends Omit<Share, "capped" | "usage" | "amount"> {
  readonly capAmount: Decimal | null;
}

export function shareOf(basis: ShareBasis): Share {
  const { capAmount, ...kept } = basis;
  const { billed, unitAmount, per, flatAmount } = basis;
  const usage = unitAmount === null ? nothing : ratio(mul(billed, unitAmount), per);
  const whole = flatAmount === null ? usage : addRatios(usage, ratioOf(flatAmount));
  if (capAmount === null) return { ...kept, capped: nothing, usage, amount: whole };
  const capped = above(whole, ratioOf(capAmount));
  return { ...kept, capped, usage, amount: subRatios(whole, capped) };
}

/** Shares as a rating. */
export function summed(shares: readonly Share[]): QuantityRating {
  return { amount: sumOfRatios(shares.map((share) => share.amount)), shares };
}

/** Zero for an empty list. */
export function sumOfRatios(amounts: readonly Ratio[]): Ratio {
  let total = amounts[0] ?? nothing;
  for (let index = 1; index < amounts.length; index += 1) {
    total = addRatios(total, amounts[index] ?? nothing);
  }
  return total;
}

/** A number of times an amount. */
export function times(quantity: Decimal, amount: Ratio): Ratio {
  return mulRatios(ratioOf(quantity), amount);
}

function above(amount: Ratio, cap: Ratio): Ratio {
  return compareRatios(amount, cap) > 0 ? subRatios(amount, cap) : nothing;
}

export const zero = decimal("0");
export const one = decimal("1");
export const hundred = decimal("100");
export const nothing: Ratio = ratioOf(zero);
