import type { Price } from "@tallybook/catalog";
import { describePrice } from "@tallybook/pricing";

/** How a price works, in words; with its tiers below it, how they are to be read. */
export function termsText(price: Price, currency: string, hasParts: boolean): string {
  const { model } = price.charge;
  // What stands around a charge is told with it.
  if ((price.around ?? null) !== null) return describePrice(price, currency);
  if (hasParts && model === "graduated") return "Each tier prices the units that lie in it.";
  if (hasParts && model === "volume") return "The tier that the total ends in prices all of it.";
  return describePrice(price, currency);
}
