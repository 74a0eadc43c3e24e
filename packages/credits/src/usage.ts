import { decimal, type Decimal, max, min, sum } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import type { Target } from "./grant.ts";

/** So much was used at a time. */
export interface Use extends Target {
  readonly at: Micros;
  /** Zero or more. */
  readonly quantity: Decimal;
}

/** The usage from a time (inclusive) to another (exclusive), in the order of time. */
export type UsageBetween = (from: Micros, to: Micros) => readonly Use[];

/** How the values of a stretch without changes become its usage. */
export type Aggregation = "sum" | "count" | "latest" | "max" | "min";

/**
 * Values of one target as usage. A sum and a count come to the same wherever time is cut; the others ask each stretch between
 * two changes of the grants on its own, as the meter would answer. Values may be in any order; of two at one time the later in
 * the list is the latest.
 */
export function usageOf(values: readonly Use[], aggregation: Aggregation = "sum"): UsageBetween {
  const sorted = values.toSorted((a, b) => a.at - b.at || compareTargets(a, b));
  return (from, to) => {
    const inside = sorted.slice(placeOf(sorted, from), placeOf(sorted, to));
    return aggregation === "sum" ? inside : aggregated(inside, aggregation);
  };
}

function aggregated(values: readonly Use[], by: Exclude<Aggregation, "sum">): readonly Use[] {
  const lists = Map.groupBy(values, (use) => JSON.stringify([use.meter, use.product]));
  return [...lists.values()].flatMap((list) => {
    const last = list.at(-1);
    return last === undefined ? [] : [{ ...last, quantity: quantityOf(list, last, by) }];
  });
}

function quantityOf(list: readonly Use[], last: Use, by: Exclude<Aggregation, "sum">): Decimal {
  const quantities = list.map(({ quantity }) => quantity);
  switch (by) {
    case "count":
      return sum(list.map(() => one));
    case "latest":
      return last.quantity;
    case "max":
      return quantities.reduce(max);
    case "min":
      return quantities.reduce(min);
  }
}

/** The first place whose time is not before. */
function placeOf(sorted: readonly Use[], time: Micros): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.at ?? time) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** At one time usage burns by meter and product, so that its order in a batch does not matter. */
function compareTargets(a: Target, b: Target): number {
  return compareTexts(a.meter, b.meter) || compareTexts(a.product ?? "", b.product ?? "");
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

const one = decimal("1");
