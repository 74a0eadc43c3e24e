import { compare, type Decimal, toText } from "@tallybook/money";
import type { Capacity, CapacityTier } from "./charge.ts";
import { NotRatable, zero } from "./share.ts";

export interface CapacityRating {
  readonly amount: Decimal;
  /** From 1; null where nothing was used. */
  readonly tier: number | null;
  readonly peakByUnit: ReadonlyMap<string, Decimal>;
}

/** The first tier whose limits hold for the peak of every unit; nothing where nothing was used. */
export function rateCapacity(
  charge: Capacity,
  peakByUnit: ReadonlyMap<string, Decimal>,
): CapacityRating {
  if ([...peakByUnit.values()].every((peak) => compare(peak, zero) <= 0)) {
    return { amount: zero, tier: null, peakByUnit };
  }
  const index = charge.tiers.findIndex((tier) => holds(tier, peakByUnit));
  const tier = charge.tiers[index];
  if (tier !== undefined) return { amount: tier.amount, tier: index + 1, peakByUnit };
  const peaks = [...peakByUnit].map(([unit, peak]) => `${toText(peak)} ${unit}`).join(", ");
  throw new NotRatable(`no tier has the capacity for ${peaks}: the price needs a wider one`);
}

function holds({ maxByUnit }: CapacityTier, peakByUnit: ReadonlyMap<string, Decimal>): boolean {
  return [...peakByUnit].every(([unit, peak]) => {
    const max = maxByUnit.get(unit);
    return max === undefined || compare(peak, max) <= 0;
  });
}
