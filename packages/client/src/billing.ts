import type { InvoiceDocument, InvoiceTax as InvoiceTaxLine, TaxBasis } from "@tallybook/invoice";
import type { Evidence, TransactionPosted } from "@tallybook/journal";

export type { InvoiceDocument };

export interface InvoiceFilter {
  readonly customer?: string;
  readonly subscription?: string;
  /** Both, unless given. */
  readonly status?: InvoiceDocument["status"];
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
  /** False: of what was asked to be billed something is still missing. */
  readonly complete: boolean;
}

/** What was billed because somebody asked for it. */
export interface Billed {
  readonly subscription: string;
  /** The drafts of it; empty where nothing is new since the last bill. */
  readonly invoices: readonly InvoiceDocument[];
  /** False: it takes longer than half a minute, and its drafts come to the list of invoices. */
  readonly complete: boolean;
  /** Of the request. */
  readonly catalog_offset: number;
}

/** What puts right what was billed, to be ordered. */
export interface AdjustmentInput {
  readonly subscription: string;
  /** Major units of the plan's currency: what the next invoice asks for besides, below zero what it gives back. */
  readonly amount: string | number;
  /** It stands on the invoice. */
  readonly reason: string;
  /** RFC 3339, in the billing period that it is about: now unless given. */
  readonly at?: string | null;
  /** Its id; it gets one unless given. */
  readonly adjustment?: string | null;
}

/** An adjustment that was ordered. */
export interface Adjustment {
  readonly adjustment: string;
  readonly subscription: string;
  readonly customer: string;
  readonly amount: string;
  readonly currency: string | null;
  readonly reason: string;
  readonly period: { readonly from: string; readonly to: string };
  readonly ordered_at: string;
  /** Id of the API key that asked. */
  readonly ordered_by: string;
  /** The first cut with a higher one posts it. */
  readonly catalog_offset: number;
}

/** The tax on an invoice, in minor units. */
export interface InvoiceTax {
  readonly invoice: string;
  readonly currency: string;
  /** With the tax, minor units. */
  readonly total: string;
  /** What of the total is tax, minor units. */
  readonly tax: string;
  readonly lines: InvoiceDocument["lines"];
  readonly taxes: InvoiceDocument["taxes"];
}

/** What proves an invoice. */
export interface InvoiceEvidence {
  readonly invoice: string;
  readonly status: InvoiceDocument["status"];
  /** Null while it is a draft. */
  readonly number: string | null;
  readonly plan: string;
  readonly plan_version: number;
  /** Sum of the lines' exact amounts, major units. */
  readonly exact: string;
  /** What rounding adds to it, major units. */
  readonly rounding: string;
  /** Null while it is a draft. */
  readonly finalized_at: string | null;
  /** Of the journal's head that it was made from. */
  readonly journal_step: number;
  readonly journal_hash: string;
  /** By what its taxes were told; null of a draft, and where nothing was said of taxes. */
  readonly tax_basis: (Omit<TaxBasis, "told_at"> & { readonly told_at: string }) | null;
  readonly taxes: readonly InvoiceTaxLine[];
  /** Why nobody can tell the tax of a draft that is due. */
  readonly tax_unknown: string | null;
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
