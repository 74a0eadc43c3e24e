import { accounts, movementCause } from "@tallybook/journal";
import type {
  InvoiceSettled,
  InvoiceToRound,
  Movement,
  Posting,
  TakenOfInvoices,
} from "@tallybook/journal";
import { add, decimal, isZero, majorUnits, negate, toText } from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";

import type { InvoiceFinalized, InvoicesFact } from "../facts.ts";
import { currencyOf } from "./currency-of.ts";
import type { NoteIssued, PaymentRecorded, PaymentReversed, Settled } from "./facts.ts";
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
    case "CreditGranted": {
      const given = { ...fact, amount: less(fact.amount) };
      return {
        ...moved("credit", fact, fact.granted_at, "invoices", fact.invoice),
        postings: of(fact, [
          [accounts.receivable(fact.customer), fact.amount],
          [accounts.credits(fact.customer), given.amount],
        ]),
        settles: settledIn(fact, [given]),
        invoice: fact,
      };
    }
    case "CreditApplied":
      return {
        ...moved("credit", fact, fact.applied_at, "credits", fact.application),
        postings: of(fact, [
          [accounts.credits(fact.customer), fact.amount],
          [accounts.receivable(fact.customer), less(fact.amount)],
        ]),
        settles: settledIn(fact, fact.settles),
      };
    case "CreditRefunded":
      return {
        ...moved("refund", fact, fact.refunded_at, "refunds", fact.refund),
        postings: of(fact, [
          [accounts.credits(fact.customer), fact.amount],
          [accounts.bank, less(fact.amount)],
        ]),
      };
    case "NoteIssued":
      return noteMoved(fact);
    case "InvoiceVoided":
      // Of an invoice that asks for nothing by lines of nothing.
      if (fact.postings.length === 0) return undefined;
      return {
        ...moved("void", fact, fact.voided_at, "invoices", fact.invoice),
        postings: fact.postings,
        settles: settledIn(fact, [fact]),
        invoice: fact,
      };
    case "DisputeOpened":
    case "DisputeSettled":
    case "FinalizationOverridden":
    case "HoldPlaced":
    case "HoldReleased":
    case "InvoiceDrafted":
    case "InvoiceOverdue":
    case "InvoiceReminded":
    case "InvoiceSent":
    case "StripeEventTaken":
    case "StripeHandedOff":
    case "StripeHandOffOrdered":
    case "StripeRefused":
    case "StripeWithdrawalOrdered":
    case "StripeWithdrawn":
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
  const { customer, settles, credited, amount } = fact;
  return {
    ...moved("payment", fact, fact.received_at, "payments", fact.payment),
    postings: of(fact, [
      [accounts.bank, amount],
      [accounts.receivable(customer), toText(negate(totalOf(settles)))],
      [accounts.credits(customer), less(credited)],
    ]),
    settles: settledIn(fact, settles),
  };
}

function reversalMoved(fact: PaymentReversed): Movement {
  const { customer, amount, uncredited } = fact;
  const owedAgain = [...fact.reopens, ...fact.unapplied];
  const movement = moved("payment_reversal", fact, fact.reversed_at, "payments", fact.payment);
  return {
    ...movement,
    postings: of(fact, [
      [accounts.bank, less(amount)],
      [accounts.receivable(customer), toText(totalOf(owedAgain))],
      [accounts.credits(customer), uncredited],
    ]),
    settles: settledIn(
      fact,
      owedAgain.map((each) => ({ ...each, amount: less(each.amount) })),
    ),
    reverses: { movement: "payment", cause: movement.cause },
  };
}

/** A credit note takes back what its lines were, and the taxes that it gives back are owed to nobody any more; a debit note the other way round. */
function noteMoved(fact: NoteIssued): Movement {
  const { customer, amount, settled, credited, direction } = fact;
  const isCredit = direction === "credit";
  const cause = isCredit ? "credit-notes" : "debit-notes";
  return {
    ...moved(isCredit ? "credit_note" : "debit_note", fact, fact.issued_at, cause, fact.note),
    postings: of(
      fact,
      isCredit
        ? [
            ...notedOf(fact),
            [accounts.receivable(customer), less(settled)],
            [accounts.credits(customer), less(credited)],
          ]
        : [
            [accounts.receivable(customer), amount],
            ...notedOf(fact).map(([account, each]) => [account, less(each)] as const),
          ],
    ),
    settles: settledIn(fact, [{ ...fact, amount: isCredit ? settled : less(amount) }]),
    invoice: fact,
  };
}

/** What a note is against: the lines, and its taxes as the invoice's were posted. */
function notedOf({ plan, lines, taxes }: NoteIssued): (readonly [string, DecimalText])[] {
  return [
    ...lines.map(
      (line) => [accounts.adjustments(line.plan === "" ? plan : line.plan), line.amount] as const,
    ),
    ...taxes.flatMap(({ jurisdiction, inclusive, amount }) => [
      [accounts.tax(jurisdiction), amount] as const,
      ...(inclusive ? [[accounts.includedTax(jurisdiction), less(amount)] as const] : []),
    ]),
  ];
}

function less(minor: DecimalText): DecimalText {
  return toText(negate(decimal(minor)));
}

interface Moves {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Minor units. */
  readonly amount: DecimalText;
}

/** What all movements say alike; `area` and `id` tell what moves it. */
function moved(
  movement: Movement["movement"],
  fact: Moves,
  at: number,
  area: string,
  id: string,
): Omit<Movement, "postings"> {
  const { tenant, customer, currency, amount } = fact;
  const cause = movementCause(tenant, area, id);
  return {
    movement,
    tenant,
    customer,
    currency,
    cause,
    at,
    amount: toText(majorOf(amount, fact)),
    settles: [],
    invoice: null,
    reverses: null,
  };
}

/** Amounts in minor units as postings; nothing is posted of nothing, and an account stands once. */
function of(fact: Moves, all: readonly (readonly [string, DecimalText])[]): Posting[] {
  const sums = new Map<string, Decimal>();
  for (const [account, amount] of all)
    sums.set(account, add(sums.get(account) ?? zero, majorOf(amount, fact)));
  return [...sums]
    .filter(([, amount]) => !isZero(amount))
    .map(([account, amount]) => ({ account, amount: toText(amount) }));
}

function settledIn(
  fact: Moves,
  settles: readonly Pick<Settled, "invoice" | "amount">[],
): InvoiceSettled[] {
  return settles
    .filter(({ amount }) => amount !== "0")
    .map(({ invoice, amount }) => ({ invoice, amount: toText(majorOf(amount, fact)) }));
}

function majorOf(minor: DecimalText, { currency }: Moves): Decimal {
  return majorUnits(minor, currencyOf(currency));
}

const zero = decimal("0");
