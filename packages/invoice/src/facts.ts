import type { TransactionKind } from "@tallybook/journal";
import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import type { Explained } from "@tallybook/pricing";

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
  readonly subscription: string;
  readonly plan: string;
  readonly plan_version: number;
  readonly period_from: Micros;
  readonly period_to: Micros;
  readonly currency: string;
  readonly lines: readonly InvoiceLine[];
  /** Sum of the lines' exact amounts, major units. */
  readonly exact: DecimalText;
  /** total minus exact, major units. */
  readonly rounding: DecimalText;
  /** Minor units. */
  readonly total: DecimalText;
  /** The cut's time. */
  readonly finalized_at: Micros;
  readonly journal_step: number;
  /** Of the head that it was made from. */
  readonly journal_hash: Uint8Array;
  /** Of the charges of the invoice's own period, in the order of their lines. */
  readonly explanations: readonly LineExplanation[];
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
  readonly subscription: string;
  readonly plan: string;
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
}

/** What the topic `invoices` carries. */
export type InvoiceFact = InvoiceDrafted | InvoiceFinalized;
