import { ceil, compare, type Decimal, floor, max, min, ratio, sub } from "@tallybook/money";
import type { Dynamic, Flat, Package, PerUnit, QuantityCharge } from "./charge.ts";
import { rateBlocks } from "./rate-blocks.ts";
import { rateGraduated, ratePercentageTiers, rateStairstep, rateVolume } from "./rate-tiers.ts";
import { one, type QuantityRating, type Share, shareOf, summed, zero } from "./share.ts";

/**
 * What a charge asks for a period's quantity, exactly. A quantity below zero, which corrections can leave, counts as zero.
 * Throws NotRatable where the quantity lies beyond what the charge prices.
 */
export function rateQuantity(charge: QuantityCharge, quantity: Decimal): QuantityRating {
  return summed(sharesOf(charge, max(quantity, zero)));
}

function sharesOf(charge: QuantityCharge, quantity: Decimal): readonly Share[] {
  switch (charge.model) {
    case "per_unit":
      return ratePerUnit(charge, quantity);
    case "flat":
      return [rateFlat(charge, quantity)];
    case "graduated":
      return rateGraduated(charge, quantity);
    case "volume":
      return rateVolume(charge, quantity);
    case "package":
      return ratePackages(charge, quantity);
    case "graduated_percentage":
      return ratePercentageTiers(charge, quantity);
    case "stairstep":
      return rateStairstep(charge, quantity);
    case "block_tiers":
      return rateBlocks(charge, quantity);
    case "dynamic":
      return rateDynamic(charge, quantity);
  }
}

function ratePerUnit({ unitAmount, per }: PerUnit, quantity: Decimal): Share[] {
  if (compare(quantity, zero) === 0) return [];
  return [shareOf({ ...whole, quantity, billed: quantity, unitAmount, per })];
}

function rateFlat({ amount }: Flat, quantity: Decimal): Share {
  return shareOf({ ...whole, quantity, flatAmount: amount });
}

function rateDynamic({ multiplier }: Dynamic, quantity: Decimal): Share[] {
  if (compare(quantity, zero) === 0) return [];
  return [shareOf({ ...whole, quantity, billed: quantity, unitAmount: multiplier })];
}

/** Free units first, then packages; free units and what is charged are a share each. */
function ratePackages(charge: Package, quantity: Decimal): Share[] {
  const { size, amount: unitAmount, freeUnits } = charge;
  const shares: Share[] = [];
  const free = min(quantity, freeUnits);
  if (compare(free, zero) > 0) {
    shares.push(shareOf({ ...whole, upTo: freeUnits, quantity: free }));
  }
  const charged = sub(quantity, free);
  if (compare(charged, zero) > 0) {
    const billed = packagesOf(charge, charged);
    const tier = shares.length + 1;
    const from = freeUnits;
    shares.push(shareOf({ ...whole, tier, from, quantity: charged, billed, unitAmount }));
  }
  return shares;
  function packagesOf({ round }: Package, units: Decimal): Decimal {
    return round === "up" ? ceil(ratio(units, size)) : floor(ratio(units, size));
  }
}

const whole = {
  tier: 1,
  from: zero,
  upTo: null,
  quantity: zero,
  billed: zero,
  unitAmount: null,
  per: one,
  flatAmount: null,
  capAmount: null,
};
