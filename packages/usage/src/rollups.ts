import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

/** A meter's total of one customer, slot, set of dimensions and cut: a row of the rollups that bill. */
export interface UsageRow {
  readonly tenant: string;
  readonly customer: string;
  /** Empty where the events named none. */
  readonly subscription: string;
  readonly meter: string;
  readonly meter_version: number;
  /** Start of a UTC hour. */
  readonly slot: Micros;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly cut: number;
  readonly quantity: DecimalText;
  /** How many measurements it sums. */
  readonly count: number;
}
