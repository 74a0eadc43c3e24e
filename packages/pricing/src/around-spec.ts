import type { DecimalText } from "@tallybook/money";

/** What stands around a charge, as somebody writes it: numbers are texts, absent ones null. All of it is of a whole period. */
export interface AroundSpec {
  /** The first units of a period, which cost nothing. */
  readonly included_units: DecimalText | null;
  /** Taken off what the units cost; 0 to 100. */
  readonly discount_percent: DecimalText | null;
  readonly commitment: CommitmentSpec | null;
  /** What the price asks for at least, major units. */
  readonly minimum_amount: DecimalText | null;
  /** What the price asks for at most, major units. */
  readonly maximum_amount: DecimalText | null;
}

/** Either an amount or a quantity, which the price turns into an amount. */
export interface CommitmentSpec {
  readonly amount: DecimalText | null;
  readonly quantity: DecimalText | null;
  /** What lies above the commitment is priced this many times. */
  readonly overage_factor: DecimalText;
  /** Whether what is missing is owed. */
  readonly true_up: boolean;
}
