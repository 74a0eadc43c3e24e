import {
  add,
  type Currency,
  type Decimal,
  min,
  type Ratio,
  ratioOf,
  sub,
  subRatios,
  sum,
} from "@tallybook/money";
import { type Coupon, spreadCoupons } from "./discount.ts";
import { roundMoney } from "./round-money.ts";
import { sumOfRatios, zero } from "./share.ts";
import { taxOf } from "./tax.ts";

/** A line before coupons and tax. */
export interface TaxableLine {
  readonly amount: Decimal;
  readonly taxPercents: readonly Decimal[];
}

export interface TaxedLine {
  /** What coupons take off, exactly. */
  readonly discount: Ratio;
  /** On what is left, exactly. */
  readonly tax: Ratio;
  readonly taxRounded: Decimal;
}

export interface TaxedInvoice {
  readonly lines: readonly TaxedLine[];
  readonly subtotal: Decimal;
  readonly discount: Decimal;
  readonly subtotalAfterDiscount: Decimal;
  /** Of the exact taxes of the lines, rounded once: not the sum of the rounded ones. */
  readonly tax: Decimal;
  readonly total: Decimal;
}

/** Coupons in their order, then taxes on what is left; an invoice rounds its tax once. */
export function taxInvoice(
  lines: readonly TaxableLine[],
  coupons: readonly Coupon[],
  currency: Currency,
): TaxedInvoice {
  const discounts = spreadCoupons(
    lines.map(({ amount }) => amount),
    coupons,
  );
  const taxed = lines.map(({ amount, taxPercents }, index): TaxedLine => {
    const discount = discounts[index] ?? ratioOf(zero);
    const left = subRatios(ratioOf(amount), discount);
    const tax = sumOfRatios(taxPercents.map((percent) => taxOf(left, percent)));
    return { discount, tax, taxRounded: roundMoney(tax, currency) };
  });
  const subtotal = sum(lines.map(({ amount }) => amount));
  const discount = roundMoney(sumOfRatios(taxed.map((line) => line.discount)), currency);
  const subtotalAfterDiscount = sub(subtotal, discount);
  const tax = roundMoney(sumOfRatios(taxed.map((line) => line.tax)), currency);
  const total = add(subtotalAfterDiscount, tax);
  return { lines: taxed, subtotal, discount, subtotalAfterDiscount, tax, total };
}

/** Prepaid money never makes an invoice's total negative. */
export function payFromBalance(
  total: Decimal,
  balance: Decimal,
): { readonly applied: Decimal; readonly total: Decimal; readonly balance: Decimal } {
  const applied = min(total, balance);
  return { applied, total: sub(total, applied), balance: sub(balance, applied) };
}
