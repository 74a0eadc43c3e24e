import type { DecimalText } from "@tallybook/money";
import type { ChargeSpec, TierSpec } from "@tallybook/pricing";
import type { PlanPublished, Price } from "./facts.ts";

/** A price as PlanPublished held it up to its second schema: one record for six models, with null for what a model does not use. */
export interface FlatPrice {
  readonly price: string;
  readonly meter: string | null;
  readonly model: "flat" | "per_unit" | "graduated" | "volume" | "package" | "matrix";
  readonly amount: DecimalText | null;
  readonly unit_amount: DecimalText | null;
  readonly per: DecimalText;
  readonly tiers: readonly {
    readonly up_to: DecimalText | null;
    readonly unit_amount: DecimalText | null;
    readonly flat_amount: DecimalText | null;
  }[];
  readonly beyond: "last_tier" | null;
  readonly package_size: DecimalText | null;
  readonly package_amount: DecimalText | null;
  readonly free_units: DecimalText | null;
  readonly description: string;
  readonly dimensions: readonly string[];
  readonly rows: readonly (FlatRow & { readonly dimensions: Readonly<Record<string, string>> })[];
  readonly default_row: FlatRow | null;
}

interface FlatRow {
  readonly unit_amount: DecimalText;
  readonly per: DecimalText;
}

export type FlatPlanPublished = Omit<PlanPublished, "prices"> & {
  readonly prices: readonly FlatPrice[];
};

/** A plan of the first or second schema, as plans are now. */
export function planOfFlatPrices(fact: FlatPlanPublished): PlanPublished {
  const prices = fact.prices.map((flat): Price => {
    const { price, meter, description } = flat;
    return { price, meter, charge: chargeOfFlatPrice(flat), description, around: null };
  });
  return { ...fact, prices };
}

/**
 * What a price of that form means. What it could not say is said here, as it was rated: a period without usage owes nothing, an
 * exact boundary is of the lower tier, a begun package counts, a fee is posted when its period is rated. What its model needs
 * and it lacks stays no number, so that it cannot be rated: nobody could publish such a price.
 */
export function chargeOfFlatPrice(flat: FlatPrice): ChargeSpec {
  const { model, per, beyond } = flat;
  switch (model) {
    case "flat":
      return { model, amount: needed(flat.amount), payment_term: "in_arrears" };
    case "per_unit":
      return { model, unit_amount: needed(flat.unit_amount), per };
    case "graduated":
      return { model, tiers: tiersOf(flat), per, beyond, zero_usage: "nothing" };
    case "volume":
      return {
        model,
        tiers: tiersOf(flat),
        per,
        beyond,
        zero_usage: "nothing",
        boundary: "lower_tier",
      };
    case "package":
      return {
        model,
        package_size: needed(flat.package_size),
        package_amount: needed(flat.package_amount),
        free_units: flat.free_units ?? "0",
        round: "up",
      };
    case "matrix": {
      const { dimensions, rows, default_row } = flat;
      return {
        model,
        dimensions,
        rows: rows.map((row) => ({ dimensions: row.dimensions, charge: perUnitOf(row) })),
        default_row: default_row === null ? null : perUnitOf(default_row),
      };
    }
  }
}

function tiersOf({ tiers }: FlatPrice): TierSpec[] {
  return tiers.map(({ up_to, unit_amount, flat_amount }) => ({
    up_to,
    unit_amount,
    flat_amount,
    cap_amount: null,
  }));
}

function perUnitOf({ unit_amount, per }: FlatRow): ChargeSpec {
  return { model: "per_unit", unit_amount, per };
}

function needed(text: DecimalText | null): DecimalText {
  return text ?? "";
}
