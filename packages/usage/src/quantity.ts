import { decimal, QUANTITY_DECIMALS_MAX, ratioOf, roundHalfUp, roundRatio } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { percentile } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";

import { unitsOf } from "./composite.ts";
import { heldOver } from "./held.ts";
import { isAfter } from "./merge.ts";
import type { Meter } from "./meter.ts";
import type { UsageRow } from "./rollups.ts";
import { singleEvent } from "./single.ts";
import { mergedQuantity } from "./tally.ts";

/** What a meter's quantity of a period hangs on, besides the rows that it is asked of. */
export interface QuantityBasis {
  /** The version in effect when the period begins; undefined where none is known, and rows merge as they say. */
  readonly meter: Meter | undefined;
  readonly period: Period;
}

/**
 * The quantity that is billed of rows of a period, as the meter makes it and with its rounding. What the rows say is exact;
 * a weighted sum and a composite without a rounding are rounded half up, away from zero, to the 12 decimals of a quantity,
 * which matters only where values have more than six of them. Throws `MixedMerging` for rows that make no one quantity.
 */
export function quantityOf(rows: readonly UsageRow[], { meter, period }: QuantityBasis): Decimal {
  switch (meter?.aggregation) {
    case undefined:
      return mergedQuantity(rows);
    case "count":
    case "sum":
    case "max":
    case "min":
    case "latest":
    case "unique":
    case "average":
      return rounded(mergedQuantity(rows), meter);
    case "weighted_sum":
      return rounded(heldOver(rows, meter, period), meter);
    case "percentile":
      return rounded(percentileOf(rows, meter, period), meter);
    case "composite":
      return fitting(unitsOf(rows, meter));
  }
}

function percentileOf(rows: readonly UsageRow[], meter: Meter, period: Period): Decimal {
  const { percent, sample_seconds, combining } = meter;
  if (percent === null || sample_seconds === null || combining === null)
    throw new Error(`meter ${meter.meter} is a percentile and does not say which`);
  const readings = rows
    .map((row) => ({ ...singleEvent(row), value: decimal(row.quantity) }))
    // Of one time the last in the list counts.
    .toSorted((one, other) => (isAfter(one, other) ? 1 : -1));
  const spec = { percent: decimal(percent), sample: sample_seconds * second, combining };
  return percentile(spec, readings, period).value;
}

function rounded(quantity: Decimal, { rounding }: Meter): Decimal {
  return rounding === null
    ? fitting(quantity)
    : roundRatio(ratioOf(quantity), rounding.decimals, rounding.mode);
}

function fitting(quantity: Decimal): Decimal {
  return roundHalfUp(ratioOf(quantity), QUANTITY_DECIMALS_MAX);
}

const second: Micros = 1_000_000;
