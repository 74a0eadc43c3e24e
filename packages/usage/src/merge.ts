import { compare, createTotal, decimal } from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

/** How quantities of a meter are put together, over slots, cuts and partitions in any order. A count is a sum of ones. */
export type Merging = "sum" | "max" | "min" | "latest" | "unique" | "average";

/** Where a latest value stands: of two, the one with the greater time counts, then partition, then offset in `usage.raw`. */
export interface LatestAt {
  readonly time: Micros;
  readonly partition: number;
  readonly raw_offset: number;
}

/** Quantities of one group while they are put together. */
export interface Merge {
  /** `at` is where a latest value stands; null for every other merging. */
  readonly add: (quantity: DecimalText, at: LatestAt | null) => void;
  /** The total of a sum and an average, the extreme, the latest value; 1 of a unique value; 0 of nothing. */
  readonly value: () => Decimal;
  readonly latest: () => LatestAt | null;
}

export function createMerge(merging: Merging): Merge {
  switch (merging) {
    case "sum":
    case "average": {
      const { add, value } = createTotal();
      return { add, value, latest: noLatest };
    }
    case "max":
      return createExtreme((other, best) => compare(other, best) > 0);
    case "min":
      return createExtreme((other, best) => compare(other, best) < 0);
    case "latest":
      return createLatest();
    case "unique":
      return { add: () => undefined, value: () => one, latest: noLatest };
  }
}

/** Whether one place comes after another. */
export function isAfter(one: LatestAt, other: LatestAt): boolean {
  const order =
    one.time - other.time || one.partition - other.partition || one.raw_offset - other.raw_offset;
  return order > 0;
}

function createExtreme(isBetter: (other: Decimal, best: Decimal) => boolean): Merge {
  let best: Decimal | undefined;
  return {
    add(quantity) {
      const other = decimal(quantity);
      if (best === undefined || isBetter(other, best)) best = other;
    },
    value: () => best ?? zero,
    latest: noLatest,
  };
}

function createLatest(): Merge {
  let last: { quantity: DecimalText; at: LatestAt } | undefined;
  return {
    add(quantity, at) {
      if (at === null) throw new Error("a latest value without its place");
      if (last === undefined || isAfter(at, last.at)) last = { quantity, at };
    },
    value: () => decimal(last?.quantity ?? "0"),
    latest: () => last?.at ?? null,
  };
}

function noLatest(): null {
  return null;
}

const zero = decimal("0");
const one = decimal("1");
