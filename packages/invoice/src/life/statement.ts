import { add, isZero, majorUnits, sub, sum, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import type { Micros, Period } from "@tallybook/periods";

import { currencyOf } from "./currency-of.ts";
import type { BookEntry, CustomerBook } from "./customer-books.ts";
import type { Receivable } from "./receivables.ts";

/** A line of a customer's statement; major units. */
export interface StatementLine {
  /** Of an invoice when it was finalized, of everything else that of the journal. */
  readonly at: Micros;
  readonly what: "invoice" | Exclude<BookEntry["kind"], "charge">;
  /** The invoice's number, the payment's or note's id. */
  readonly reference: string;
  /** What it adds to what is owed. */
  readonly amount: DecimalText;
  /** What is owed behind it. */
  readonly balance: DecimalText;
}

/** What a customer was asked for and paid in a stretch of time; major units. */
export interface Statement {
  readonly customer: string;
  readonly currency: string;
  /** Owed by invoices before it. */
  readonly opening: DecimalText;
  readonly lines: readonly StatementLine[];
  /** Owed by invoices at its end. */
  readonly closing: DecimalText;
  /** Posted by its end, and on no invoice then. */
  readonly not_invoiced: DecimalText;
  /** Both: the balance of `assets:receivable:CUSTOMER` at its end. */
  readonly receivable: DecimalText;
  /** The customer's own at its end. */
  readonly credit: DecimalText;
}

/** `invoices`: the customer's, whatever their currency. What moves nothing that is owed, such as a refund, is no line. */
export function statementOf(
  { customer, currency: code, entries }: CustomerBook,
  invoices: readonly Receivable[],
  { from, to }: Period,
): Statement {
  const currency = currencyOf(code);
  const asked = invoices
    .filter(({ invoice }) => invoice.currency === code)
    .map(({ invoice }) => ({
      at: invoice.finalized_at,
      what: "invoice" as const,
      reference: invoice.number,
      amount: majorUnits(invoice.total, currency),
    }));
  const numbers = new Map(invoices.map(({ invoice }) => [invoice.invoice, invoice.number]));
  const moved = entries.flatMap(({ date, kind, reference, invoice, receivable }) => {
    if (kind === "charge" || isZero(receivable)) return [];
    const number = kind === "void" || kind === "credit" ? numbers.get(invoice ?? "") : undefined;
    return [{ at: date, what: kind, reference: number ?? reference, amount: receivable }];
  });
  // An invoice stands before what is taken off it at the same time.
  const all = [...asked, ...moved].filter(({ at }) => at < to).sort((a, b) => a.at - b.at);
  const before = all.filter(({ at }) => at < from);
  let balance = sum(before.map(({ amount }) => amount));
  const opening = toText(balance);
  const lines = all.slice(before.length).map(({ amount, ...line }) => {
    balance = add(balance, amount);
    return { ...line, amount: toText(amount), balance: toText(balance) };
  });
  const past = entries.filter(({ date }) => date < to);
  const receivable = sum(past.map((entry) => entry.receivable));
  return {
    customer,
    currency: code,
    opening,
    lines,
    closing: toText(balance),
    not_invoiced: toText(sub(receivable, balance)),
    receivable: toText(receivable),
    credit: toText(sum(past.map((entry) => entry.credit))),
  };
}
