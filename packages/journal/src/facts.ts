import type { Covered, FeeProration } from "@tallybook/catalog";
import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import type { Explained } from "@tallybook/pricing";

/** Money that moves after an invoice is made: a fact of `invoices` says so, and nothing is rated for it. */
export type MovementKind =
  | "payment"
  | "payment_reversal"
  | "credit"
  | "refund"
  | "void"
  | "credit_note"
  | "debit_note";

export type TransactionKind =
  | "fee"
  | "usage"
  | "adjustment"
  | "discount"
  | "tax"
  | "rounding"
  | MovementKind;

export interface Posting {
  readonly account: string;
  /** Debit positive, credit negative. */
  readonly amount: DecimalText;
}

export interface RatedTier {
  readonly from: DecimalText;
  readonly up_to: DecimalText | null;
  readonly quantity: DecimalText;
  readonly unit_amount: DecimalText;
  readonly flat_amount: DecimalText;
  readonly amount: DecimalText;
}

/** What one row of a matrix contributed. */
export interface RatedRow {
  /** The combination. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** The default row priced it. */
  readonly is_default: boolean;
  readonly quantity: DecimalText;
  /** For `per` units. */
  readonly unit_amount: DecimalText;
  readonly per: DecimalText;
  readonly amount: DecimalText;
}

/** What a part of a composite meter came to. */
export interface PartUsage {
  readonly meter: string;
  readonly quantity: DecimalText;
}

export interface Share {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantity: DecimalText;
  readonly amount: DecimalText;
}

/** A period that the start or the end of its subscription cuts, or a change of its terms. */
export interface PeriodPart {
  /** The whole period of the calendar. */
  readonly whole_from: Micros;
  readonly whole_to: Micros;
  /** How the part was counted. */
  readonly proration: FeeProration;
  /** Of what the period owes of its fees, in lowest terms. */
  readonly numerator: DecimalText;
  readonly denominator: DecimalText;
}

/** What a coupon takes off a period. */
export interface Discounted {
  readonly coupon: string;
  readonly coupon_version: number;
  /** How it came to be of the subscription: the id of its `CouponApplied`. */
  readonly application: string;
  readonly percent_off: DecimalText | null;
  /** Of each period; major units. */
  readonly amount_off: DecimalText | null;
  /** What the charges of the whole period come to that it is for, less what coupons before it take off them. */
  readonly base: DecimalText;
}

/** What is taken off an invoice. */
export interface InvoiceSettled {
  readonly invoice: string;
  /** Major units; below zero: it is owed again, or besides. */
  readonly amount: DecimalText;
}

/** What an invoice asks for in the name of a jurisdiction. */
export interface Taxed {
  readonly jurisdiction: string;
  /** Null: no rate of the catalog, but somebody outside has said it. */
  readonly tax_rate: string | null;
  readonly tax_rate_version: number | null;
  readonly percent: DecimalText;
  /** Prices held it. */
  readonly inclusive: boolean;
  /** Major units, cut to 24 decimals. */
  readonly base: DecimalText;
  /** Before it was rounded, major units, cut to 24 decimals. */
  readonly exact: DecimalText;
}

export interface Evidence {
  readonly cut: number;
  /** Of the period's first rating. */
  readonly catalog_offset: number;
  readonly customer: string;
  readonly subscription: string;
  readonly contract: string | null;
  readonly contract_version: number | null;
  readonly plan: string;
  readonly plan_version: number;
  readonly price: string | null;
  readonly meter: string | null;
  readonly meter_version: number | null;
  readonly period_from: Micros;
  readonly period_to: Micros;
  /** Of the whole period as known at the cut. */
  readonly quantity: DecimalText;
  /** Of the whole period as known at the cut. */
  readonly amount: DecimalText;
  /** Of older transactions. */
  readonly tiers: readonly RatedTier[];
  /** What this transaction posts, per dimension; sums to the posted amount. */
  readonly shares: readonly Share[];
  readonly invoice: string | null;
  /** Of older transactions of a matrix. */
  readonly rows: readonly RatedRow[];
  /** Of a composite meter: its parts over the whole period as known at the cut; empty for every other meter. */
  readonly made_of: readonly PartUsage[];
  /** Null: the period is a whole one. */
  readonly part: PeriodPart | null;
  /** A fee that was posted before its period was over, or taken back: no rating of the period's usage. */
  readonly in_advance: boolean;
  /** What a trial covered: it is rated, and comes to nothing. */
  readonly covered: Covered;
  /** How the amount came about; null where nothing was rated, and of transactions that have tiers or rows instead. */
  readonly explanation: Explained | null;
  /** Of a discount: the coupon; null of everything else. */
  readonly discount: Discounted | null;
  /** What it takes off invoices, of money that moves; empty of everything else. */
  readonly settles: readonly InvoiceSettled[];
  /** Of a tax; null of everything else. */
  readonly tax: Taxed | null;
  /** Of an adjustment; null of everything else. */
  readonly written_off: WrittenOff | null;
  /** Of an adjustment: the backfills by which usage of it became known at the cut, in the order of their ids; empty: by none. */
  readonly backfills: readonly string[];
}

/** What the customer is not asked for, of what late usage changed of a charge. */
export interface WrittenOff {
  /** Major units; below zero: it is asked for after all. */
  readonly amount: DecimalText;
  /** All that late usage has changed of the charge since its first rating, this with it; major units. */
  readonly late: DecimalText;
  /** That is written off while it is below this, by the tenant's policy; major units. Null: nothing is. */
  readonly below: DecimalText | null;
  /** Of the tenant's policy; 0: it has none. */
  readonly policy_version: number;
  /** The policy's, or why it is asked for after all. */
  readonly reason: string;
}

/** Ends a step and signs all before it. */
export interface HeadSigned {
  readonly kind: "HeadSigned";
  readonly step: number;
  readonly cut: number;
  readonly cut_root: Uint8Array;
  /** Of the last transaction; -1 while there is none. */
  readonly seq: number;
  /** Of the last transaction. */
  readonly hash: Uint8Array;
  readonly invoices_offset: number;
  /** Ed25519 over the other fields. */
  readonly signature: Uint8Array;
}

/** Fixes what a step of the rater took; everything up to its head follows from it. */
export interface StepBegun {
  readonly kind: "StepBegun";
  readonly step: number;
  /** The last closed cut it saw. */
  readonly cut: number;
  /** That cut's. */
  readonly time: Micros;
  /** That cut's. */
  readonly catalog_offset: number;
  /** Facts of `invoices` below it were taken. */
  readonly invoices_offset: number;
}

/** A transaction: postings that sum to zero, and the evidence for them. */
export interface TransactionPosted {
  readonly kind: "TransactionPosted";
  readonly seq: number;
  /** Hash of the transaction before it. */
  readonly previous: Uint8Array;
  /** SHA-256 of the previous hash and this transaction's canonical bytes. */
  readonly hash: Uint8Array;
  /** SHA-256 of kind, cause and revision, hex. */
  readonly id: string;
  readonly step: number;
  readonly tenant: string;
  readonly transaction_kind: TransactionKind;
  readonly cause: string;
  /** The step's cut. */
  readonly revision: number;
  /** The cut's time. */
  readonly date: Micros;
  readonly currency: string;
  readonly postings: readonly Posting[];
  /** Id of the transaction that an adjustment corrects. */
  readonly adjusts: string | null;
  readonly evidence: Evidence;
}

/** What the topic `journal` carries. */
export type JournalFact = HeadSigned | StepBegun | TransactionPosted;
