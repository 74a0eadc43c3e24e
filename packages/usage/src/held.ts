import { add, decimal } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { heldByChanges, heldByLevels } from "@tallybook/periods";
import type { Period } from "@tallybook/periods";

import { isAfter } from "./merge.ts";
import type { Meter } from "./meter.ts";
import type { UsageRow } from "./rollups.ts";
import { singleEvent } from "./single.ts";

/**
 * The quantity of a weighted sum over rows of a period: the value times the seconds for which it is held, added up over the
 * sets of dimensions, each of which holds a value of its own. Nothing is held before the first row: what a period begins with is
 * a row at its first moment. Exact. Throws a RangeError for an empty period.
 */
export function heldOver(
  rows: readonly UsageRow[],
  { held }: Pick<Meter, "held">,
  period: Period,
): Decimal {
  const heldBy = held === "levels" ? heldOfLevels : heldOfChanges;
  const holders = Map.groupBy(rows, ({ dimensions }) =>
    JSON.stringify(Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
  return [...holders.values()].reduce((total, own) => add(total, heldBy(own, period)), zero);
}

function heldOfChanges(rows: readonly UsageRow[], period: Period): Decimal {
  const changes = rows.map((row) => ({
    time: singleEvent(row).time,
    delta: decimal(row.quantity),
  }));
  return heldByChanges(zero, changes, period).value_seconds;
}

function heldOfLevels(rows: readonly UsageRow[], period: Period): Decimal {
  const levels = rows
    .map((row) => ({ ...singleEvent(row), level: decimal(row.quantity) }))
    // Of one time the last in the list counts.
    .toSorted((one, other) => (isAfter(one, other) ? 1 : -1));
  return heldByLevels(zero, levels, period).value_seconds;
}

const zero = decimal("0");
