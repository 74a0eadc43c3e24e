import {
  add,
  compare,
  type Currency,
  type Decimal,
  max,
  min,
  type Ratio,
  ratioOf,
  sub,
  sum,
} from "@tallybook/money";
import { roundMoney } from "./round-money.ts";
import { zero } from "./share.ts";
import { taxOf } from "./tax.ts";

/** What may be given back: no more than was paid and has not been given back before. */
export function capCredit(potential: Decimal, paid: Decimal, earlier: Decimal): Decimal {
  return max(min(potential, sub(paid, earlier)), zero);
}

export interface CreditNote {
  readonly net: Decimal;
  readonly tax: Decimal;
  readonly total: Decimal;
}

/** An amount with its tax, given back: both from the exact amount, rounded each. */
export function creditNote(net: Ratio, taxPercent: Decimal, currency: Currency): CreditNote {
  const rounded = roundMoney(net, currency);
  const tax = roundMoney(taxOf(net, taxPercent), currency);
  return { net: rounded, tax, total: add(rounded, tax) };
}

/**
 * Credit notes over one invoiced amount, one after the other. The one that exhausts it takes what is left of the tax, so
 * that all of them together give back exactly what was invoiced.
 */
export function creditNotes(
  invoiced: { readonly net: Decimal; readonly taxPercent: Decimal },
  nets: readonly Decimal[],
  currency: Currency,
): CreditNote[] {
  const invoicedTax = roundMoney(taxOf(ratioOf(invoiced.net), invoiced.taxPercent), currency);
  const notes: CreditNote[] = [];
  for (const net of nets) {
    const isLast = compare(add(sum(notes.map((note) => note.net)), net), invoiced.net) === 0;
    const left = sub(invoicedTax, sum(notes.map((note) => note.tax)));
    const tax = isLast ? left : creditNote(ratioOf(net), invoiced.taxPercent, currency).tax;
    notes.push({ net, tax, total: add(net, tax) });
  }
  return notes;
}
