import type { Parked, TransactionKind } from "@tallybook/journal";
import type { DecimalText } from "@tallybook/money";
import type { Micros, Period } from "@tallybook/periods";

import type { Compared } from "./replayed.ts";

/** What a transaction that differs differs by: what was used, the terms it was billed on, their tiers, or only what came of them. */
export type RerateCause = "quantity" | "terms" | "price" | "tier" | "amount" | "record";

/** A transaction that does not come out again as it stands in the journal. */
export interface RerateDifference {
  /** `not_rated`: it was posted, and nothing like it comes out; `not_posted`: the other way round. */
  readonly kind: "differs" | "not_rated" | "not_posted";
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly plan: string;
  readonly plan_version: number;
  /** Null of a rounding. */
  readonly price: string | null;
  readonly meter: string | null;
  readonly period_from: Micros;
  readonly period_to: Micros;
  readonly transaction: {
    readonly id: string;
    readonly kind: TransactionKind;
    readonly cut: number;
    /** Null where it is not posted. */
    readonly seq: number | null;
  };
  readonly currency: string;
  /** What it asks of the customer; null where it is not there. */
  readonly posted: DecimalText | null;
  readonly again: DecimalText | null;
  readonly causes: readonly RerateCause[];
  /** Why nothing comes out, where the rating says so. */
  readonly reason: string | null;
  /** Only what is not equal. */
  readonly compared: readonly Compared[];
}

/** What was posted for a period, and what the present code makes of it. */
export interface Rerated {
  readonly period: Period;
  /** The last cut that the journal has passed; -1: none. */
  readonly cut: number;
  /** How many transactions were rated again. */
  readonly transactions: number;
  readonly totals: readonly {
    readonly tenant: string;
    readonly currency: string;
    readonly posted: DecimalText;
    readonly again: DecimalText;
    readonly difference: DecimalText;
  }[];
  /** By their place in the journal; those that are not posted behind them. Empty: everything comes out again to the byte. */
  readonly differences: readonly RerateDifference[];
  /** Charges that cannot be rated, then or now: nobody is billed for them. */
  readonly parked: readonly Parked[];
}
