import {
  add,
  addRatios,
  type Currency,
  type Decimal,
  mulRatios,
  ratio,
  type Ratio,
  ratioOf,
  sum,
} from "@tallybook/money";
import { roundMoney } from "./round-money.ts";
import { hundred } from "./share.ts";

/** A tax on an amount, at full precision. */
export function taxOf(taxable: Ratio, percent: Decimal): Ratio {
  return mulRatios(taxable, ratio(percent, hundred));
}

export interface Taxes {
  /** Rounded each, in the order of the rates. */
  readonly taxes: readonly Decimal[];
  readonly total: Decimal;
}

/** Several taxes on one amount, none of them on another: each is rounded, and the total is what they add up to. */
export function taxesOf(taxable: Ratio, percents: readonly Decimal[], currency: Currency): Taxes {
  const taxes = percents.map((percent) => roundMoney(taxOf(taxable, percent), currency));
  return { taxes, total: sum(taxes) };
}

/** An amount and its tax, rounded together once. */
export function withTax(taxable: Ratio, percent: Decimal, currency: Currency): Decimal {
  return roundMoney(addRatios(taxable, taxOf(taxable, percent)), currency);
}

/** Amounts that are rounded already, and their tax, rounded. */
export function plusTax(taxable: Decimal, percent: Decimal, currency: Currency): Decimal {
  return add(taxable, roundMoney(taxOf(ratioOf(taxable), percent), currency));
}
