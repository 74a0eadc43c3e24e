import type { Dimensions } from "@tallybook/pricing";
import type { UsageRow } from "@tallybook/usage";

import { dimensionsKey } from "./ledger.ts";
import { compareTexts } from "./order.ts";

/** Rows with the same dimensions. */
export interface Group {
  readonly key: string;
  readonly dimensions: Dimensions;
  readonly rows: readonly UsageRow[];
}

/** Rows by what somebody sees as their dimensions, in the order of these. */
export function groupRows(
  rows: readonly UsageRow[],
  dimensionsOf: (row: UsageRow) => Dimensions = ({ dimensions }) => dimensions,
): Group[] {
  const groups = new Map<string, Group & { readonly rows: UsageRow[] }>();
  for (const row of rows) {
    const dimensions = dimensionsOf(row);
    const key = dimensionsKey(dimensions);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { key, dimensions, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()].sort(byKey);
}

export function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return compareTexts(a.key, b.key);
}

/** No rows of no dimensions: what is owed without usage is theirs. */
export const noGroup: Group = { key: "{}", dimensions: {}, rows: [] };
