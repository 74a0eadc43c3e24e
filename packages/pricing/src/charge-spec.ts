import type { DecimalText } from "@tallybook/money";
import type { Boundary, PaymentTerm, ZeroUsage } from "./charge.ts";

export type ChargeModel = ChargeSpec["model"];

/** A charge as somebody writes it: numbers are texts, absent amounts null. makeCharge checks it. */
export type ChargeSpec =
  | QuantitySpec
  | PercentageSpec
  | CostPlusSpec
  | BulkSpec
  | CapacitySpec
  | MatrixSpec
  | TimeWindowsSpec;

export type QuantitySpec =
  | {
      readonly model: "per_unit";
      readonly unit_amount: DecimalText;
      readonly per: DecimalText;
    }
  | { readonly model: "flat"; readonly amount: DecimalText; readonly payment_term: PaymentTerm }
  | TieredSpec
  | {
      readonly model: "package";
      readonly package_size: DecimalText;
      readonly package_amount: DecimalText;
      readonly free_units: DecimalText;
      readonly round: "up" | "down";
    }
  | {
      readonly model: "graduated_percentage";
      readonly tiers: readonly PercentageTierSpec[];
      readonly beyond: "last_tier" | null;
      readonly zero_usage: ZeroUsage;
    }
  | {
      readonly model: "stairstep";
      readonly steps: readonly StepSpec[];
      readonly beyond: "last_tier" | null;
      readonly zero_usage: ZeroUsage;
      readonly boundary: Boundary;
    }
  | {
      readonly model: "block_tiers";
      readonly policy: "all_tiers" | "top_tier";
      readonly tiers: readonly BlockTierSpec[];
      readonly beyond: "last_tier" | "refused";
    }
  | { readonly model: "dynamic"; readonly multiplier: DecimalText };

export type TieredSpec =
  | {
      readonly model: "graduated";
      readonly tiers: readonly TierSpec[];
      readonly per: DecimalText;
      readonly beyond: "last_tier" | null;
      readonly zero_usage: ZeroUsage;
    }
  | {
      readonly model: "volume";
      readonly tiers: readonly TierSpec[];
      readonly per: DecimalText;
      readonly beyond: "last_tier" | null;
      readonly zero_usage: ZeroUsage;
      readonly boundary: Boundary;
    };

/** Where a tier is among the others. */
export interface TierBounds {
  /** Inclusive; null: no end. */
  readonly up_to: DecimalText | null;
  /** Where the tier begins, for those who write both ends; null: where the one before it ends. */
  readonly from?: DecimalText | null;
}

export interface TierSpec extends TierBounds {
  readonly unit_amount: DecimalText | null;
  readonly flat_amount: DecimalText | null;
  readonly cap_amount: DecimalText | null;
}

export interface PercentageTierSpec extends TierBounds {
  readonly rate_percent: DecimalText;
  readonly flat_amount: DecimalText | null;
}

export interface StepSpec extends TierBounds {
  readonly amount: DecimalText;
}

export interface BlockTierSpec {
  readonly block_size: DecimalText;
  readonly max_blocks: DecimalText | null;
  readonly block_amount: DecimalText;
}

export interface PercentageSpec {
  readonly model: "percentage";
  readonly rate_percent: DecimalText;
  readonly fixed_amount_per_event: DecimalText | null;
  readonly free_events: number | null;
  /** Zero is no allowance, as null is. */
  readonly free_amount: DecimalText | null;
  readonly minimum_per_event: DecimalText | null;
  readonly maximum_per_event: DecimalText | null;
}

export interface CostPlusSpec {
  readonly model: "cost_plus";
  readonly markup_percent: DecimalText;
  readonly fixed_amount_per_event: DecimalText | null;
  /** The property of an event that says what the provider charged for a unit; null where provider_prices do. */
  readonly unit_cost_property: string | null;
  readonly provider_prices: readonly {
    /** RFC 3339; the price holds from then until the next. */
    readonly effective_at: string;
    readonly unit_cost: DecimalText;
  }[];
}

export interface ConversionSpec {
  readonly operation: "divide" | "multiply";
  readonly factor: DecimalText;
  readonly rounding: "half_up" | "ceiling" | "floor" | "none";
  /** -12 to 12. */
  readonly decimals: number;
}

export interface BulkSpec {
  readonly model: "bulk";
  readonly conversion: ConversionSpec;
  readonly round_per: "event" | "job" | "period";
  /** The property of an event that names its job; null unless it is rounded per job. */
  readonly job_property: string | null;
  readonly charge: QuantitySpec;
}

export interface CapacitySpec {
  readonly model: "capacity";
  /** The dimension of the meter that names the unit. */
  readonly unit_dimension: string;
  readonly tiers: readonly {
    readonly amount: DecimalText;
    readonly max: Readonly<Record<string, DecimalText>>;
  }[];
}

export interface MatrixSpec {
  readonly model: "matrix";
  readonly dimensions: readonly string[];
  readonly rows: readonly {
    readonly dimensions: Readonly<Record<string, string>>;
    readonly charge: ChargeSpec;
  }[];
  readonly default_row: ChargeSpec | null;
}

export interface TimeWindowsSpec {
  readonly model: "time_windows";
  readonly time_zone: string;
  readonly windows: readonly {
    readonly name: string;
    /** 1 is Monday, 7 Sunday. */
    readonly days: readonly number[];
    /** Minutes of the day, 0 to 1440. */
    readonly from_minute: number;
    readonly to_minute: number;
    readonly charge: QuantitySpec;
  }[];
  readonly otherwise: QuantitySpec | null;
}

/** What a charge stands in: what its numbers mean depends on it. */
export interface ChargeContext {
  /** What its meter counts; `none` for a charge without a meter. */
  readonly meter: "none" | "units" | "money";
}
