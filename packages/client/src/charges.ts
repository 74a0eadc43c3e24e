import type { DecimalInput } from "./catalog.ts";

type Maybe<Value> = Value | null;

interface Tiered<Tier> {
  readonly tiers: readonly Tier[];
  /** What holds above a last tier that ends; without it, the last tier has no end. */
  readonly beyond?: Maybe<"last_tier">;
  /** Whether a period without usage owes the flat amount of the first tier; `nothing` unless given. */
  readonly zero_usage?: Maybe<"nothing" | "first_flat">;
}

export interface TierInput {
  /** Inclusive; null or left out: no end. */
  readonly up_to?: Maybe<DecimalInput>;
  readonly unit_amount?: Maybe<DecimalInput>;
  readonly flat_amount?: Maybe<DecimalInput>;
  /** The most that the tier asks for, flat amount included. */
  readonly cap_amount?: Maybe<DecimalInput>;
}

interface UnitTiers extends Tiered<TierInput> {
  /** How many units a unit_amount is for; 1 unless given. */
  readonly per?: Maybe<DecimalInput>;
}

/** Which tier a quantity of exactly a tier's end is in; `lower_tier` unless given. */
interface Bounded {
  readonly boundary?: Maybe<"lower_tier" | "upper_tier">;
}

/** What stands around the charge of a price over a meter: each is of a whole period. */
export interface AroundInput {
  /** The first units of a period, which cost nothing. */
  readonly included_units?: Maybe<DecimalInput>;
  /** Off what the units cost. */
  readonly discount_percent?: Maybe<DecimalInput>;
  readonly commitment?: Maybe<{
    readonly amount?: Maybe<DecimalInput>;
    /** Or an amount; the price turns it into one. */
    readonly quantity?: Maybe<DecimalInput>;
    /** What lies above it costs so many times as much; 1 unless given. */
    readonly overage_factor?: Maybe<DecimalInput>;
    /** What is missing is owed; true unless given. */
    readonly true_up?: Maybe<boolean>;
  }>;
  readonly minimum_amount?: Maybe<DecimalInput>;
  readonly maximum_amount?: Maybe<DecimalInput>;
}

/** Charges that ask only how much was used. */
export type QuantityChargeInput =
  | PerUnitInput
  | {
      readonly model: "flat";
      readonly amount: DecimalInput;
      readonly payment_term?: Maybe<"in_arrears" | "in_advance">;
    }
  | ({ readonly model: "graduated" } & UnitTiers)
  | ({ readonly model: "volume" } & UnitTiers & Bounded)
  | {
      readonly model: "package";
      readonly package_size: DecimalInput;
      readonly package_amount: DecimalInput;
      readonly free_units?: Maybe<DecimalInput>;
      readonly round?: Maybe<"up" | "down">;
    }
  | ({ readonly model: "graduated_percentage" } & Tiered<{
      readonly up_to?: Maybe<DecimalInput>;
      readonly rate_percent: DecimalInput;
      readonly flat_amount?: Maybe<DecimalInput>;
    }>)
  | ({
      readonly model: "stairstep";
      readonly steps: readonly {
        readonly up_to?: Maybe<DecimalInput>;
        readonly amount: DecimalInput;
      }[];
    } & Omit<Tiered<never>, "tiers"> &
      Bounded)
  | {
      readonly model: "block_tiers";
      readonly policy?: Maybe<"all_tiers" | "top_tier">;
      readonly tiers: readonly {
        readonly block_size: DecimalInput;
        readonly max_blocks?: Maybe<DecimalInput>;
        readonly block_amount: DecimalInput;
      }[];
      readonly beyond?: Maybe<"refused" | "last_tier">;
    }
  | { readonly model: "dynamic"; readonly multiplier?: Maybe<DecimalInput> };

interface PerUnitInput {
  readonly model: "per_unit";
  readonly unit_amount: DecimalInput;
  readonly per?: Maybe<DecimalInput>;
}

/** In a row or a window, per_unit is what a charge is that does not say. */
type InnerPerUnit = Omit<PerUnitInput, "model"> & { readonly model?: "per_unit" };

export type InnerQuantityInput = QuantityChargeInput | InnerPerUnit;

type RowChargeInput = Exclude<ChargeInput, { readonly model: "matrix" }> | InnerPerUnit;

/** The charge of a price, as docs/pricing.md has it. */
export type ChargeInput =
  | QuantityChargeInput
  | {
      readonly model: "percentage";
      readonly rate_percent: DecimalInput;
      readonly fixed_amount_per_event?: Maybe<DecimalInput>;
      readonly free_events?: Maybe<number>;
      readonly free_amount?: Maybe<DecimalInput>;
      readonly minimum_per_event?: Maybe<DecimalInput>;
      readonly maximum_per_event?: Maybe<DecimalInput>;
    }
  | {
      readonly model: "cost_plus";
      readonly markup_percent?: Maybe<DecimalInput>;
      readonly fixed_amount_per_event?: Maybe<DecimalInput>;
      /** The property of an event that says what the provider charged for a unit; or provider_prices. */
      readonly unit_cost_property?: Maybe<string>;
      readonly provider_prices?: readonly {
        /** RFC 3339. */
        readonly effective_at: string;
        readonly unit_cost: DecimalInput;
      }[];
    }
  | {
      readonly model: "bulk";
      readonly conversion: {
        readonly operation: "divide" | "multiply";
        readonly factor: DecimalInput;
        readonly rounding: "ceiling" | "floor" | "half_up" | "none";
        readonly decimals?: Maybe<number>;
      };
      readonly round_per: "event" | "job" | "period";
      /** The property of an event that names its job. */
      readonly job_property?: Maybe<string>;
      readonly charge: InnerQuantityInput;
    }
  | {
      readonly model: "capacity";
      /** The dimension of the meter that names the unit. */
      readonly unit_dimension: string;
      readonly tiers: readonly {
        readonly amount: DecimalInput;
        readonly max?: Readonly<Record<string, DecimalInput>>;
      }[];
    }
  | {
      readonly model: "matrix";
      /** Of the meter. */
      readonly dimensions: readonly string[];
      readonly rows: readonly ({
        /** A value for each dimension of the price; empty for events that have none. */
        readonly dimensions: Readonly<Record<string, string>>;
      } & RowChargeInput)[];
      /** What a combination without a row costs; without it such usage is parked. */
      readonly default_row?: Maybe<RowChargeInput>;
    }
  | {
      readonly model: "time_windows";
      /** Of the IANA database; UTC unless given. */
      readonly time_zone?: Maybe<string>;
      readonly windows: readonly ({
        readonly name: string;
        /** 1 is Monday; every day unless given. */
        readonly days?: readonly number[];
        /** Of the local day: 0 and 1440 unless given. */
        readonly from_minute?: Maybe<number>;
        readonly to_minute?: Maybe<number>;
      } & InnerQuantityInput)[];
      /** Outside of all windows; without it a period with such usage is parked. */
      readonly otherwise?: Maybe<InnerQuantityInput>;
    };
