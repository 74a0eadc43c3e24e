import type { Decimal } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import type { BulkConversion } from "./conversion.ts";

/**
 * What a price asks for, one form per charge model: what exists is valid. Amounts are in major units of one currency. Where
 * billing systems differ, the difference is a field here and has no default.
 */
export type Charge =
  | QuantityCharge
  | Percentage
  | CostPlus
  | Bulk
  | Capacity
  | Matrix<Charge>
  | TimeWindows;

/** Charges that ask only how much was used in the period. */
export type QuantityCharge =
  | PerUnit
  | Flat
  | Graduated
  | Volume
  | Package
  | GraduatedPercentage
  | Stairstep
  | BlockTiers
  | Dynamic;

export type QuantityModel = QuantityCharge["model"];

/** The one list of the models by quantity. */
const quantityModels: Readonly<Record<QuantityModel, true>> = {
  per_unit: true,
  flat: true,
  graduated: true,
  volume: true,
  package: true,
  graduated_percentage: true,
  stairstep: true,
  block_tiers: true,
  dynamic: true,
};

export function isQuantityModel(model: Charge["model"]): model is QuantityModel {
  return Object.hasOwn(quantityModels, model);
}

/** Whether a charge, or the specification of one, asks only how much was used in the period. */
export function isByQuantity<Of extends { readonly model: Charge["model"] }>(
  of: Of,
): of is Extract<Of, { readonly model: QuantityModel }> {
  return isQuantityModel(of.model);
}

/** An amount for each `per` units. */
export interface PerUnit {
  readonly model: "per_unit";
  readonly unitAmount: Decimal;
  /** Above zero. */
  readonly per: Decimal;
}

/** An amount per period, whatever is used. */
export interface Flat {
  readonly model: "flat";
  readonly amount: Decimal;
  /** Which line of a period that is billed in pieces carries it: the first or the last. */
  readonly paymentTerm: PaymentTerm;
}

export type PaymentTerm = "in_advance" | "in_arrears";

/** Each tier prices what lies in it, from where the tier before it ends (exclusive) to its own end (inclusive). */
export interface Graduated {
  readonly model: "graduated";
  readonly tiers: readonly Tier[];
  /** How many units a unitAmount is for; above zero. */
  readonly per: Decimal;
  readonly zeroUsage: ZeroUsage;
}

/** The tier that the quantity ends in prices all of it. */
export interface Volume {
  readonly model: "volume";
  readonly tiers: readonly Tier[];
  readonly per: Decimal;
  readonly zeroUsage: ZeroUsage;
  readonly boundary: Boundary;
}

export interface Tier {
  /** Null: no end. Tiers are in ascending order, and only the last has none. */
  readonly upTo: Decimal | null;
  /** For `per` units. Null: the tier has no such price, and shows no line for it; zero is a line of nothing. */
  readonly unitAmount: Decimal | null;
  /** Once, when the tier is entered; null as above. */
  readonly flatAmount: Decimal | null;
  /** The most that the tier may ask for, flat amount included; null: no bound. */
  readonly capAmount: Decimal | null;
}

/** Whether a period without usage has entered the first tier, and owes its flat amount. */
export type ZeroUsage = "first_flat" | "nothing";

/** Which tier a quantity of exactly a tier's `upTo` is in. */
export type Boundary = "lower_tier" | "upper_tier";

/** Packages of `size`, after free units. */
export interface Package {
  readonly model: "package";
  readonly size: Decimal;
  readonly amount: Decimal;
  readonly freeUnits: Decimal;
  /** Whether a package that is begun counts. */
  readonly round: "up" | "down";
}

/** A percentage of a metered value of money, per tier. */
export interface GraduatedPercentage {
  readonly model: "graduated_percentage";
  readonly tiers: readonly PercentageTier[];
  readonly zeroUsage: ZeroUsage;
}

export interface PercentageTier {
  readonly upTo: Decimal | null;
  readonly ratePercent: Decimal;
  readonly flatAmount: Decimal | null;
}

/** One amount for the step that the quantity ends in. */
export interface Stairstep {
  readonly model: "stairstep";
  readonly steps: readonly { readonly upTo: Decimal | null; readonly amount: Decimal }[];
  readonly zeroUsage: ZeroUsage;
  readonly boundary: Boundary;
}

/** Blocks of units, a begun one whole; a tier ends after so many blocks. */
export interface BlockTiers {
  readonly model: "block_tiers";
  /** `all_tiers`: each tier prices its blocks; `top_tier`: the tier that the quantity ends in prices all, in its blocks. */
  readonly policy: "all_tiers" | "top_tier";
  readonly tiers: readonly BlockTier[];
  /** What holds for what the last tier has no room for. */
  readonly beyond: "last_tier" | "refused";
}

export interface BlockTier {
  readonly blockSize: Decimal;
  /** Blocks, not units; null: no end. */
  readonly maxBlocks: Decimal | null;
  readonly blockAmount: Decimal;
}

/** The metered value is money already: an amount that is passed on, times a multiplier. */
export interface Dynamic {
  readonly model: "dynamic";
  readonly multiplier: Decimal;
}

/** A percentage of each event's value, with a fixed part and bounds per event. */
export interface Percentage {
  readonly model: "percentage";
  readonly ratePercent: Decimal;
  readonly fixedPerEvent: Decimal;
  /** The first events that are free; null: no such allowance. */
  readonly freeEvents: number | null;
  /** The first value that is free; null: no such allowance. With both, free ends where the earlier of them ends. */
  readonly freeAmount: Decimal | null;
  /** Bounds of what one event that is not free costs, its fixed part included. */
  readonly minimumPerEvent: Decimal | null;
  readonly maximumPerEvent: Decimal | null;
}

/** What a provider charged for an event at its time, marked up. */
export interface CostPlus {
  readonly model: "cost_plus";
  readonly markupPercent: Decimal;
  readonly fixedPerEvent: Decimal;
  readonly unitCost: UnitCost;
}

/** Where it stands what the provider charges for a unit. */
export type UnitCost =
  /** In each event. */
  | { readonly of: "property"; readonly property: string }
  /** In the price, in the order of time; an event before the first has none. */
  | { readonly of: "prices"; readonly prices: readonly ProviderPrice[] };

export interface ProviderPrice {
  readonly effectiveAt: Micros;
  readonly unitCost: Decimal;
}

/** Raw units turned into billable ones, rounded per event, job or period, and priced by another charge. */
export interface Bulk {
  readonly model: "bulk";
  readonly conversion: BulkConversion;
  readonly roundPer: "event" | "job" | "period";
  /** The property of an event that names its job; null unless it is rounded per job. */
  readonly jobProperty: string | null;
  readonly charge: QuantityCharge;
}

/** One amount: the first tier whose limits hold for the peak of every unit. */
export interface Capacity {
  readonly model: "capacity";
  /** The dimension of the meter that names the unit. */
  readonly unitDimension: string;
  readonly tiers: readonly CapacityTier[];
}

export interface CapacityTier {
  readonly amount: Decimal;
  /** By unit; a unit without one has no limit. */
  readonly maxByUnit: ReadonlyMap<string, Decimal>;
}

/** A charge for each combination of dimensions. */
export interface Matrix<Inner> {
  readonly model: "matrix";
  readonly dimensions: readonly string[];
  readonly rows: readonly MatrixEntry<Inner>[];
  /** For combinations without a row; null: they are not priced. */
  readonly defaultRow: Inner | null;
}

export interface MatrixEntry<Inner> {
  readonly values: Readonly<Record<string, string>>;
  readonly charge: Inner;
}

/** A charge by the time of the week at which usage happened, such as peak and off-peak. */
export interface TimeWindows {
  readonly model: "time_windows";
  /** An IANA name; the caller turns instants into minutes of the local week by it. */
  readonly timeZone: string;
  /** They do not overlap. */
  readonly windows: readonly TimeWindow[];
  /** Outside of all windows; null: such usage is refused. */
  readonly otherwise: QuantityCharge | null;
}

export interface TimeWindow {
  readonly name: string;
  /** 1 is Monday, 7 Sunday. */
  readonly days: readonly number[];
  /** Minutes of the local day, inclusive and exclusive, 0 to 1440. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly charge: QuantityCharge;
}
