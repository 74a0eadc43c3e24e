import { compare, decimal, isNegative, negate, sub, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import { known as knownFact, knownAs, refused, standsForAnother } from "./decision.ts";
import type { Decision, Refused } from "./decision.ts";
import type { PaymentRecorded, PaymentReversed, Settled } from "./facts.ts";
import {
  allotted,
  creditOf,
  paymentOf,
  receivableOf,
  receivablesOf,
  totalOf,
} from "./receivables.ts";
import type { LifeEvent, Receivable, Receivables } from "./receivables.ts";

/** Somebody has the money of a customer. */
export interface RecordPayment extends Omit<PaymentRecorded, "kind" | "settles" | "credited"> {
  readonly order: "record_payment";
  /** Ids or numbers of what it pays, in that order; empty: whatever is open, the oldest first. */
  readonly invoices: readonly string[];
}

/** A payment has bounced, or was none. */
export interface ReversePayment extends Pick<
  PaymentReversed,
  "tenant" | "payment" | "reason" | "actor" | "reversed_at"
> {
  readonly order: "reverse_payment";
}

/**
 * Takes a payment off the invoices that it names, else off all that are open, the oldest first; what is left is the customer's credit.
 * The same payment counts once.
 */
export function recordPayment(
  known: Receivables,
  { order: _, invoices, ...payment }: RecordPayment,
): Decision<PaymentRecorded> {
  const before = paymentOf(known, payment.tenant, payment.payment)?.recorded;
  const again = knownAs("payment", before, payment, tellingApart);
  if (again?.kind === "known")
    return settledOtherwise("payment", again.fact.settles, invoices) ?? again;
  if (again !== undefined) return again;
  const meant = payableBy(known, payment, invoices);
  if ("kind" in meant) return meant;
  const { settles, left } = allotted(decimal(payment.amount), meant);
  return {
    kind: "new",
    fact: { kind: "PaymentRecorded", ...payment, settles, credited: left },
  };
}

/** Why what an id has settled is not what a repeat of it names: nothing is taken off other invoices by that. Names no invoice: it means any. */
export function settledOtherwise(
  field: string,
  settled: readonly Settled[],
  names: readonly string[],
): Refused | undefined {
  const isNamed = ({ invoice, number }: Settled) =>
    names.includes(invoice) || names.includes(number);
  if (names.length === 0 || settled.every(isNamed)) return undefined;
  const was = settled.map(({ number }) => number);
  return standsForAnother(field, { what: "list of invoices", was, is: names });
}

/** When it came may be said differently. */
const tellingApart = ["customer", "currency", "amount", "method", "reference"] as const;

/**
 * Owes again what a payment has settled, and takes back the credit that it left: where that is spent, from the newest invoices that credit
 * was taken off; what was paid out of it stays owed, as credit below zero.
 */
export function reversePayment(
  known: Receivables,
  { order: _, ...reversal }: ReversePayment,
): Decision<PaymentReversed> {
  const { tenant, payment } = reversal;
  const found = paymentOf(known, tenant, payment);
  if (found === undefined)
    return refused(
      "unknown",
      "payment",
      `There is no payment ${payment}: GET /v1/payments lists them.`,
    );
  const { recorded, reversed } = found;
  if (reversed !== null) return knownFact(reversed);
  const { customer, currency, amount, settles, credited } = recorded;
  const credit = creditOf(known, recorded);
  const left = isNegative(credit) ? zero : credit;
  const spent = sub(decimal(credited), left);
  const unapplied = isNegative(spent) ? [] : withCredit(known, recorded, spent);
  return {
    kind: "new",
    fact: {
      kind: "PaymentReversed",
      ...reversal,
      customer,
      currency,
      amount,
      reopens: settles,
      unapplied,
      uncredited: toText(sub(decimal(credited), totalOf(unapplied))),
    },
  };
}

/** Invoices that an order names, by id or number, each once; those of the customer that are open where it names none. */
export function payableBy(
  known: Receivables,
  of: { readonly tenant: string; readonly customer: string; readonly currency: string },
  names: readonly string[],
): readonly Receivable[] | Refused {
  if (names.length === 0)
    return receivablesOf(known, of).filter(({ invoice }) => invoice.currency === of.currency);
  const found: Receivable[] = [];
  for (const name of names) {
    const receivable = receivableOf(known, of.tenant, name);
    const fault = faultOf(receivable, name, of);
    if (fault !== undefined) return fault;
    if (receivable !== undefined) found.push(receivable);
  }
  return [...new Set(found)];
}

function faultOf(
  receivable: Receivable | undefined,
  name: string,
  { customer, currency }: { readonly customer: string; readonly currency: string },
): Refused | undefined {
  const refuse = (field: string, detail: string) => refused("unfit", field, detail);
  if (receivable === undefined)
    return refuse(
      "invoices",
      `There is no invoice ${name} that is finalized: a draft is paid by nobody.`,
    );
  const { invoice } = receivable;
  if (invoice.customer !== customer)
    return refuse(
      "invoices",
      `${invoice.number} is of ${invoice.customer}, and the money of ${customer}: record what each of them paid.`,
    );
  if (invoice.currency !== currency)
    return refuse(
      "currency",
      `${invoice.number} is in ${invoice.currency}, and the money in ${currency}: record it as the ${invoice.currency} that the bank made of it.`,
    );
  return undefined;
}

/** As much of an amount as credit was taken off invoices, the newest first. */
function withCredit(known: Receivables, of: PaymentRecorded, amount: Decimal): Settled[] {
  const settles: Settled[] = [];
  let left = amount;
  for (const { invoice, events } of receivablesOf(known, of).toReversed()) {
    if (invoice.currency !== of.currency) continue;
    const applied = negate(sum(events.filter(isByCredit).map(({ change }) => change)));
    if (compare(applied, zero) <= 0 || compare(left, zero) <= 0) continue;
    const taken = compare(applied, left) < 0 ? applied : left;
    settles.push({ invoice: invoice.invoice, number: invoice.number, amount: toText(taken) });
    left = sub(left, taken);
  }
  return settles;
}

function isByCredit({ what }: LifeEvent): boolean {
  return what === "credit" || what === "credit_reversal";
}

const zero = decimal("0");
