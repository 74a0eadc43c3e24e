import { createHash } from "node:crypto";

import type { WebhookType } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import type { DisputeOpened, DisputeSettled, InvoiceFact, InvoicesFact } from "../facts.ts";
import type {
  CreditApplied,
  CreditGranted,
  CreditRefunded,
  InvoiceOverdue,
  InvoiceReminded,
  InvoiceSent,
  InvoiceVoided,
  NoteIssued,
  PaymentRecorded,
  PaymentReversed,
} from "../life/facts.ts";
import { renderInvoice } from "../render.ts";
import { wholeTax } from "../tax/amounts.ts";

/** What a receiver is told of a fact: the same of the same fact, whenever it is asked for. */
export interface WebhookEvent {
  readonly type: WebhookType;
  /** Id of the invoice, or of the payment, that it is about: what is about one is told in order. */
  readonly object: string;
  /** When it happened, by the deployment's clock. */
  readonly at: Micros;
  /** Plain JSON; amounts are texts, in minor units. What is long, such as lines, is left to the API. */
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * What each kind of fact on `invoices` tells; null: nothing, on purpose. A new kind is a line here, and its type one in the catalog's
 * `webhookTypes`: it does not compile without.
 */
const tells: {
  readonly [Kind in InvoicesFact["kind"]]:
    | ((fact: Extract<InvoicesFact, { kind: Kind }>) => WebhookEvent)
    | null;
} = {
  InvoiceDrafted: (fact) => ofInvoice("invoice.drafted", fact, fact.drafted_at),
  InvoiceFinalized: (fact) => ofInvoice("invoice.finalized", fact, fact.finalized_at),
  DisputeOpened: (fact) => ofDispute("dispute.opened", fact, fact.opened_at, openedData(fact)),
  DisputeSettled: (fact) => ofDispute("dispute.settled", fact, fact.settled_at, settledData(fact)),
  PaymentRecorded: (fact) =>
    ofPayment("payment.recorded", fact, fact.recorded_at, recordedData(fact)),
  PaymentReversed: (fact) =>
    ofPayment("payment.reversed", fact, fact.reversed_at, reversedData(fact)),
  // The invoice that they are for is told of, with its taxes.
  TaxAwaited: null,
  TaxCalculated: null,
  TaxUnknown: ({ invoice, reason, told_at: at }) => ({
    type: "invoice.tax_unknown",
    object: invoice,
    at,
    data: { invoice, reason },
  }),
  InvoiceSent: (fact) => ofLife("invoice.sent", fact, fact.sent_at, sentData(fact)),
  InvoiceOverdue: (fact) => ofLife("invoice.overdue", fact, fact.overdue_at, overdueData(fact)),
  InvoiceReminded: (fact) => ofLife("invoice.reminder", fact, fact.reminded_at, reminderData(fact)),
  InvoiceVoided: (fact) => ofLife("invoice.voided", fact, fact.voided_at, voidedData(fact)),
  NoteIssued: (fact) =>
    ofLife(`${fact.direction}_note.issued`, fact, fact.issued_at, noteData(fact)),
  CreditGranted: (fact) => ofLife("credit.granted", fact, fact.granted_at, { amount: fact.amount }),
  CreditApplied: (fact) => ofCredit("credit.applied", fact, fact.applied_at, appliedData(fact)),
  CreditRefunded: (fact) => ofCredit("credit.refunded", fact, fact.refunded_at, refundedData(fact)),
  // What is held back is the vendor's own affair.
  HoldPlaced: null,
  HoldReleased: null,
  // Who collects is the vendor's own affair; what comes of it is told as payments.
  StripeEventTaken: null,
  StripeHandedOff: null,
  StripeHandOffOrdered: null,
  StripeRefused: null,
  StripeWithdrawalOrdered: null,
  StripeWithdrawn: null,
  // Its InvoiceFinalized is committed with it, and tells what a receiver can use.
  FinalizationOverridden: null,
};

/** Every kind of fact that somebody has thought about. */
export const toldKinds = Object.keys(tells);

/** What a fact tells; undefined where it tells nothing. */
export function webhookEventOf(fact: InvoicesFact): WebhookEvent | undefined {
  const tell = tells[fact.kind] as ((fact: InvoicesFact) => WebhookEvent) | null;
  return tell?.(fact);
}

/** The body that is signed and sent, by Standard Webhooks: `{type, timestamp, data}`, always the same bytes. */
export function webhookBody({ type, at, data }: WebhookEvent): string {
  return JSON.stringify({ type, timestamp: formatTime(at), data });
}

/**
 * The `webhook-id`: that of the endpoint and the place of the fact, so that whoever gets a message twice can tell, however it came
 * to be sent again.
 */
export function messageId(tenant: string, endpoint: string, offset: number): string {
  const place = JSON.stringify(["webhook", tenant, endpoint, "invoices", 0, offset]);
  return `msg_${createHash("sha256").update(place).digest("hex").slice(0, 32)}`;
}

function ofInvoice(type: WebhookType, fact: InvoiceFact, at: Micros): WebhookEvent {
  const { lines, ...document } = renderInvoice(fact);
  return { type, object: fact.invoice, at, data: { ...document, line_count: lines.length } };
}

function ofDispute(
  type: WebhookType,
  { dispute, invoice }: DisputeOpened | DisputeSettled,
  at: Micros,
  data: WebhookEvent["data"],
): WebhookEvent {
  return { type, object: invoice, at, data: { dispute, invoice, ...data } };
}

function ofPayment(
  type: WebhookType,
  { payment, customer, currency, amount }: PaymentRecorded | PaymentReversed,
  at: Micros,
  data: WebhookEvent["data"],
): WebhookEvent {
  return { type, object: payment, at, data: { payment, customer, currency, amount, ...data } };
}

function ofLife(
  type: WebhookType,
  {
    invoice,
    number,
    customer,
    currency,
  }: InvoiceOverdue | InvoiceReminded | InvoiceSent | InvoiceVoided | NoteIssued | CreditGranted,
  at: Micros,
  data: WebhookEvent["data"],
): WebhookEvent {
  return { type, object: invoice, at, data: { invoice, number, customer, currency, ...data } };
}

/** What is a customer's own is told in the customer's order. */
function ofCredit(
  type: WebhookType,
  { customer, currency, amount }: CreditApplied | CreditRefunded,
  at: Micros,
  data: WebhookEvent["data"],
): WebhookEvent {
  return { type, object: customer, at, data: { customer, currency, amount, ...data } };
}

function sentData({ channel, recipient }: InvoiceSent): WebhookEvent["data"] {
  return { channel, recipient };
}

function overdueData({ due_at, open }: InvoiceOverdue): WebhookEvent["data"] {
  return { due_at: formatTime(due_at), open };
}

function reminderData(fact: InvoiceReminded): WebhookEvent["data"] {
  const { due_at, days, open, disputed, amount } = fact;
  return { due_at: formatTime(due_at), days, open, disputed, amount };
}

function voidedData({ amount, reason }: InvoiceVoided): WebhookEvent["data"] {
  return { amount, reason };
}

function noteData(fact: NoteIssued): WebhookEvent["data"] {
  const { note, note_number, amount, reason, settled, credited, entity } = fact;
  const tax = wholeTax(fact.taxes);
  return { note, note_number, amount, tax, reason, settled, credited, entity };
}

function appliedData({ application, settles }: CreditApplied): WebhookEvent["data"] {
  return { application, settles };
}

function refundedData({ refund, method, reference }: CreditRefunded): WebhookEvent["data"] {
  return { refund, method, reference };
}

function recordedData(fact: PaymentRecorded): WebhookEvent["data"] {
  const { method, reference, received_at, settles, credited } = fact;
  return { method, reference, received_at: formatTime(received_at), settles, credited };
}

function reversedData({ reason, reopens, unapplied }: PaymentReversed): WebhookEvent["data"] {
  return { reason, reopens: [...reopens, ...unapplied] };
}

function openedData(fact: DisputeOpened): WebhookEvent["data"] {
  const { number, customer, line, currency, amount, reason } = fact;
  return { number, customer, line, currency, amount, reason };
}

function settledData({ outcome, reason, reference }: DisputeSettled): WebhookEvent["data"] {
  return { outcome, reason, reference };
}
