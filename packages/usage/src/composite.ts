import { add, decimal, mul, ratioOf, roundRatio, sum } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import type { Meter } from "./meter.ts";
import type { UsageRow } from "./rollups.ts";
import { singleEvent } from "./single.ts";

/** What one part of a composite was, as its meter measured it. */
export interface PartQuantity {
  readonly meter: string;
  readonly quantity: Decimal;
}

/**
 * The rows that a meter's quantity is made of: its own; of a composite those of its parts, told apart by the composite's
 * dimensions and not by their own.
 */
export function rowsOfMeter(
  name: string,
  meter: Meter | undefined,
  rows: readonly UsageRow[],
): UsageRow[] {
  if (meter?.aggregation !== "composite") return rows.filter((row) => row.meter === name);
  const parts = new Set(meter.parts.map((part) => part.meter));
  return rows
    .filter((row) => parts.has(row.meter))
    .map((row) => {
      const dimensions = meter.dimensions.map((key) => [key, row.dimensions[key] ?? ""]);
      return { ...row, dimensions: Object.fromEntries(dimensions) as Record<string, string> };
    });
}

/** The units of a composite: of each group its parts, weighted and added up, and rounded where the meter rounds. */
export function unitsOf(
  rows: readonly UsageRow[],
  { group_property, parts, rounding }: Meter,
): Decimal {
  const weights = new Map(parts.map(({ meter, weight }) => [meter, decimal(weight)]));
  const units = new Map<string, Decimal>();
  for (const row of rows) {
    const key = groupOf(row, group_property ?? "");
    const own = mul(decimal(row.quantity), weights.get(row.meter) ?? zero);
    units.set(key, add(units.get(key) ?? zero, own));
  }
  if (rounding === null) return sum(units.values());
  const { decimals, mode } = rounding;
  return sum([...units.values()].map((of) => roundRatio(ratioOf(of), decimals, mode)));
}

/** Each part's quantity over the rows of a composite, in the order of its parts; none of another meter. */
export function partQuantities(
  rows: readonly UsageRow[],
  meter: Meter | undefined,
): PartQuantity[] {
  return (meter?.parts ?? []).map((part) => ({
    meter: part.meter,
    quantity: sum(
      rows.filter((row) => row.meter === part.meter).map(({ quantity }) => decimal(quantity)),
    ),
  }));
}

/** An event that does not name its group is one by itself, also where several parts measured it. */
function groupOf(row: UsageRow, property: string): string {
  const { properties, partition, raw_offset } = singleEvent(row);
  const named = Object.hasOwn(properties, property) ? properties[property] : undefined;
  return named === undefined || named === ""
    ? `event ${partition} ${raw_offset}`
    : `group ${named}`;
}

const zero = decimal("0");
