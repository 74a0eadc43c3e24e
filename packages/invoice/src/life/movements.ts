import { accounts, movementCause } from "@tallybook/journal";
import type {
  InvoiceSettled,
  InvoiceToRound,
  Movement,
  Posting,
  TakenOfInvoices,
} from "@tallybook/journal";
import { currency as currencyOf, isZero, majorUnits, negate, toText } from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";

import type { InvoiceFinalized, InvoicesFact } from "../facts.ts";
import type { PaymentRecorded, PaymentReversed, Settled } from "./facts.ts";
import { totalOf } from "./receivables.ts";

/** What the rater takes of a fact of `invoices`; undefined where that is nothing. */
export function takenOf(fact: InvoicesFact): TakenOfInvoices | undefined {
  switch (fact.kind) {
    case "InvoiceFinalized":
      return toRound(fact);
    case "PaymentRecorded":
      return paymentMoved(fact);
    case "PaymentReversed":
      return reversalMoved(fact);
    case "InvoiceDrafted":
    case "DisputeOpened":
    case "DisputeSettled":
    case "FinalizationOverridden":
    case "TaxAwaited":
    case "TaxCalculated":
    case "TaxUnknown":
      return undefined;
  }
}

function toRound(fact: InvoiceFinalized): InvoiceToRound {
  const { invoice, tenant, customer, subscription, plan, plan_version } = fact;
  const { period_from, period_to, currency, rounding, taxes } = fact;
  const whose = { tenant, customer, subscription, plan, plan_version };
  return { invoice, ...whose, period_from, period_to, currency, rounding, taxes };
}

/** The bank has it; the customer owes so much less, and the rest is the customer's. */
function paymentMoved(fact: PaymentRecorded): Movement {
  const { tenant, customer, currency, settles, received_at: at } = fact;
  const major = inMajor(currency);
  return {
    movement: "payment",
    tenant,
    customer,
    currency,
    cause: movementCause(tenant, "payments", fact.payment),
    postings: postingsOf([
      [accounts.bank, major(fact.amount)],
      [accounts.receivable(customer), negate(major(toText(totalOf(settles))))],
      [accounts.credits(customer), negate(major(fact.credited))],
    ]),
    amount: toText(major(fact.amount)),
    settles: settledIn(settles, major),
    invoice: null,
    at,
    reverses: null,
  };
}

function reversalMoved(fact: PaymentReversed): Movement {
  const { tenant, customer, currency, reversed_at: at } = fact;
  const reopens = [...fact.reopens, ...fact.unapplied];
  const major = inMajor(currency);
  const cause = movementCause(tenant, "payments", fact.payment);
  return {
    movement: "payment_reversal",
    tenant,
    customer,
    currency,
    cause,
    postings: postingsOf([
      [accounts.bank, negate(major(fact.amount))],
      [accounts.receivable(customer), major(toText(totalOf(reopens)))],
      [accounts.credits(customer), major(fact.uncredited)],
    ]),
    amount: toText(major(fact.amount)),
    settles: settledIn(reopens, (amount) => negate(major(amount))),
    invoice: null,
    at,
    reverses: { movement: "payment", cause },
  };
}

type InMajor = (minor: DecimalText) => Decimal;

function inMajor(code: string): InMajor {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`money in ${code}, which is no currency`);
  return (minor) => majorUnits(minor, currency);
}

function settledIn(settles: readonly Settled[], major: InMajor): InvoiceSettled[] {
  return settles.map(({ invoice, amount }) => ({ invoice, amount: toText(major(amount)) }));
}

/** Nothing is posted of nothing. */
function postingsOf(all: readonly (readonly [string, Decimal])[]): Posting[] {
  return all
    .filter(([, amount]) => !isZero(amount))
    .map(([account, amount]) => ({ account, amount: toText(amount) }));
}
