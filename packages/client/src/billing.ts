import type { InvoiceDocument } from "@tallybook/invoice";
import type { Evidence, TransactionPosted } from "@tallybook/journal";

export type { InvoiceDocument };

export interface InvoiceFilter {
  readonly customer?: string;
  /** The beginning of the period's start, such as `2023-11`. */
  readonly period?: string;
  /** `next` of the page before. */
  readonly after?: number;
  /** Of one page; at most 1,000. */
  readonly limit?: number;
}

export interface InvoicePage {
  readonly invoices: readonly InvoiceDocument[];
  /** For the next page; null at the end. */
  readonly next: number | null;
}

/** What proves an invoice. */
export interface InvoiceEvidence {
  readonly invoice: string;
  readonly number: string;
  readonly plan: string;
  readonly plan_version: number;
  /** Sum of the lines' exact amounts, major units. */
  readonly exact: string;
  /** What rounding adds to it, major units. */
  readonly rounding: string;
  readonly finalized_at: string;
  /** Of the journal's head that it was made from. */
  readonly journal_step: number;
  readonly journal_hash: string;
  readonly lines: readonly {
    readonly line: number;
    /** Id of the journal transaction. */
    readonly transaction: string;
    readonly transaction_kind: TransactionPosted["transaction_kind"];
    readonly exact: string;
    /** Minor units. */
    readonly amount: string;
    readonly period: { readonly from: string; readonly to: string };
  }[];
}

export interface JournalFilter {
  /** `next` of the page before. */
  readonly after?: number;
  /** Of one page; at most 1,000. */
  readonly limit?: number;
}

/** A transaction of the journal, with hashes in hex and times in RFC 3339. */
export type JournalTransaction = Omit<
  TransactionPosted,
  "kind" | "previous" | "hash" | "date" | "evidence"
> & {
  readonly previous: string;
  readonly hash: string;
  readonly date: string;
  readonly evidence: Omit<Evidence, "period_from" | "period_to"> & {
    readonly period_from: string;
    readonly period_to: string;
  };
};

export interface JournalPage {
  readonly transactions: readonly JournalTransaction[];
  /** For the next page; null at the end. */
  readonly next: number | null;
}

/** How far each service is; null for one that does not answer. */
export type Progress = Readonly<
  Record<string, { readonly catalog_offset: number; readonly invoices_offset?: number } | null>
>;
