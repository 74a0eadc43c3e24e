import { compare, type Decimal, min, sub, toText } from "@tallybook/money";
import type {
  Boundary,
  Graduated,
  GraduatedPercentage,
  Stairstep,
  Tier,
  Volume,
  ZeroUsage,
} from "./charge.ts";
import { hundred, NotRatable, one, type Share, shareOf, zero } from "./share.ts";

/** Each tier that was entered prices what lies in it. */
export function rateGraduated(
  { tiers, per, zeroUsage }: Pick<Graduated, "tiers" | "per" | "zeroUsage">,
  quantity: Decimal,
): Share[] {
  if (isUnused(quantity, zeroUsage)) return [];
  const shares: Share[] = [];
  let from = zero;
  for (const [index, tier] of tiers.entries()) {
    if (index > 0 && compare(quantity, from) <= 0) return shares;
    const end = tier.upTo === null ? quantity : min(quantity, tier.upTo);
    shares.push(tierShare(tier, index, from, sub(end, from), per));
    if (tier.upTo === null) return shares;
    from = tier.upTo;
  }
  if (compare(quantity, from) <= 0) return shares;
  throw new NotRatable(`no tier holds ${toText(quantity)} units: the last ends at ${toText(from)}`);
}

/** The tier that the quantity ends in prices all of it. */
export function rateVolume(
  { tiers, per, zeroUsage, boundary }: Pick<Volume, "tiers" | "per" | "zeroUsage" | "boundary">,
  quantity: Decimal,
): Share[] {
  if (isUnused(quantity, zeroUsage)) return [];
  const index = tierAt(tiers, quantity, boundary);
  const tier = tiers[index];
  if (tier === undefined) throw new NotRatable(`no tier holds ${toText(quantity)} units`);
  return [tierShare(tier, index, tiers[index - 1]?.upTo ?? zero, quantity, per)];
}

/** Percentages are unit amounts for each hundred of the value. */
export function ratePercentageTiers(charge: GraduatedPercentage, quantity: Decimal): Share[] {
  const tiers = charge.tiers.map(({ upTo, ratePercent, flatAmount }) => ({
    upTo,
    unitAmount: ratePercent,
    flatAmount,
    capAmount: null,
  }));
  return rateGraduated({ tiers, per: hundred, zeroUsage: charge.zeroUsage }, quantity);
}

/** The amount of the step that the quantity ends in. */
export function rateStairstep(charge: Stairstep, quantity: Decimal): Share[] {
  const tiers = charge.steps.map(({ upTo, amount }) => ({
    upTo,
    unitAmount: null,
    flatAmount: amount,
    capAmount: null,
  }));
  return rateVolume({ ...charge, tiers, per: one }, quantity);
}

/** One tier of a graduated price on its own: of the whole quantity, what lies between its start and its end. */
export function rateOneTier(
  tier: Tier,
  bounds: { readonly index: number; readonly from: Decimal; readonly per: Decimal },
  total: Decimal,
): Share {
  const { index, from, per } = bounds;
  const isEntered = compare(total, from) > 0 || index === 0;
  const end = tier.upTo === null ? total : min(total, tier.upTo);
  const quantity = compare(end, from) > 0 ? sub(end, from) : zero;
  const flatAmount = isEntered ? tier.flatAmount : null;
  return tierShare({ ...tier, flatAmount }, index, from, quantity, per);
}

/** Where the tier stands that a quantity ends in; -1 where none holds it. */
export function tierAt(
  tiers: readonly { readonly upTo: Decimal | null }[],
  quantity: Decimal,
  boundary: Boundary,
): number {
  return tiers.findIndex(({ upTo }) => {
    if (upTo === null) return true;
    const order = compare(quantity, upTo);
    return order < 0 || (order === 0 && boundary === "lower_tier");
  });
}

function isUnused(quantity: Decimal, zeroUsage: ZeroUsage): boolean {
  return zeroUsage === "nothing" && compare(quantity, zero) === 0;
}

function tierShare(
  tier: Tier,
  index: number,
  from: Decimal,
  quantity: Decimal,
  per: Decimal,
): Share {
  return shareOf({
    tier: index + 1,
    from,
    upTo: tier.upTo,
    quantity,
    billed: quantity,
    unitAmount: tier.unitAmount,
    per,
    flatAmount: tier.flatAmount,
    capAmount: tier.capAmount,
  });
}
