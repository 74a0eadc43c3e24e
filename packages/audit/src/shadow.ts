import type { DecimalText } from "@tallybook/money";
import type { Period } from "@tallybook/periods";

/** Why an expected amount is another one here; where several are, the first that explains it. */
export type ShadowCause =
  /** There is no such customer. */
  | "missing_customer"
  /** The customer has no bill in that period, and that currency. */
  | "no_bill"
  /** Nothing of the meter is on the bill. */
  | "no_usage"
  /** Nothing is on the bill that the line could be. */
  | "no_line"
  | "quantity"
  /** At most one minor unit a line. */
  | "rounding"
  /** By a tax rate of the catalog more or less, or a line that is of a tax by its name. */
  | "tax"
  /** As much was used, as far as it is known, and it costs otherwise: another price or tier. */
  | "price"
  /** It is on a bill, and the other system did not bill it. */
  | "not_expected";

/** A line that is not the same in both systems. Amounts are in major units, with the digits of the currency. */
export interface ShadowDifference {
  readonly customer: string;
  readonly period: Period;
  readonly product: string | null;
  readonly meter: string | null;
  readonly line: string | null;
  readonly currency: string;
  /** Null: the other system has none. */
  readonly expected: DecimalText | null;
  /** Null: nothing is billed here. */
  readonly billed: DecimalText | null;
  /** What is billed more here; below zero: less. */
  readonly difference: DecimalText;
  readonly expected_quantity: DecimalText | null;
  readonly billed_quantity: DecimalText | null;
  readonly cause: ShadowCause;
}

/** A period as it was billed by another system, and as it is here. */
export interface ShadowComparison {
  readonly tenant: string;
  readonly period: Period;
  /** Lines that were expected, and how many of them are the same. */
  readonly expected: number;
  readonly equal: number;
  readonly totals: readonly {
    readonly currency: string;
    readonly expected: DecimalText;
    readonly billed: DecimalText;
    readonly difference: DecimalText;
  }[];
  /** By customer and period. */
  readonly differences: readonly ShadowDifference[];
}
