import type { Price } from "@tallybook/catalog";
import {
  compare,
  cut,
  decimal,
  isNegative,
  isZero,
  max,
  negate,
  POSTED_DECIMALS,
  ratioOf,
  shareOut,
  sum,
  toText,
} from "@tallybook/money";
import type { Decimal, Ratio } from "@tallybook/money";
import { combinationOf, combinationText, rate, rateMatrix } from "@tallybook/pricing";
import type { Combination } from "@tallybook/pricing";
import type { UsageRow } from "@tallybook/usage";

import type { RatedRow, RatedTier } from "./facts.ts";
import { dimensionsKey } from "./ledger.ts";
import { quantityIn } from "./metered.ts";
import type { MeteredUsage } from "./metered.ts";
import { compareTexts } from "./order.ts";

/** What a meter's usage in a period costs by one price, and how that spreads over the dimensions. */
export interface RatedCharge {
  /** Over all rows that are rated; of a meter that does not add up it is not the sum of the shares'. */
  readonly quantity: Decimal;
  /** Cut at 24 decimals; the sum of the shares. */
  readonly amount: Decimal;
  readonly tiers: readonly RatedTier[];
  /** Of a matrix, in the order of the canonical combinations. */
  readonly rows: readonly RatedRow[];
  /** In the order of the canonical dimensions. */
  readonly shares: readonly ChargeShare[];
  /** Combinations of a matrix that nothing prices: they are in nothing above. */
  readonly unpriced: readonly Unpriced[];
}

export interface ChargeShare {
  readonly key: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantity: Decimal;
  readonly amount: Decimal;
}

export interface Unpriced {
  readonly dimensions: Readonly<Record<string, string>>;
  /** Summed over the dimensions in it, as shares are. */
  readonly quantity: Decimal;
  readonly reason: string;
}

/** Rows with the same dimensions. */
interface Group {
  readonly key: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly rows: readonly UsageRow[];
}

/** Larger amounts do not fit the journal's columns and are no money of anybody's. Major units. */
const amountMax = decimal("1000000000000000000000000000000");

/**
 * Rates a meter's usage of a period by a price of it. The quantity is the meter's aggregation over all rows, whatever
 * their dimensions; a dimension's share of the amount is exact by its own quantity, and one below zero has none. A
 * matrix rates each of its combinations so. A meter with several prices is rated by each of them, whole.
 */
export function rateCharge(price: Price, used: MeteredUsage): RatedCharge {
  const charge = price.model === "matrix" ? rateCombinations(price, used) : rateWhole(price, used);
  const size = isNegative(charge.amount) ? negate(charge.amount) : charge.amount;
  if (compare(size, amountMax) < 0) return charge;
  throw new RangeError(
    `an amount of ${toText(charge.amount)}: it must stay below ${toText(amountMax)}`,
  );
}

/**
 * What the identity counts as the quantity of a charge: the sum of what its shares say, which is the meter's quantity for
 * each set of dimensions. Of a meter that adds up that is its quantity.
 */
export function sharedQuantity(used: MeteredUsage, rows = used.rows): Decimal {
  const quantities = groupBy(rows, ({ dimensions }) => dimensions).flatMap((group) =>
    [...Map.groupBy(group.rows, ({ merging }) => merging).values()].map((of) =>
      quantityIn(used, of),
    ),
  );
  return sum(quantities);
}

function rateWhole(price: Price, used: MeteredUsage): RatedCharge {
  const groups = groupBy(used.rows, ({ dimensions }) => dimensions);
  const quantity = quantityIn(used, used.rows);
  const { amount, tiers } = rate(price, quantity);
  return {
    quantity,
    amount: cut(amount, POSTED_DECIMALS),
    tiers,
    rows: [],
    shares: sharesOf(amount, groups, used),
    unpriced: [],
  };
}

function rateCombinations(price: Price, used: MeteredUsage): RatedCharge {
  const groups = groupBy(used.rows, ({ dimensions }) => combinationOf(price, dimensions));
  const combinations = groups.map((group): Combination => ({
    dimensions: group.dimensions,
    quantity: quantityIn(used, group.rows),
  }));
  const rated = rateMatrix(price, combinations);
  const shares: ChargeShare[] = [];
  const unpriced: Unpriced[] = [];
  const priced: UsageRow[] = [];
  for (const [index, group] of groups.entries()) {
    const row = rated.rows[index];
    if (row === undefined) {
      unpriced.push(unpricedOf(price, group, used));
      continue;
    }
    for (const each of group.rows) priced.push(each);
    const inner = groupBy(group.rows, ({ dimensions }) => dimensions);
    shares.push(...sharesOf(ratioOf(decimal(row.amount)), inner, used));
  }
  return {
    quantity: quantityIn(used, priced),
    amount: cut(rated.amount, POSTED_DECIMALS),
    tiers: [],
    rows: rated.rows.filter((row) => row !== undefined),
    shares: shares.sort(byKey),
    unpriced,
  };
}

function unpricedOf(price: Price, { dimensions, rows }: Group, used: MeteredUsage): Unpriced {
  const quantity = sharedQuantity(used, rows);
  const what = combinationText(dimensions);
  const reason = `price ${price.price} has no row for ${what}, and no default_row`;
  return { dimensions, quantity, reason };
}

function groupBy(
  rows: readonly UsageRow[],
  dimensionsOf: (row: UsageRow) => Readonly<Record<string, string>>,
): Group[] {
  const groups = new Map<
    string,
    { key: string; dimensions: Readonly<Record<string, string>>; rows: UsageRow[] }
  >();
  for (const row of rows) {
    const dimensions = dimensionsOf(row);
    const key = dimensionsKey(dimensions);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { key, dimensions, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()].sort(byKey);
}

function sharesOf(amount: Ratio, groups: readonly Group[], used: MeteredUsage): ChargeShare[] {
  const quantities = groups.map(({ rows }) => quantityIn(used, rows));
  const weights = quantities.map((quantity) => max(quantity, zero));
  const amounts = isZero(amount.num) ? [] : shareOut(amount, weights);
  return groups.map(({ key, dimensions }, index) => ({
    key,
    dimensions,
    quantity: quantities[index] ?? zero,
    amount: amounts[index] ?? zero,
  }));
}

export function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return compareTexts(a.key, b.key);
}

const zero = decimal("0");
