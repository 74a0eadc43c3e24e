import { decimal, QUANTITY_DECIMALS_MAX, ratio, roundHalfUp } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import { createMerge } from "./merge.ts";
import type { Merging } from "./merge.ts";
import type { UsageRow } from "./rollups.ts";

/** What of a row it comes to when merged. */
export type TallyRow = Pick<UsageRow, "merging" | "quantity" | "count" | "value" | "latest">;

/** What rows come to while they are added, in any order. */
export interface Tally {
  /** Throws `MixedMerging` for a row that merges in another way. */
  readonly add: (row: TallyRow) => void;
  readonly quantity: () => Decimal;
}

/** Rows that cannot become one number, such as a maximum and a sum. */
export class MixedMerging extends Error {
  override readonly name = "MixedMerging";
}

/**
 * What rows of one meter come to as they merge: their sum, extreme or latest value, the number of their distinct
 * values, or their average. An average is the one quotient: sum ÷ count, rounded half up, away from zero, to the 12
 * decimals of a quantity. All others are exact. Nothing at all is 0. Throws `MixedMerging`.
 */
export function mergedQuantity(rows: readonly TallyRow[]): Decimal {
  const [first] = rows;
  if (first === undefined) return zero;
  const tally = createTally(first.merging);
  for (const row of rows) tally.add(row);
  return tally.quantity();
}

export function createTally(merging: Merging): Tally {
  const merge = createMerge(merging);
  const values = new Set<string>();
  let count = 0;
  return {
    add(row) {
      if (row.merging !== merging)
        throw new MixedMerging(
          `usage was measured as ${merging} and as ${row.merging}: the two make no one quantity`,
        );
      count += row.count;
      if (merging === "unique") values.add(row.value);
      else merge.add(row.quantity, row.latest);
    },
    quantity() {
      switch (merging) {
        case "unique":
          return decimal(String(values.size));
        case "average":
          return count === 0 ? zero : average(merge.value(), count);
        case "sum":
        case "max":
        case "min":
        case "latest":
          return merge.value();
      }
    },
  };
}

function average(sum: Decimal, count: number): Decimal {
  return roundHalfUp(ratio(sum, decimal(String(count))), QUANTITY_DECIMALS_MAX);
}

const zero = decimal("0");
