import type { DecimalText, Ratio } from "@tallybook/money";

export type ChargeModel = "flat" | "per_unit" | "graduated" | "volume" | "package" | "matrix";

/** A step of a graduated or volume price. A missing amount is zero. */
export interface Tier {
  /** Inclusive; null: no end. */
  readonly up_to: DecimalText | null;
  /** For `per` units. */
  readonly unit_amount: DecimalText | null;
  /** Counts once when the tier is entered. */
  readonly flat_amount: DecimalText | null;
}

/** What units of a matrix cost. */
export interface RowPrice {
  /** For `per` units. */
  readonly unit_amount: DecimalText;
  readonly per: DecimalText;
}

/** The price of one combination. */
export interface MatrixRow extends RowPrice {
  /** A value for each dimension of the price; empty where events have none. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** One charge of a plan; amounts in major units of the plan's currency. Null is what the model does not use. */
export interface Price {
  readonly price: string;
  /** Null for a flat fee. */
  readonly meter: string | null;
  readonly model: ChargeModel;
  /** flat: per period. */
  readonly amount: DecimalText | null;
  /** per_unit: for `per` units. */
  readonly unit_amount: DecimalText | null;
  /** How many units a unit_amount is for. */
  readonly per: DecimalText;
  readonly tiers: readonly Tier[];
  /** What holds above a closed last tier. */
  readonly beyond: "last_tier" | null;
  readonly package_size: DecimalText | null;
  readonly package_amount: DecimalText | null;
  /** package: what is not counted into packages. */
  readonly free_units: DecimalText | null;
  readonly description: string;
  /** matrix: the dimensions of the meter that it prices by. */
  readonly dimensions: readonly string[];
  readonly rows: readonly MatrixRow[];
  /** matrix: what a combination without a row costs; null: it is parked. */
  readonly default_row: RowPrice | null;
}

/** What one tier contributed. */
export interface RatedTier {
  /** Exclusive. */
  readonly from: DecimalText;
  /** Inclusive; null: no end. */
  readonly up_to: DecimalText | null;
  readonly quantity: DecimalText;
  /** For `per` units; of a package: for a package. */
  readonly unit_amount: DecimalText;
  readonly flat_amount: DecimalText;
  /** At most 24 decimals. */
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
  /** At most 24 decimals. */
  readonly amount: DecimalText;
}

export interface Rating {
  /** Exact, in major units. */
  readonly amount: Ratio;
  /** Their quantities add up to the rated quantity, their amounts to the amount cut at 24 decimals. */
  readonly tiers: readonly RatedTier[];
}
