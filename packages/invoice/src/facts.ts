import type { TransactionKind } from "@tallybook/journal";
import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import type { Explained } from "@tallybook/pricing";

import type { LifeFact } from "./life/facts.ts";
import type { InvoicePart } from "./parts.ts";
import type { StripeFact } from "./stripe/facts.ts";
import type { InvoiceTax, TaxBasis, TaxFact } from "./tax/facts.ts";

export interface InvoiceLine {
  /** Id of the journal transaction. */
  readonly transaction: string;
  readonly transaction_kind: TransactionKind;
  readonly meter: string | null;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantity: DecimalText;
  /** Major units. */
  readonly exact: DecimalText;
  /** Minor units of the currency. */
  readonly amount: DecimalText;
  readonly description: string;
  readonly period_from: Micros;
  readonly period_to: Micros;
  /** Of the product that it is for; null: of none. */
  readonly tax_category: string | null;
}

/** How the amount of a transaction's lines came about. */
export interface LineExplanation {
  readonly transaction: string;
  /** As the transaction's evidence has it. */
  readonly explanation: Explained;
}

/** An invoice with its number; never changed. */
export interface InvoiceFinalized {
  readonly kind: "InvoiceFinalized";
  /** SHA-256 of what it is for, hex. */
  readonly invoice: string;
  readonly number: string;
  readonly tenant: string;
  readonly customer: string;
  /** Empty where it is of several. */
  readonly subscription: string;
  /** Empty where it is of several subscriptions. */
  readonly plan: string;
  /** 0 where it is of several subscriptions. */
  readonly plan_version: number;
  readonly period_from: Micros;
  readonly period_to: Micros;
  readonly currency: string;
  readonly lines: readonly InvoiceLine[];
  /** Sum of the lines' exact amounts, major units. */
  readonly exact: DecimalText;
  /** The lines' amounts minus exact, major units. */
  readonly rounding: DecimalText;
  /** Minor units: the lines' amounts, and the taxes that they do not hold. */
  readonly total: DecimalText;
  /** The cut's time. */
  readonly finalized_at: Micros;
  readonly journal_step: number;
  /** Of the head that it was made from. */
  readonly journal_hash: Uint8Array;
  /** Of the charges of the invoice's own period, in the order of their lines. */
  readonly explanations: readonly LineExplanation[];
  /** In whose name it is written; null: the tenant's own. */
  readonly entity: string | null;
  /** In the order in which its lines meet them. */
  readonly taxes: readonly InvoiceTax[];
  /** Null where nothing was said of taxes. */
  readonly tax_basis: TaxBasis | null;
  /** When it is to be paid; null: nobody has said. */
  readonly due_at: Micros | null;
  /** Of several subscriptions, in their order; empty: it is of one. */
  readonly parts: readonly InvoicePart[];
}

/** A line of a draft: without its share of the cents. */
export type DraftLine = Omit<InvoiceLine, "amount">;

/** An invoice without a number, which somebody has asked for before its period was over; it waits to be finalized under the same id. */
export interface InvoiceDrafted {
  readonly kind: "InvoiceDrafted";
  /** SHA-256 of what it is for, hex. */
  readonly invoice: string;
  readonly tenant: string;
  readonly customer: string;
  /** Empty where it is of several. */
  readonly subscription: string;
  /** Empty where it is of several subscriptions. */
  readonly plan: string;
  /** 0 where it is of several subscriptions. */
  readonly plan_version: number;
  readonly period_from: Micros;
  readonly period_to: Micros;
  readonly currency: string;
  readonly lines: readonly DraftLine[];
  /** Sum of the lines' exact amounts, major units. */
  readonly exact: DecimalText;
  /** The cut's time. */
  readonly drafted_at: Micros;
  readonly journal_step: number;
  /** Of the head that it was made from. */
  readonly journal_hash: Uint8Array;
  /** Of the step: what was asked for below it is billed. */
  readonly catalog_offset: number;
  /** Of the usage, in the order of its lines. */
  readonly explanations: readonly LineExplanation[];
  /** Of several subscriptions, in their order; empty: it is of one. */
  readonly parts: readonly InvoicePart[];
}

/** A document: what a customer is asked for. */
export type InvoiceFact = InvoiceDrafted | InvoiceFinalized;

/** What a replay of a disputed line came to; `unable`: nothing could be computed. */
export type DisputeVerdict = "exact" | "columns_differ" | "different" | "unable";

/** A customer disputes a line of a finalized invoice, with the replay of it as it came out then. */
export interface DisputeOpened {
  readonly kind: "DisputeOpened";
  /** SHA-256 of tenant, invoice, line, and how many disputes of the line come before it, hex. */
  readonly dispute: string;
  readonly tenant: string;
  readonly invoice: string;
  /** Of the invoice. */
  readonly number: string;
  readonly customer: string;
  /** From 1. */
  readonly line: number;
  readonly currency: string;
  /** What of the line is disputed, minor units: reminders leave it out until it is settled. */
  readonly amount: DecimalText;
  readonly reason: string;
  readonly replay_verdict: DisputeVerdict;
  /** The first difference, or why the line could not be replayed; empty where it is exact. */
  readonly replay_detail: string;
  /** SHA-256 of the replay as JSON; empty where there is none. */
  readonly replay_digest: Uint8Array;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly opened_at: Micros;
}

export type DisputeOutcome = "correction" | "credit_note" | "rejection";

/** A dispute ends. Of a repeat the first counts. */
export interface DisputeSettled {
  readonly kind: "DisputeSettled";
  readonly dispute: string;
  readonly tenant: string;
  readonly invoice: string;
  readonly outcome: DisputeOutcome;
  readonly reason: string;
  /** The correction, adjustment or credit note; null of a rejection. */
  readonly reference: string | null;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly settled_at: Micros;
}

/** Two ways to the same number that do not come to it. */
export interface Residual {
  /** The line of the identity. */
  readonly name: string;
  /** Where exactly. */
  readonly what: string;
  /** Not 0: a decimal, or in words where it is no number. */
  readonly residual: string;
}

/** A person finalizes a draft although something does not reconcile to exactly 0. Its InvoiceFinalized is committed with it. */
export interface FinalizationOverridden {
  readonly kind: "FinalizationOverridden";
  readonly tenant: string;
  readonly invoice: string;
  readonly residuals: readonly Residual[];
  readonly reason: string;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly overridden_at: Micros;
}

/** What the topic `invoices` carries. */
export type InvoicesFact =
  | DisputeOpened
  | DisputeSettled
  | FinalizationOverridden
  | InvoiceFact
  | LifeFact
  | StripeFact
  | TaxFact;
