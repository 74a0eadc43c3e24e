import {
  compareRatios,
  type Decimal,
  isZero,
  negate,
  ratio,
  type Ratio,
  ratioOf,
  sub,
  subRatios,
} from "@tallybook/money";
import type { QuantityCharge } from "./charge.ts";
import { rateQuantity } from "./rate-quantity.ts";
import { nothing, one, type Share } from "./share.ts";

export type Part = "usage" | "flat" | "cap" | "minimum";

/** One kind of line of a price. Two ratings of a price are compared component by component. */
export interface Component {
  readonly part: Part;
  /** The tier that it is of, from 1; null where the price has none. */
  readonly tier: number | null;
  /** Components of several tiers are the same one where the price asks for one tier only, as volume does. */
  readonly isPerTier: boolean;
  /** For one of what it counts, exactly. */
  readonly unitAmount: Ratio;
  /** Units, packages or blocks; below zero for what is given back. */
  readonly quantity: Decimal;
  /** The unit amount is an amount for the period itself, such as money that is passed on: its quantity is 1. */
  readonly isAmount: boolean;
}

/** What nets with what: the part, and the tier where each tier has its own. */
export function componentKey({ part, tier, isPerTier }: Component): string {
  return isPerTier ? `${part}:${tier}` : part;
}

/** What a period's quantity is made of. */
export function componentsOf(charge: QuantityCharge, quantity: Decimal): Component[] {
  const { shares } = rateQuantity(charge, quantity);
  if (charge.model === "dynamic") {
    return shares.map(({ usage }) => ({ ...usagePart, unitAmount: usage, isAmount: true }));
  }
  const isPerTier = hasLinePerTier(charge);
  return shares.flatMap((share) =>
    partsOf(share, { tier: hasTiers(charge) ? share.tier : null, isPerTier }),
  );
}

function partsOf(
  share: Share,
  of: { readonly tier: number | null; readonly isPerTier: boolean },
): Component[] {
  const usage: Component[] = [];
  // A graduated tier that was entered without usage shows its price all the same, beside its flat amount.
  if (share.unitAmount !== null && (of.isPerTier || !isZero(share.billed))) {
    const unitAmount = ratio(share.unitAmount, share.per);
    usage.push({ ...usagePart, ...of, unitAmount, quantity: share.billed });
  }
  const flat: Component[] = [];
  if (share.flatAmount !== null) {
    flat.push({ ...usagePart, ...of, part: "flat", unitAmount: ratioOf(share.flatAmount) });
  }
  // The order in which a maximum and credits take the lines.
  const parts = of.isPerTier ? [...usage, ...flat] : [...flat, ...usage];
  if (!isZero(share.capped.num)) {
    const unitAmount = subRatios(nothing, share.capped);
    parts.push({ ...usagePart, ...of, part: "cap", unitAmount, isAmount: true });
  }
  return parts;
}

function hasLinePerTier(charge: QuantityCharge): boolean {
  switch (charge.model) {
    case "graduated":
    case "graduated_percentage":
      return true;
    case "block_tiers":
      return charge.policy === "all_tiers";
    case "per_unit":
    case "flat":
    case "volume":
    case "package":
    case "stairstep":
    case "dynamic":
      return false;
  }
}

function hasTiers(charge: QuantityCharge): boolean {
  return hasLinePerTier(charge) || ["volume", "stairstep", "block_tiers"].includes(charge.model);
}

/**
 * What came to be between two ratings of one period: the same component at the same unit price nets its quantities, any
 * other is a new one, and what is no longer there comes back with its quantity below zero. In the order of the later rating,
 * then of the earlier one.
 */
export function componentsBetween(
  later: readonly Component[],
  earlier: readonly Component[],
): Component[] {
  const left = [...earlier];
  const changed = later.flatMap((component) => {
    const index = left.findIndex((each) => nets(each, component));
    const before = index === -1 ? undefined : left.splice(index, 1)[0];
    if (before === undefined) return [component];
    const quantity = sub(component.quantity, before.quantity);
    return isZero(quantity) ? [] : [{ ...component, quantity }];
  });
  const gone = left.map((each) => ({ ...each, quantity: negate(each.quantity) }));
  return [...changed, ...gone];
}

/** The same component at the same price. */
export function nets(a: Component, b: Component): boolean {
  return componentKey(a) === componentKey(b) && compareRatios(a.unitAmount, b.unitAmount) === 0;
}

const usagePart: Component = {
  part: "usage",
  tier: null,
  isPerTier: false,
  unitAmount: nothing,
  quantity: one,
  isAmount: false,
};
