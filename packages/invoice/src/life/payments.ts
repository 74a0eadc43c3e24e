import { decimal } from "@tallybook/money";

import { refused } from "./decision.ts";
import type { Decision, Refused } from "./decision.ts";
import type { PaymentRecorded, PaymentReversed } from "./facts.ts";
import { allotted, paymentOf, receivableOf, receivablesOf } from "./receivables.ts";
import type { Receivable, Receivables } from "./receivables.ts";

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
  const { tenant, currency } = payment;
  const before = paymentOf(known, tenant, payment.payment)?.recorded;
  if (before !== undefined)
    return isSame(before, payment) ? knownFact(before) : otherPayment(before);
  const meant = invoicesOf(known, payment, invoices);
  if ("kind" in meant) return meant;
  const payable = meant.filter(({ invoice }) => invoice.currency === currency);
  const { settles, left } = allotted(decimal(payment.amount), payable);
  return {
    kind: "new",
    fact: { kind: "PaymentRecorded", ...payment, settles, credited: left },
  };
}

/** Owes again what a payment has settled, and takes back the credit that it left. */
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
  return {
    kind: "new",
    fact: {
      kind: "PaymentReversed",
      ...reversal,
      customer,
      currency,
      amount,
      reopens: settles,
      unapplied: [],
      uncredited: credited,
    },
  };
}

type Paid = Omit<RecordPayment, "order" | "invoices">;

function invoicesOf(
  known: Receivables,
  payment: Paid,
  names: readonly string[],
): readonly Receivable[] | Refused {
  if (names.length === 0) return receivablesOf(known, payment);
  const found: Receivable[] = [];
  for (const name of names) {
    const receivable = receivableOf(known, payment.tenant, name);
    const fault = faultOf(receivable, name, payment);
    if (fault !== undefined) return fault;
    if (receivable !== undefined) found.push(receivable);
  }
  return [...new Set(found)];
}

function faultOf(
  receivable: Receivable | undefined,
  name: string,
  { customer, currency }: Paid,
): Refused | undefined {
  const refuse = (detail: string) => refused("unfit", "invoices", detail);
  if (receivable === undefined)
    return refuse(`There is no invoice ${name} that is finalized: a draft is paid by nobody.`);
  const { invoice } = receivable;
  if (invoice.customer !== customer)
    return refuse(
      `${invoice.number} is of ${invoice.customer}, and the payment of ${customer}: record what each of them paid.`,
    );
  if (invoice.currency !== currency)
    return refused(
      "unfit",
      "currency",
      `${invoice.number} is in ${invoice.currency}, and the payment in ${currency}: record it as the ${invoice.currency} that the bank made of it.`,
    );
  return undefined;
}

/** Whether an id stands for what it stood for before; when it came may be said differently. */
function isSame(one: PaymentRecorded, other: Paid): boolean {
  return (
    one.customer === other.customer &&
    one.currency === other.currency &&
    one.amount === other.amount &&
    one.method === other.method &&
    one.reference === other.reference
  );
}

function otherPayment({ payment, customer, amount, currency }: PaymentRecorded): Refused {
  return refused(
    "conflict",
    "payment",
    `${payment} is a payment of ${amount} ${currency} (minor units) by ${customer} already: give another one another id.`,
  );
}

function knownFact<Fact>(fact: Fact): { readonly kind: "known"; readonly fact: Fact } {
  return { kind: "known", fact };
}
