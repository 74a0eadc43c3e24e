import type { Decimal, Ratio } from "@tallybook/money";
import { ratioOf } from "@tallybook/money";
import { type Charge, isByQuantity, type Matrix } from "./charge.ts";
import { combinationKey } from "./combination.ts";
import { type BulkRating, type JobEvent, rateBulk } from "./rate-bulk.ts";
import { type CapacityRating, rateCapacity } from "./rate-capacity.ts";
import {
  type EventsRating,
  type PassedThrough,
  type ProviderCost,
  rateCostPlus,
  ratePercentage,
} from "./rate-events.ts";
import { rateQuantity } from "./rate-quantity.ts";
import { rateTimeWindows, type TimedQuantity, type WindowsRating } from "./rate-windows.ts";
import { NotRatable, type QuantityRating, sumOfRatios } from "./share.ts";

/** What was used, in the form that a charge model asks for. */
export type Usage =
  | { readonly of: "quantity"; readonly quantity: Decimal }
  /** In the order of time; bulk prices ask for the job as well. */
  | { readonly of: "events"; readonly events: readonly JobEvent[] }
  | { readonly of: "costs"; readonly costs: readonly ProviderCost[] }
  | { readonly of: "peaks"; readonly peakByUnit: ReadonlyMap<string, Decimal> }
  | { readonly of: "times"; readonly times: readonly TimedQuantity[] }
  | { readonly of: "combinations"; readonly combinations: readonly UsedCombination[] };

/** What was used of one combination of a matrix's dimensions. */
export interface UsedCombination {
  readonly values: Readonly<Record<string, string>>;
  readonly usage: Usage;
}

/** A rating with how it came about. */
export type ChargeRating =
  | {
      readonly of: "quantity";
      readonly amount: Ratio;
      readonly quantity: Decimal;
      readonly rating: QuantityRating;
    }
  | { readonly of: "events"; readonly amount: Ratio; readonly rating: EventsRating }
  | { readonly of: "costs"; readonly amount: Ratio; readonly rating: PassedThrough }
  | { readonly of: "bulk"; readonly amount: Ratio; readonly rating: BulkRating }
  | { readonly of: "peaks"; readonly amount: Ratio; readonly rating: CapacityRating }
  | { readonly of: "times"; readonly amount: Ratio; readonly rating: WindowsRating }
  | {
      readonly of: "combinations";
      readonly amount: Ratio;
      readonly rows: readonly RatedCombination[];
    };

export type RatingOf<Of extends ChargeRating["of"]> = Extract<ChargeRating, { readonly of: Of }>;

export interface RatedCombination {
  readonly values: Readonly<Record<string, string>>;
  readonly isDefault: boolean;
  /** Null where neither a row nor the default row prices it: nothing of it is in the amount. */
  readonly rating: ChargeRating | null;
}

/** What any charge asks for what was used, exactly. Throws NotRatable where the usage is not in the form that it asks for. */
export function rateUsage(charge: Charge, usage: Usage): ChargeRating {
  if (isByQuantity(charge)) {
    const { quantity } = only(charge, usage, "quantity");
    const rating = rateQuantity(charge, quantity);
    return { of: "quantity", amount: rating.amount, quantity, rating };
  }
  switch (charge.model) {
    case "percentage": {
      const values = only(charge, usage, "events").events.map(({ quantity }) => quantity);
      const rating = ratePercentage(charge, values);
      return { of: "events", amount: rating.amount, rating };
    }
    case "cost_plus": {
      const rating = rateCostPlus(charge, only(charge, usage, "costs").costs);
      return { of: "costs", amount: rating.amount, rating };
    }
    case "bulk": {
      const rating = rateBulk(charge, only(charge, usage, "events").events);
      return { of: "bulk", amount: rating.rating.amount, rating };
    }
    case "capacity": {
      const rating = rateCapacity(charge, only(charge, usage, "peaks").peakByUnit);
      return { of: "peaks", amount: ratioOf(rating.amount), rating };
    }
    case "time_windows": {
      const rating = rateTimeWindows(charge, only(charge, usage, "times").times);
      return { of: "times", amount: rating.amount, rating };
    }
    case "matrix":
      return rateCombinations(charge, only(charge, usage, "combinations").combinations);
  }
}

function rateCombinations(
  matrix: Matrix<Charge>,
  combinations: readonly UsedCombination[],
): ChargeRating {
  const chargeByKey = new Map(
    matrix.rows.map(({ values, charge }) => [combinationKey(matrix, values), charge]),
  );
  const rows = combinations.map(({ values, usage }): RatedCombination => {
    const own = chargeByKey.get(combinationKey(matrix, values));
    const charge = own ?? matrix.defaultRow;
    const rating = charge === null ? null : rateUsage(charge, usage);
    return { values, isDefault: own === undefined, rating };
  });
  const amounts = rows.flatMap(({ rating }) => (rating === null ? [] : [rating.amount]));
  return { of: "combinations", amount: sumOfRatios(amounts), rows };
}

function only<Form extends Usage["of"]>(
  charge: Charge,
  usage: Usage,
  form: Form,
): Extract<Usage, { of: Form }> {
  if (isOf(usage, form)) return usage;
  throw new NotRatable(`a ${charge.model} price is rated from ${form}, and not from ${usage.of}`);
}

function isOf<Form extends Usage["of"]>(
  usage: Usage,
  form: Form,
): usage is Extract<Usage, { of: Form }> {
  return usage.of === form;
}
