import { combinationText } from "./matrix.ts";
import type { Price, Tier } from "./price.ts";

/** A price in words, such as `graduated: 0.5 USD per 1000000 units up to 1000000, then free`. */
export function describePrice(price: Price, currency: string): string {
  switch (price.model) {
    case "flat":
      return `${price.amount ?? "0"} ${currency} per period`;
    case "per_unit":
      return rateText(price, price.unit_amount ?? "0", currency);
    case "graduated":
    case "volume":
      return `${price.model}: ${tiersText(price, currency)}`;
    case "package": {
      const free = price.free_units ?? "0";
      const each = `${price.package_amount ?? "0"} ${currency} per ${price.package_size ?? "1"} units begun`;
      return free === "0" ? each : `${each}, after ${free} free units`;
    }
    case "matrix":
      return `by ${price.dimensions.join(", ")}: ${rowsText(price, currency)}`;
  }
}

/** Of a long matrix; the rest is counted. */
const rowsShown = 6;

function rowsText({ rows, default_row }: Price, currency: string): string {
  const texts = rows
    .slice(0, rowsShown)
    .map(
      (row) => `${rateText(row, row.unit_amount, currency)} for ${combinationText(row.dimensions)}`,
    );
  if (rows.length > rowsShown) texts.push(`${rows.length - rowsShown} rows more`);
  if (default_row !== null)
    texts.push(`${rateText(default_row, default_row.unit_amount, currency)} for all others`);
  return texts.join("; ");
}

function tiersText(price: Price, currency: string): string {
  const last = price.tiers.length - 1;
  return price.tiers
    .map((tier, index) => {
      const text = tierText(price, tier, currency);
      const isOpen = tier.up_to === null || (index === last && price.beyond === "last_tier");
      return isOpen ? text : `${text} up to ${tier.up_to}`;
    })
    .join(", then ");
}

function tierText(price: Price, tier: Tier, currency: string): string {
  const flat = tier.flat_amount ?? "0";
  const unit = tier.unit_amount ?? "0";
  if (flat === "0") return unit === "0" ? "free" : rateText(price, unit, currency);
  const once = `${flat} ${currency} once`;
  return unit === "0" ? once : `${once} and ${rateText(price, unit, currency)}`;
}

function rateText(price: Pick<Price, "per">, amount: string, currency: string): string {
  const units = price.per === "1" ? "unit" : `${price.per} units`;
  return `${amount} ${currency} per ${units}`;
}
