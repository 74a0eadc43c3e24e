import type { Posting } from "@tallybook/journal";
import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import type { InvoiceTax } from "../tax/facts.ts";

/** What is taken off an invoice. */
export interface Settled {
  readonly invoice: string;
  readonly number: string;
  /** Minor units. */
  readonly amount: DecimalText;
}

/** A customer has paid. */
export interface PaymentRecorded {
  readonly kind: "PaymentRecorded";
  /** Under which it counts once in its tenant: an id of whoever records it. */
  readonly payment: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Minor units, above zero. */
  readonly amount: DecimalText;
  /** How it was paid, such as `bank_transfer`. */
  readonly method: string;
  /** Where it is found again, such as the bank's; empty where there is none. */
  readonly reference: string;
  /** When the money was there. */
  readonly received_at: Micros;
  /** What it takes off invoices, in that order. */
  readonly settles: readonly Settled[];
  /** What is left of it: from now on the customer's credit. Minor units. */
  readonly credited: DecimalText;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly recorded_at: Micros;
}

/** A payment has bounced, or was none. Of a repeat the first counts. */
export interface PaymentReversed {
  readonly kind: "PaymentReversed";
  readonly payment: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Of the payment, minor units. */
  readonly amount: DecimalText;
  readonly reason: string;
  /** What it had settled: it is owed again. */
  readonly reopens: readonly Settled[];
  /** What credit had settled since, and is owed again where the payment's own credit is spent. */
  readonly unapplied: readonly Settled[];
  /** What it takes from the customer's credit, minor units: amount less what is owed again. */
  readonly uncredited: DecimalText;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly reversed_at: Micros;
}

/** Which invoice a fact is about. */
interface OfInvoice {
  readonly invoice: string;
  readonly number: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
}

/** What the invoice is of. */
interface Billed {
  readonly subscription: string;
  readonly plan: string;
  readonly plan_version: number;
  readonly period_from: Micros;
  readonly period_to: Micros;
}

/** An invoice is with the customer. Of a repeat the first counts. */
export interface InvoiceSent extends OfInvoice {
  readonly kind: "InvoiceSent";
  /** How it was sent, such as `email`. */
  readonly channel: string;
  /** To whom; empty where nobody is named. */
  readonly recipient: string;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly sent_at: Micros;
}

/** An invoice was not paid when it should have been. */
export interface InvoiceOverdue extends OfInvoice {
  readonly kind: "InvoiceOverdue";
  /** Of the invoice. */
  readonly due_at: Micros;
  /** What was still to be paid, minor units. */
  readonly open: DecimalText;
  /** The time of the first cut behind due_at that was invoiced. */
  readonly overdue_at: Micros;
  readonly journal_step: number;
}

/** A customer is to be reminded of an invoice that is behind its date. */
export interface InvoiceReminded extends OfInvoice {
  readonly kind: "InvoiceReminded";
  /** Of the invoice. */
  readonly due_at: Micros;
  /** Which reminder of the tenant's it is: days after due_at. */
  readonly days: number;
  /** What was still to be paid, minor units. */
  readonly open: DecimalText;
  /** What of it was under dispute, minor units. */
  readonly disputed: DecimalText;
  /** What the customer is reminded of: open less disputed, minor units, above zero. */
  readonly amount: DecimalText;
  /** The time of the first cut behind the day that was invoiced. */
  readonly reminded_at: Micros;
  readonly journal_step: number;
}

/** An invoice that nobody has paid anything of is taken back whole. Of a repeat the first counts. */
export interface InvoiceVoided extends OfInvoice, Billed {
  readonly kind: "InvoiceVoided";
  /** Its total, minor units. */
  readonly amount: DecimalText;
  readonly reason: string;
  /** What was posted for it, the other way round; major units. */
  readonly postings: readonly Posting[];
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly voided_at: Micros;
}

export type NoteDirection = "credit" | "debit";

/** What a note says of a line of its invoice. */
export interface NoteLine {
  /** From 1. */
  readonly line: number;
  readonly description: string;
  /** Minor units. */
  readonly amount: DecimalText;
  /** That the line is of, where the invoice is of several subscriptions; else empty: the note says it. */
  readonly plan: string;
}

/**
 * What a note changes of one tax of its invoice, or why there is none on its lines: `base`, `exact` and `amount` are what it gives back, or asks
 * for in addition; `lines` those of the note, by their numbers on the invoice.
 */
export interface NoteTax extends InvoiceTax {
  /** Which one of the invoice's taxes, from 0. */
  readonly nth: number;
}

/** A credit note takes something off an invoice that was made, a debit note asks for more. */
export interface NoteIssued extends OfInvoice, Billed {
  readonly kind: "NoteIssued";
  /** Under which it counts once in its tenant: an id of whoever issues it. */
  readonly note: string;
  readonly direction: NoteDirection;
  /** In the series of its direction. */
  readonly note_number: string;
  readonly lines: readonly NoteLine[];
  /** Minor units, above zero: the lines, and the taxes that they do not hold. */
  readonly amount: DecimalText;
  readonly reason: string;
  /** Of a credit note: what it takes off what was still to be paid, minor units. */
  readonly settled: DecimalText;
  /** Of a credit note: what was paid already, and is the customer's credit from now on, minor units. */
  readonly credited: DecimalText;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly issued_at: Micros;
  /** In whose name it is written: that of the invoice; null: the tenant's own. */
  readonly entity: string | null;
  /** Empty where the taxes of the invoice stay as they are. */
  readonly taxes: readonly NoteTax[];
}

/** An invoice gives back more than it asks for: that is the customer's credit. */
export interface CreditGranted extends OfInvoice, Billed {
  readonly kind: "CreditGranted";
  /** Minor units, above zero. */
  readonly amount: DecimalText;
  /** The cut's time. */
  readonly granted_at: Micros;
  readonly journal_step: number;
}

/** A customer's credit is taken off invoices. */
export interface CreditApplied {
  readonly kind: "CreditApplied";
  /** Under which it counts once in its tenant: an id of whoever applies it. */
  readonly application: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Minor units, above zero. */
  readonly amount: DecimalText;
  /** What it takes off invoices, in that order. */
  readonly settles: readonly Settled[];
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly applied_at: Micros;
}

/** A customer's credit is paid out. */
export interface CreditRefunded {
  readonly kind: "CreditRefunded";
  /** Under which it counts once in its tenant: an id of whoever pays it. */
  readonly refund: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Minor units, above zero. */
  readonly amount: DecimalText;
  /** How it was paid, such as `bank_transfer`. */
  readonly method: string;
  /** Where it is found again; empty where there is none. */
  readonly reference: string;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly refunded_at: Micros;
}

/** Invoices wait as drafts until somebody has looked at them. */
export interface HoldPlaced {
  readonly kind: "HoldPlaced";
  /** Under which it counts once in its tenant: an id of whoever places it. */
  readonly hold: string;
  readonly tenant: string;
  /** Whose; null: all of the tenant's, or those of the invoice. */
  readonly customer: string | null;
  /** Only this draft. */
  readonly invoice: string | null;
  readonly reason: string;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly placed_at: Micros;
}

/** Drafts that waited for somebody may be finalized. Of a repeat the first counts. */
export interface HoldReleased {
  readonly kind: "HoldReleased";
  readonly hold: string;
  readonly tenant: string;
  readonly reason: string;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly released_at: Micros;
}

/** What becomes of an invoice after it is finalized, and of the money for it; and what keeps it from being finalized. */
export type LifeFact =
  | CreditApplied
  | CreditGranted
  | CreditRefunded
  | HoldPlaced
  | HoldReleased
  | InvoiceOverdue
  | InvoiceReminded
  | InvoiceSent
  | InvoiceVoided
  | NoteIssued
  | PaymentRecorded
  | PaymentReversed;
