import {
  add,
  addRatios,
  ceil,
  currency as currencyOf,
  cut,
  decimal,
  floor,
  mulRatios,
  POSTED_DECIMALS,
  ratio,
  ratioOf,
  roundHalfUp,
  sub,
  sum,
  toText,
} from "@tallybook/money";
import type { Currency, Decimal, DecimalText, Ratio } from "@tallybook/money";
import { taxOf } from "@tallybook/pricing";

import type { InvoiceTax, TaxOn } from "./facts.ts";

/**
 * The taxes of an invoice, in the order in which its lines meet them: each on the exact sum of its lines, rounded once. `taxesOn`: of
 * each line; the same tax is the same object. No tax is on another one, and each is on the amount without what the price holds.
 */
export function taxesOfLines(
  lines: readonly { readonly exact: DecimalText }[],
  taxesOn: readonly (readonly TaxOn[])[],
  code: string,
): InvoiceTax[] {
  const currency = currencyIn(code);
  const found = new Map<TaxOn, { base: Ratio; lines: number[] }>();
  for (const [index, { exact }] of lines.entries()) {
    const on = taxesOn[index] ?? [];
    const base = withoutIncluded(ratioOf(decimal(exact)), on);
    for (const tax of on) {
      const known = found.get(tax);
      if (known === undefined) found.set(tax, { base, lines: [index + 1] });
      else {
        known.base = addRatios(known.base, base);
        known.lines.push(index + 1);
      }
    }
  }
  return [...found].map(([tax, { base, lines: own }]) => {
    const exact = taxOf(base, decimal(tax.percent));
    return {
      ...tax,
      base: toText(cut(base, POSTED_DECIMALS)),
      exact: toText(cut(exact, POSTED_DECIMALS)),
      amount: toText(minorOf(exact, currency)),
      lines: own,
    };
  });
}

/** The least and the most, minor units, that a tax on top of lines comes to for whoever rounds that of each line alone, down or up. */
export function taxBounds(
  lines: readonly { readonly exact: DecimalText }[],
  percent: DecimalText,
  code: string,
): { readonly least: Decimal; readonly most: Decimal } {
  const currency = currencyIn(code);
  const exact = lines.map((line) =>
    minorRatio(taxOf(ratioOf(decimal(line.exact)), decimal(percent)), currency),
  );
  return { least: sum(exact.map(floor)), most: sum(exact.map(ceil)) };
}

/** What an invoice asks for besides its lines, minor units: what its prices hold is asked for already. */
export function addedTax(taxes: readonly Pick<InvoiceTax, "amount" | "inclusive">[]): Decimal {
  return sum(taxes.filter(({ inclusive }) => !inclusive).map(({ amount }) => decimal(amount)));
}

/** All taxes, minor units. */
export function wholeTax(taxes: readonly Pick<InvoiceTax, "amount">[]): DecimalText {
  return toText(sum(taxes.map(({ amount }) => decimal(amount))));
}

/**
 * What a tax is on as the invoice writes it, minor units: the cents of its lines, less those of the taxes that they hold; so that they add up
 * with it. Where those taxes are on other lines too, its base, rounded.
 */
export function baseAmount(
  { base, lines: own }: Pick<InvoiceTax, "base" | "lines">,
  {
    lines,
    taxes,
    currency: code,
  }: {
    readonly lines: readonly { readonly amount: DecimalText }[];
    readonly taxes: readonly InvoiceTax[];
    readonly currency: string;
  },
): DecimalText {
  const held = taxes.filter(
    ({ inclusive, lines: theirs }) => inclusive && theirs.some((line) => own.includes(line)),
  );
  if (held.some(({ lines: theirs }) => theirs.join() !== own.join())) {
    return toText(minorOf(ratioOf(decimal(base)), currencyIn(code)));
  }
  const cents = sum(own.map((line) => decimal(lines[line - 1]?.amount ?? "0")));
  return toText(sub(cents, decimal(wholeTax(held))));
}

/** Lines that the same taxes are on, by their places from 0: each such group is rounded for itself. */
export function taxGroups(count: number, taxes: readonly Pick<InvoiceTax, "lines">[]): number[][] {
  const all = Array.from({ length: count }, (_, index) => index);
  const keyOf = (index: number) =>
    taxes.flatMap(({ lines }, nth) => (lines.includes(index + 1) ? [nth] : [])).join(" ");
  return [...Map.groupBy(all, keyOf).values()];
}

/** An amount without the taxes of it that are in the price. */
export function withoutIncluded(
  whole: Ratio,
  on: readonly Pick<TaxOn, "inclusive" | "percent">[],
): Ratio {
  const percents = on.filter(({ inclusive }) => inclusive).map(({ percent }) => decimal(percent));
  if (percents.length === 0) return whole;
  return mulRatios(whole, ratio(hundred, add(hundred, sum(percents))));
}

/** Major units as whole minor ones, half away from zero. */
export function minorOf(amount: Ratio, currency: Currency): Decimal {
  return roundHalfUp(minorRatio(amount, currency), 0);
}

function minorRatio(amount: Ratio, { digits }: Currency): Ratio {
  return mulRatios(amount, ratioOf(decimal("1".padEnd(digits + 1, "0"))));
}

/** Throws for what is no currency. */
export function currencyIn(code: string): Currency {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`taxes in ${code}, which is no currency`);
  return currency;
}

const hundred = decimal("100");
