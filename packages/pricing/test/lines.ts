import { type Currency, currency, cut, decimal, type Ratio, toText } from "@tallybook/money";
import type { Component, LinePolicy, LineTerms, LineUsage, QuantitySpec } from "@tallybook/pricing";
import { madeQuantity } from "./specs.ts";

export function currencyOf(code: string): Currency {
  const found = currency(code);
  if (found === undefined) throw new Error(`no currency ${code}`);
  return found;
}

export const usd = currencyOf("USD");

/** Discount, minimum, maximum and credits, each line in cents. */
export const inCents: LinePolicy = {
  currency: usd,
  rounding: "each_line",
  quantitySteps: ["unit_conversion", "usage_discount"],
  amountSteps: ["percentage_discount", "minimum", "maximum", "credits"],
  volumeInPieces: "last_line_only",
};

export function termsOf(
  spec: QuantitySpec,
  around: { readonly [Name in keyof LineTerms]?: string | LineTerms[Name] } = {},
): LineTerms {
  const number = (name: "minimum" | "maximum" | "freeUnits" | "percentOff") => {
    const found = around[name];
    return typeof found === "string" ? decimal(found) : null;
  };
  return {
    charge: madeQuantity(spec),
    conversion: typeof around.conversion === "object" ? around.conversion : null,
    freeUnits: number("freeUnits") ?? decimal("0"),
    percentOff: number("percentOff") ?? decimal("0"),
    minimum: number("minimum"),
    maximum: number("maximum"),
  };
}

export function usageOf(quantity: string, of: Partial<LineUsage> = {}): LineUsage {
  return {
    position: "whole_period",
    quantity: decimal(quantity),
    quantityBefore: decimal("0"),
    alreadyBilled: decimal("0"),
    credits: [],
    ...of,
  };
}

/** An amount cut at twelve decimals. */
export function text(amount: Ratio): string {
  return toText(cut(amount, 12));
}

/** A line as a row: `tier 2 usage  5 × 1 = 5, less 2 percentage, total 3`. */
export function lineText(line: {
  readonly component: Component;
  readonly amount: Ratio;
  readonly discounts: readonly { readonly reason: string; readonly amount: Ratio }[];
  readonly total: Ratio;
}): string {
  const { part, tier, quantity, unitAmount } = line.component;
  const what = `${tier === null ? "" : `tier ${tier} `}${part}`;
  const less = line.discounts.map(({ reason, amount }) => `, less ${text(amount)} ${reason}`);
  const total = less.length === 0 ? "" : `, total ${text(line.total)}`;
  return `${what}: ${toText(quantity)} × ${text(unitAmount)} = ${text(line.amount)}${less.join("")}${total}`;
}

export const tiers = (...written: readonly string[]) =>
  written.map((each) => {
    const [up_to = "", unit_amount = "", flat_amount = "", cap_amount = ""] = each.split(" ");
    const orNull = (value: string) => (value === "-" || value === "" ? null : value);
    return {
      up_to: orNull(up_to),
      unit_amount: orNull(unit_amount),
      flat_amount: orNull(flat_amount),
      cap_amount: orNull(cap_amount),
    };
  });
