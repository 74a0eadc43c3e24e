import type { Price } from "@tallybook/catalog";
import {
  add,
  compare,
  cut,
  decimal,
  isNegative,
  isZero,
  negate,
  POSTED_DECIMALS,
  shareOut,
  sum,
  toText,
} from "@tallybook/money";
import type { Decimal, Ratio } from "@tallybook/money";
import { rate } from "@tallybook/pricing";
import type { UsageRow } from "@tallybook/usage";

import type { RatedTier } from "./facts.ts";
import { dimensionsKey } from "./ledger.ts";
import { compareTexts } from "./order.ts";

/** What a meter's usage in a period costs by one price, and how that spreads over the dimensions. */
export interface RatedCharge {
  readonly quantity: Decimal;
  /** Cut at 24 decimals; the sum of the shares. */
  readonly amount: Decimal;
  readonly tiers: readonly RatedTier[];
  /** In the order of the canonical dimensions. */
  readonly shares: readonly ChargeShare[];
}

export interface ChargeShare {
  readonly key: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantity: Decimal;
  readonly amount: Decimal;
}

/** Larger amounts do not fit the journal's columns and are no money of anybody's. Major units. */
const amountMax = decimal("1000000000000000000000000000000");

/**
 * Rates a meter's usage of a period by a price of it. Tiers run over the meter's total, whatever the dimensions; a
 * dimension's share of the amount is exact by quantity. A meter with several prices is rated by each of them, whole.
 */
export function rateCharge(price: Price, rows: readonly UsageRow[]): RatedCharge {
  const quantities = sumByDimensions(rows);
  const quantity = sum(quantities.map((each) => each.quantity));
  const rated = rate(price, quantity);
  const amount = cut(rated.amount, POSTED_DECIMALS);
  const size = isNegative(amount) ? negate(amount) : amount;
  if (compare(size, amountMax) >= 0)
    throw new RangeError(`an amount of ${toText(amount)}: it must stay below ${toText(amountMax)}`);
  const amounts = spread(
    rated.amount,
    quantities.map((each) => each.quantity),
  );
  const shares = quantities.map((each, index) => ({ ...each, amount: amounts[index] ?? zero }));
  return { quantity, amount, tiers: rated.tiers, shares };
}

function sumByDimensions(rows: readonly UsageRow[]): Omit<ChargeShare, "amount">[] {
  const sums = new Map<
    string,
    { key: string; dimensions: Readonly<Record<string, string>>; quantity: Decimal }
  >();
  for (const { dimensions, quantity } of rows) {
    const key = dimensionsKey(dimensions);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { key, dimensions, quantity: decimal(quantity) });
    else sum.quantity = add(sum.quantity, decimal(quantity));
  }
  return [...sums.values()].sort(byKey);
}

function spread(amount: Ratio, quantities: readonly Decimal[]): readonly Decimal[] {
  return isZero(amount.num) ? quantities.map(() => zero) : shareOut(amount, quantities);
}

export function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return compareTexts(a.key, b.key);
}

const zero = decimal("0");
