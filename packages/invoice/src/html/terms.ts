import type { Price } from "@tallybook/catalog";
import { describePrice } from "@tallybook/pricing";
import type { RatedTier } from "@tallybook/pricing";

import { grouped } from "./numbers.ts";

/** How a price works, in words; with its tiers below it, how they are to be read. */
export function termsText(price: Price, currency: string, hasTiers: boolean): string {
  if (!hasTiers) return describePrice(price, currency);
  switch (price.model) {
    case "graduated":
      return "Each tier prices the units that lie in it.";
    case "volume":
      return "The tier that the total ends in prices all of it.";
    case "flat":
    case "per_unit":
    case "package":
    case "matrix":
      return describePrice(price, currency);
  }
}

/** A tier in words, such as `above 1,000,000, up to 10,000,000: 0.3 USD per 1,000,000 units`. */
export function tierText(tier: RatedTier, price: Price, currency: string): string {
  return `${rangeText(tier)}: ${rateText(tier, price, currency)}`;
}

function rangeText({ from, up_to }: RatedTier): string {
  if (up_to === null) return from === "0" ? "every unit" : `above ${grouped(from)}`;
  return from === "0"
    ? `up to ${grouped(up_to)}`
    : `above ${grouped(from)}, up to ${grouped(up_to)}`;
}

function rateText(tier: RatedTier, price: Price, currency: string): string {
  const per = price.model === "package" ? (price.package_size ?? "1") : price.per;
  const units = per === "1" ? "unit" : `${grouped(per)} units`;
  const begun = price.model === "package" ? " begun" : "";
  const each =
    tier.unit_amount === "0"
      ? []
      : [`${grouped(tier.unit_amount)} ${currency} per ${units}${begun}`];
  const once = tier.flat_amount === "0" ? [] : [`${grouped(tier.flat_amount)} ${currency} once`];
  return [...once, ...each].join(" and ") || "free";
}
