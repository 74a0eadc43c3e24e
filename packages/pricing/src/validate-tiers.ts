import { compare } from "@tallybook/money";
import type { Fault } from "./fault.ts";
import { numberFaults, readable } from "./numbers.ts";
import type { Price, Tier } from "./price.ts";

/** What is wrong with the tiers of a graduated or volume price; it has at least one. */
export function tierFaults(price: Price): Fault[] {
  return [
    ...price.tiers.flatMap((tier, index) => [
      ...amountFaults(tier, `tiers[${index}]`),
      ...boundFaults(price.tiers, index),
    ]),
    ...closedFaults(price),
  ];
}

function amountFaults(tier: Tier, at: string): Fault[] {
  if (tier.unit_amount === null && tier.flat_amount === null) {
    const detail = "a tier needs unit_amount, flat_amount or both; write 0 where it is free";
    return [{ field: `${at}.unit_amount`, reason: "missing", detail }];
  }
  return [
    ...numberFaults(`${at}.unit_amount`, tier.unit_amount, "zero_or_more"),
    ...numberFaults(`${at}.flat_amount`, tier.flat_amount, "zero_or_more"),
  ];
}

/** Tiers stand in ascending order, so that each begins where the one before it ends. */
function boundFaults(tiers: readonly Tier[], index: number): Fault[] {
  const field = `tiers[${index}].up_to`;
  const bound = tiers[index]?.up_to ?? null;
  if (bound === null) {
    if (index === tiers.length - 1) return [];
    const detail = "only the last tier has no end; give this one its up_to";
    return [{ field, reason: "open_tier_not_last", detail }];
  }
  const faults = numberFaults(field, bound, "above_zero");
  const end = readable(bound);
  const before = readable(tiers[index - 1]?.up_to ?? null);
  if (faults.length > 0 || end === undefined || before === undefined) return faults;
  if (compare(end, before) > 0) return [];
  const detail = "it must be above the up_to of the tier before, or the tiers overlap";
  return [{ field, reason: "tiers_overlap", detail }];
}

function closedFaults(price: Price): Fault[] {
  const last = price.tiers.length - 1;
  if (price.tiers[last]?.up_to === null || price.beyond !== null) return [];
  const detail =
    "the last tier ends, and nothing says what is beyond it; " +
    "leave out its up_to, or write `beyond: last_tier`";
  return [{ field: `tiers[${last}].up_to`, reason: "last_tier_closed", detail }];
}
