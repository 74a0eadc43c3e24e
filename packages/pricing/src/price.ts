import type { DecimalText, Ratio } from "@tallybook/money";

export type ChargeModel = "flat" | "per_unit" | "graduated" | "volume" | "package";

/** A step of a graduated or volume price. A missing amount is zero. */
export interface Tier {
  /** Inclusive; null: no end. */
  readonly up_to: DecimalText | null;
  /** For `per` units. */
  readonly unit_amount: DecimalText | null;
  /** Counts once when the tier is entered. */
  readonly flat_amount: DecimalText | null;
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

export interface Rating {
  /** Exact, in major units. */
  readonly amount: Ratio;
  /** Their quantities add up to the rated quantity, their amounts to the amount cut at 24 decimals. */
  readonly tiers: readonly RatedTier[];
}
