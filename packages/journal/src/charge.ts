import type { Covered, Price } from "@tallybook/catalog";
import {
  add,
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
import {
  chargeOf,
  combinationText,
  cutParts,
  explainAround,
  explainCharge,
  rateUsage,
} from "@tallybook/pricing";
import type { ChargeRating, Dimensions, Explained } from "@tallybook/pricing";
import type { UsageRow } from "@tallybook/usage";

import { aroundOf, sharesAround } from "./around.ts";
import type { PeriodPart } from "./facts.ts";
import { gather } from "./gather.ts";
import type { Split } from "./gather.ts";
import { byKey, groupRows, noGroup } from "./groups.ts";
import type { Group } from "./groups.ts";
import { quantityIn } from "./metered.ts";
import type { MeteredUsage } from "./metered.ts";

/** What a meter's usage in a period costs by one price, and how that spreads over the dimensions. */
export interface RatedCharge {
  /** Over all rows that are rated; of a meter that does not add up it is not the sum of the shares'. */
  readonly quantity: Decimal;
  /** Cut at 24 decimals; the sum of the shares. */
  readonly amount: Decimal;
  /** Null where a trial covered it. */
  readonly explained: Explained | null;
  /** In the order of the canonical dimensions. */
  readonly shares: readonly ChargeShare[];
  /** Combinations of a matrix that nothing prices: they are in nothing above. */
  readonly unpriced: readonly Unpriced[];
}

export interface ChargeShare {
  readonly key: string;
  readonly dimensions: Dimensions;
  readonly quantity: Decimal;
  readonly amount: Decimal;
}

export interface Unpriced {
  readonly dimensions: Dimensions;
  /** Summed over the dimensions in it, as shares are. */
  readonly quantity: Decimal;
  readonly reason: string;
}

/** Larger amounts do not fit the journal's columns and are no money of anybody's. Major units. */
const amountMax = decimal("1000000000000000000000000000000");

/** The part of a period that is rated, and whether it is billed before it is over. */
export interface RatedFor {
  readonly part: PeriodPart | null;
  readonly isInterim?: boolean;
}

/** A price, and what of it a trial covers. */
export type CoveredPrice = Price & { readonly covered?: Covered };

/**
 * Rates a meter's usage of a period by a price of it, whatever its dimensions: each part of the amount (a row of a matrix, a
 * window of time, the events of some dimensions, else the whole) is shared out among the dimensions in it by their quantities,
 * and one below zero has no share. A meter with several prices is rated by each of them, whole. What stands around the charge
 * holds for the part of the period. What a trial covers comes to nothing. Throws NotRatable.
 */
export function rateCharge(price: CoveredPrice, used: MeteredUsage, of: RatedFor): RatedCharge {
  const rated = rateUncovered(price, used, of);
  if (price.covered !== "everything") return rated;
  const shares = rated.shares.map((share) => ({ ...share, amount: zero }));
  return { ...rated, amount: zero, explained: null, shares };
}

/** The amount alone, as `rateCharge` has it, and how many combinations nothing prices. Throws NotRatable. */
export function chargeAmount(
  price: CoveredPrice,
  used: MeteredUsage,
  of: RatedFor,
): { readonly amount: Decimal; readonly unpriced: number } {
  const charge = chargeOf(price);
  const { usage, split } = gather(charge, used.rows, used);
  const around = aroundOf(price, of);
  const rating = rateUsage(charge, around === null ? usage : around.of(usage).usage);
  const unpriced = rating.of === "combinations" ? split(rating).unpriced.length : 0;
  if (price.covered === "everything") return { amount: zero, unpriced };
  const charged = cut(rating.amount, POSTED_DECIMALS);
  refuseHuge(charged);
  if (around === null) return { amount: charged, unpriced };
  const amount = cut(around.rate(rating.amount).amount, POSTED_DECIMALS);
  refuseHuge(amount);
  return { amount, unpriced };
}

function rateUncovered(price: CoveredPrice, used: MeteredUsage, of: RatedFor): RatedCharge {
  const charge = chargeOf(price);
  const gathered = gather(charge, used.rows, used);
  const around = aroundOf(price, of);
  const { usage, included } =
    around === null ? { usage: gathered.usage, included: zero } : around.of(gathered.usage);
  const rating = rateUsage(charge, usage);
  const { parts, unpriced } = gathered.split(rating);
  refuseHuge(cut(rating.amount, POSTED_DECIMALS));
  const priced = unpriced.length === 0 ? used.rows : parts.flatMap(({ rows }) => rows);
  const shares = sharesOf(dueOf(rating, parts), groupRows(priced), used);
  const rated = around?.rate(rating.amount);
  const amount = cut(rated?.amount ?? rating.amount, POSTED_DECIMALS);
  refuseHuge(amount);
  return {
    quantity: quantityIn(used, priced),
    amount,
    explained: rated === undefined ? explainCharge(rating) : explainAround(rating, rated, included),
    shares: rated === undefined ? shares : sharesAround(shares, rated),
    unpriced: unpriced.map(({ dimensions, rows }) => ({
      dimensions,
      quantity: sharedQuantity(used, rows),
      reason: `price ${price.price} has no row for ${combinationText(dimensions)}, and no default_row`,
    })),
  };
}

/**
 * What the identity counts as the quantity of a charge: the sum of what its shares say, which is the meter's quantity for
 * each set of dimensions. Of a meter that adds up that is its quantity.
 */
export function sharedQuantity(used: MeteredUsage, rows = used.rows): Decimal {
  const quantities = groupRows(rows).flatMap((group) =>
    [...Map.groupBy(group.rows, ({ merging }) => merging).values()].map((of) =>
      quantityIn(used, of),
    ),
  );
  return sum(quantities);
}

interface DuePart {
  readonly due: Ratio;
  readonly rows: readonly UsageRow[];
}

/** The whole of a quantity is shared out exactly; several parts are cut first, so that they add up to the amount. */
function dueOf(rating: ChargeRating, parts: Split["parts"]): DuePart[] {
  if (rating.of === "quantity") return parts.map(({ amount, rows }) => ({ due: amount, rows }));
  const due = cutParts(parts.map(({ amount }) => amount));
  return parts.map(({ rows }, index) => ({ due: ratioOf(due[index] ?? zero), rows }));
}

function sharesOf(
  parts: readonly DuePart[],
  groups: readonly Group[],
  used: MeteredUsage,
): ChargeShare[] {
  const byGroup = new Map(
    groups.map(({ key, rows }) => [key, { count: rows.length, quantity: quantityIn(used, rows) }]),
  );
  const amounts = new Map<string, Decimal>();
  for (const { due, rows } of parts) {
    const own = rows.length === used.rows.length ? groups : groupRows(rows);
    // All usage of a set of dimensions is in one part, but for windows of time.
    const weights = own.map(({ key, rows: some }) => {
      const all = byGroup.get(key);
      return all?.count === some.length ? all.quantity : quantityIn(used, some);
    });
    for (const [key, amount] of sharedOut(due, own, weights))
      amounts.set(key, add(amounts.get(key) ?? zero, amount));
  }
  // An amount that is owed without any usage, such as the flat one of a first tier, is of no dimensions.
  const isNobodys = amounts.has(noGroup.key) && !byGroup.has(noGroup.key);
  const all = isNobodys ? [...groups, noGroup].sort(byKey) : groups;
  return all.map(({ key, dimensions }) => ({
    key,
    dimensions,
    quantity: byGroup.get(key)?.quantity ?? zero,
    amount: amounts.get(key) ?? zero,
  }));
}

/** By weight; where nothing has any, to the first: what is owed is owed by somebody. */
function sharedOut(
  due: Ratio,
  groups: readonly Group[],
  weights: readonly Decimal[],
): (readonly [string, Decimal])[] {
  if (isZero(due.num)) return [];
  const [first, ...others] = groups;
  const amount = cut(due, POSTED_DECIMALS);
  const above = weights.map((weight) => max(weight, zero));
  if (first === undefined) return [[noGroup.key, amount]];
  if (others.length === 0 || isZero(sum(above))) return [[first.key, amount]];
  const shares = shareOut(due, above);
  return groups.map(({ key }, index) => [key, shares[index] ?? zero]);
}

function refuseHuge(amount: Decimal): void {
  const size = isNegative(amount) ? negate(amount) : amount;
  if (compare(size, amountMax) < 0) return;
  throw new RangeError(`an amount of ${toText(amount)}: it must stay below ${toText(amountMax)}`);
}

const zero = decimal("0");
