import {
  addRatios,
  cut,
  decimal,
  type Decimal,
  POSTED_DECIMALS,
  ratioOf,
  type Ratio,
  sub,
  toText,
} from "@tallybook/money";
import { matrixOf } from "./charge-of-price.ts";
import type { MatrixRow, Price, RatedRow } from "./price.ts";
import { rateQuantity } from "./rate-quantity.ts";
import { NotRatable } from "./share.ts";

/** A value for each dimension of a matrix. */
export type Dimensions = Readonly<Record<string, string>>;

/** What was used of one combination. */
export interface Combination {
  readonly dimensions: Dimensions;
  readonly quantity: Decimal;
}

export interface MatrixRating {
  /** Exact, in major units. */
  readonly amount: Ratio;
  /** One for each combination, in the order given; undefined where neither a row nor a default row prices it. */
  readonly rows: readonly (RatedRow | undefined)[];
}

/** The combination that usage counts in: of its dimensions those that the price asks for; empty where it has none. */
export function combinationOf(price: Price, dimensions: Dimensions): Dimensions {
  return Object.fromEntries(
    price.dimensions.map((name) => [
      name,
      Object.hasOwn(dimensions, name) ? (dimensions[name] ?? "") : "",
    ]),
  );
}

/**
 * What a matrix asks for a period's quantities, exactly: each combination by its own row, else by the default row. The
 * amounts of the rows are cut as differences of a running sum, so that they add up to the whole cut at 24 decimals.
 * Throws NotRatable for a price that is no matrix.
 */
export function rateMatrix(price: Price, combinations: readonly Combination[]): MatrixRating {
  if (price.model !== "matrix")
    throw new NotRatable(`price ${price.price} (${price.model}) has no rows`);
  const matrix = matrixOf(price);
  const chargeByKey = new Map(
    matrix.rows.map(({ values, charge }) => [keyOf(matrix, values), charge]),
  );
  let amount = ratioOf(zero);
  let given = zero;
  const rows = combinations.map(({ dimensions, quantity }): RatedRow | undefined => {
    const row = chargeByKey.get(keyOf(matrix, dimensions));
    const used = row ?? matrix.defaultRow;
    if (used === null) return undefined;
    amount = addRatios(amount, rateQuantity(used, quantity).amount);
    const due = cut(amount, POSTED_DECIMALS);
    const own = sub(due, given);
    given = due;
    return {
      dimensions,
      is_default: row === undefined,
      quantity: toText(quantity),
      unit_amount: toText(used.unitAmount),
      per: toText(used.per),
      amount: toText(own),
    };
  });
  return { amount, rows };
}

/** One text for each combination of a price's dimensions. */
export function keyOf(
  { dimensions: names }: Pick<Price, "dimensions">,
  dimensions: MatrixRow["dimensions"],
): string {
  return JSON.stringify(names.map((name) => dimensions[name] ?? ""));
}

/** A combination in words, such as `model large, region (none)`. */
export function combinationText(dimensions: Dimensions): string {
  return Object.keys(dimensions)
    .map((name) => `${name} ${dimensions[name] || "(none)"}`)
    .join(", ");
}

const zero = decimal("0");
