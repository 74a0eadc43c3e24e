import {
  add,
  compareRatios,
  type Currency,
  type Decimal,
  isZero,
  majorUnits,
  maxRatio,
  min,
  minRatio,
  mul,
  mulRatios,
  ratio,
  type Ratio,
  ratioOf,
  roundRatio,
  sub,
  subRatios,
  sum,
} from "@tallybook/money";
import { roundMoney } from "./round-money.ts";
import { hundred, nothing, sumOfRatios, zero } from "./share.ts";

/** What is taken off an amount: a part of it, or so much. */
export type Discount =
  | { readonly kind: "percent"; readonly percentOff: Decimal }
  | { readonly kind: "fixed"; readonly amountOff: Decimal };

/** What a discount takes off: at most what is there, exactly. */
export function discountOn(amount: Ratio, discount: Discount): Ratio {
  switch (discount.kind) {
    case "percent":
      return minRatio(mulRatios(amount, ratio(discount.percentOff, hundred)), amount);
    case "fixed":
      return minRatio(ratioOf(discount.amountOff), maxRatio(amount, nothing));
  }
}

export interface Discounted {
  readonly discount: Decimal;
  /** What is left of the amount, as it is given, less the discount as it is rounded. */
  readonly final: Decimal;
}

/** A discount rounded to the currency. */
export function discountRounded(
  amount: Decimal,
  discount: Discount,
  currency: Currency,
): Discounted {
  const off = min(roundMoney(discountOn(ratioOf(amount), discount), currency), amount);
  return { discount: off, final: sub(amount, off) };
}

/** In which order discounts are taken: as they stand, or all percentages before all amounts. */
export type DiscountOrder = "as_given" | "percentages_first";

/** Discounts one after the other, each on what the one before it left; their exact amounts, in the order given. */
export function stackDiscounts(
  amount: Ratio,
  discounts: readonly Discount[],
  order: DiscountOrder,
): Ratio[] {
  const places = [...discounts.keys()];
  if (order === "percentages_first") {
    places.sort((a, b) => rank(discounts[a]) - rank(discounts[b]) || a - b);
  }
  let left = amount;
  const taken = new Map<number, Ratio>();
  for (const place of places) {
    const discount = discounts[place];
    if (discount === undefined) continue;
    const off = discountOn(left, discount);
    left = subRatios(left, off);
    taken.set(place, off);
  }
  return discounts.map((_discount, place) => taken.get(place) ?? nothing);
}

function rank(discount: Discount | undefined): number {
  return discount?.kind === "percent" ? 0 : 1;
}

/**
 * A discount in whole minor units over lines of an invoice, in proportion to their amounts: the shares add up to it exactly,
 * and none is more than its line. More than all lines together is all of them.
 */
export function spreadDiscount(
  lines: readonly Decimal[],
  discount: Decimal,
  currency: Currency,
): Decimal[] {
  const whole = sum(lines);
  const off = min(discount, whole);
  if (isZero(off)) return lines.map(() => zero);
  const cent = majorUnits("1", currency);
  const shares = lines.map((line) => {
    const exact = ratio(mul(off, line), whole);
    const floored = roundRatio(exact, currency.digits, "floor");
    return { floored, rest: subRatios(exact, ratioOf(floored)) };
  });
  // What flooring left goes to the largest rests, ties to the earlier line.
  const byRest = [...shares.keys()].sort((a, b) => compareRests(shares[a], shares[b]) || a - b);
  let left = sub(off, sum(shares.map(({ floored }) => floored)));
  const raised = new Set<number>();
  for (const index of byRest) {
    if (isZero(left)) break;
    raised.add(index);
    left = sub(left, min(left, cent));
  }
  return shares.map(({ floored }, index) => (raised.has(index) ? add(floored, cent) : floored));
}

function compareRests(
  a: { readonly rest: Ratio } | undefined,
  b: { readonly rest: Ratio } | undefined,
): number {
  return compareRatios(b?.rest ?? nothing, a?.rest ?? nothing);
}

/** A coupon of an invoice. */
export interface Coupon {
  readonly discount: Discount;
  /** Places of the lines that it is for; null: all. */
  readonly lines: readonly number[] | null;
}

/** What a coupon takes, exactly. */
export interface CouponTaking {
  /** What its lines come to, less what the coupons before it took. */
  readonly base: Ratio;
  readonly off: Ratio;
}

/**
 * What coupons take off lines of an invoice, in the order of the coupons: each of what is left of its lines, and at most that, spread
 * over them in proportion. Lines that come to nothing, or less, have nothing to take from.
 */
export function stackCoupons(
  amounts: readonly Decimal[],
  coupons: readonly Coupon[],
): { readonly takings: readonly CouponTaking[]; readonly left: readonly Ratio[] } {
  let left: readonly Ratio[] = amounts.map(ratioOf);
  const takings = coupons.map(({ discount, lines }): CouponTaking => {
    const isFor = (index: number): boolean => lines === null || lines.includes(index);
    const base = sumOfRatios(left.filter((_amount, index) => isFor(index)));
    if (compareRatios(base, nothing) <= 0) return { base, off: nothing };
    const off = discountOn(base, discount);
    left = left.map((amount, index) =>
      isFor(index) ? subRatios(amount, shareOfDiscount(amount, off, base)) : amount,
    );
    return { base, off };
  });
  return { takings, left };
}

/** What coupons take off each line of an invoice, exactly. */
export function spreadCoupons(amounts: readonly Decimal[], coupons: readonly Coupon[]): Ratio[] {
  const { left } = stackCoupons(amounts, coupons);
  return left.map((amount, index) => subRatios(ratioOf(amounts[index] ?? zero), amount));
}

function shareOfDiscount(amount: Ratio, off: Ratio, base: Ratio): Ratio {
  return mulRatios(amount, mulRatios(off, { num: base.den, den: base.num }));
}
