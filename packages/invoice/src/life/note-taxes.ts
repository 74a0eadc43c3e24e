import {
  add,
  addRatios,
  cut,
  decimal,
  isNegative,
  isZero,
  majorUnits,
  min,
  mulRatios,
  negate,
  POSTED_DECIMALS,
  ratio,
  ratioOf,
  roundHalfUp,
  sub,
  subRatios,
  sum,
  toText,
} from "@tallybook/money";
import type { Currency, Decimal, Ratio } from "@tallybook/money";
import { taxOf } from "@tallybook/pricing";

import type { InvoiceLine } from "../facts.ts";
import { currencyIn, minorOf, taxGroups, withoutIncluded } from "../tax/amounts.ts";
import type { InvoiceTax } from "../tax/facts.ts";
import type { NoteIssued, NoteLine, NoteTax } from "./facts.ts";
import type { Receivable } from "./receivables.ts";

/** A line of an invoice, as far as its taxes go. */
type TaxedLine = Pick<InvoiceLine, "amount" | "exact">;

/**
 * What a note changes of the taxes on its lines: each tax is told again on what is left of its lines, exact, as the invoice would have told it,
 * and the note has the difference to what was left of it. So notes that leave nothing of the lines have given back all of it, however many
 * they are. What notes changed without taxes counts as left. `isWhole`: it is of all that is left, taxes without a line among it.
 */
export function taxesOfNote(
  { invoice, taxedByLine, taxLeft }: Receivable,
  invoiced: readonly TaxedLine[],
  {
    direction,
    lines,
    isWhole,
  }: Pick<NoteIssued, "direction" | "lines"> & { readonly isWhole: boolean },
): NoteTax[] {
  const { taxes } = invoice;
  if (taxes.length === 0) return [];
  const on = { taxes, invoiced, currency: currencyIn(invoice.currency) };
  const [was, is] = [
    leftOn({ ...on, taxedByLine }),
    leftOn({ ...on, taxedByLine: withLines(taxedByLine, { direction, lines }) }),
  ];
  return taxes.flatMap((tax, nth) => {
    const own = lines.filter(({ line }) => tax.lines.includes(line)).map(({ line }) => line);
    const known = taxLeft[nth] ?? zero;
    const change = sub(known, is.amountOf(tax));
    if (own.length === 0 && !(isWhole && !isZero(change))) return [];
    const base = subRatios(was.baseOf(tax), is.baseOf(tax));
    const signed = direction === "credit" ? (of: Decimal) => of : negate;
    return [
      {
        ...tax,
        nth,
        base: toText(signed(cut(base, POSTED_DECIMALS))),
        exact: toText(signed(cut(taxOf(base, decimal(tax.percent)), POSTED_DECIMALS))),
        amount: toText(signed(change)),
        lines: own,
      },
    ];
  });
}

/** Whether taxes of its invoice, on lines of a note, stay as they are. */
export function keepsTaxes(
  { lines, taxes }: Pick<NoteIssued, "lines" | "taxes">,
  ofInvoice: readonly InvoiceTax[],
): boolean {
  const isOn = (tax: InvoiceTax) => lines.some(({ line }) => tax.lines.includes(line));
  return taxes.length === 0 && ofInvoice.some((tax) => tax.amount !== "0" && isOn(tax));
}

/** What notes have added to each line together with its taxes, minor units, with one more of them. */
export function withLines(
  taxedByLine: ReadonlyMap<number, Decimal>,
  { direction, lines }: Pick<NoteIssued, "direction"> & { readonly lines: readonly NoteLine[] },
): Map<number, Decimal> {
  const all = new Map(taxedByLine);
  for (const { line, amount } of lines) {
    const change = direction === "credit" ? negate(decimal(amount)) : decimal(amount);
    all.set(line, add(all.get(line) ?? zero, change));
  }
  return all;
}

/** The lines of an invoice, and what notes have added to them with their taxes. */
interface OnLines {
  readonly taxes: readonly InvoiceTax[];
  readonly invoiced: readonly TaxedLine[];
  readonly currency: Currency;
  readonly taxedByLine: ReadonlyMap<number, Decimal>;
}

/** What taxes are on, and come to, on what is left of the lines. */
function leftOn({ taxes, invoiced, currency, taxedByLine }: OnLines) {
  const leftOf = (line: number) =>
    add(decimal(invoiced[line - 1]?.amount ?? "0"), taxedByLine.get(line) ?? zero);
  const groups = taxGroups(invoiced.length, taxes).map((places) => {
    const lines = places.map((place) => place + 1);
    const on = taxes.filter((tax) => tax.lines.includes(lines[0] ?? 0));
    const isSettled = lines.every((line) => isZero(leftOf(line)));
    return { on, base: withoutIncluded(isSettled ? nothing : exactOf(lines), on) };
  });

  /** What the lines were asked for, with the cents that notes have added. */
  function exactOf(lines: readonly number[]): Ratio {
    const exact = lines.map((line) => decimal(invoiced[line - 1]?.exact ?? "0"));
    const noted = sum(lines.map((line) => taxedByLine.get(line) ?? zero));
    return ratioOf(add(sum(exact), majorUnits(toText(noted), currency)));
  }

  function baseOf(tax: InvoiceTax): Ratio {
    const own = groups.filter(({ on }) => on.includes(tax));
    return own.reduce((all, { base }) => addRatios(all, base), nothing);
  }

  /** Of what a calculator made of its lines otherwise than from their sum, as much as is left of them. */
  function deviationOf({ amount, exact, lines }: InvoiceTax): Ratio {
    const deviation = sub(decimal(amount), minorOf(ratioOf(decimal(exact)), currency));
    if (isZero(deviation)) return nothing;
    const sizes = lines.map((line) => size(decimal(invoiced[line - 1]?.amount ?? "0")));
    const whole = sum(sizes);
    if (isZero(whole)) return nothing;
    const left = min(sum(lines.map((line) => size(leftOf(line)))), whole);
    return mulRatios(ratioOf(deviation), ratio(left, whole));
  }

  return {
    baseOf,
    /** Minor units. */
    amountOf(tax: InvoiceTax): Decimal {
      const told = minorOf(taxOf(baseOf(tax), decimal(tax.percent)), currency);
      return add(told, roundHalfUp(deviationOf(tax), 0));
    },
  };
}

function size(of: Decimal): Decimal {
  return isNegative(of) ? negate(of) : of;
}

const zero = decimal("0");
const nothing = ratioOf(zero);
