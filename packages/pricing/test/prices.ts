import { decimal } from "@tallybook/money";
import {
  type ChargeRating,
  type ChargeSpec,
  explainCharge,
  type ExplainedStep,
  type QuantitySpec,
  rateUsage,
  type TierSpec,
} from "@tallybook/pricing";
import { made } from "./specs.ts";

/** Tiers as text: `10: 0.50, 20: 0.40 + 3, -: 0.30` is up_to, unit_amount and flat_amount. */
export function tiersOf(text: string): TierSpec[] {
  return text.split(", ").map((tier) => {
    const [end = "", unit = "", flat = null] = tier.split(/: | \+ /);
    return {
      up_to: end === "-" ? null : end,
      unit_amount: unit,
      flat_amount: flat,
      cap_amount: null,
    };
  });
}

/** A graduated or volume price of tiers as text, with what documents leave out. */
export function tiered(
  model: "graduated" | "volume",
  tiers: readonly TierSpec[],
  { per = "1", beyond = null }: { per?: string; beyond?: "last_tier" | null } = {},
): QuantitySpec {
  const of = { tiers, per, beyond, zero_usage: "nothing" } as const;
  return model === "volume" ? { model, ...of, boundary: "lower_tier" } : { model, ...of };
}

export function perUnit(unit_amount: string, per = "1"): QuantitySpec {
  return { model: "per_unit", unit_amount, per };
}

export function packages(size: string, amount: string, free = "0"): QuantitySpec {
  return {
    model: "package",
    package_size: size,
    package_amount: amount,
    free_units: free,
    round: "up",
  };
}

/** What a price by quantity comes to. */
export function rated(spec: ChargeSpec, quantity: string): ChargeRating {
  return rateUsage(made(spec), { of: "quantity", quantity: decimal(quantity) });
}

/** How it came about. */
export function stepsFor(spec: ChargeSpec, quantity: string): readonly ExplainedStep[] {
  const explained = explainCharge(rated(spec, quantity));
  return explained.of === "quantity" ? explained.steps : [];
}
