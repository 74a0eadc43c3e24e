import { meterVersionFor } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import type { Decimal } from "@tallybook/money";
import type { Period } from "@tallybook/periods";
import { quantityOf, rowsOfMeter } from "@tallybook/usage";
import type { Meter, UsageRow } from "@tallybook/usage";

import { compareTexts } from "./order.ts";
import { carriedRows, openingRows } from "./opening.ts";

/** What a price rates: the usage of its meter in a period of one subscription. */
export interface MeteredUsage {
  /** The version that holds at the period's beginning, or undefined where the catalog knows none. */
  readonly meter: Meter | undefined;
  readonly period: Period;
  /**
   * Of a composite those of its parts; of a weighted sum with one more for what is held when the period begins, which counts
   * no events.
   */
  readonly rows: readonly UsageRow[];
}

/**
 * The usage of a meter in a period, to be rated by what a catalog says of the meter. `earlier` is what was measured before the
 * period of the meters that carry a value into it; more of it does no harm.
 */
export function meteredUsage(
  of: Parameters<typeof openingRows>[0],
  name: string,
  usage: { readonly rows: readonly UsageRow[]; readonly earlier: readonly UsageRow[] },
  catalog: Catalog,
): MeteredUsage {
  const { tenant, period } = of;
  const meter = meterVersionFor(catalog, tenant, name, period.from);
  const rows = rowsOfMeter(name, meter, usage.rows);
  if (meter?.aggregation !== "weighted_sum") return { meter, period, rows };
  return { meter, period, rows: [...openingRows(of, meter, usage.earlier, catalog), ...rows] };
}

/** The backfills by which usage of a meter that bears on a period became known at a cut, in the order of their ids. */
export function backfillsAt(
  cut: number,
  of: Parameters<typeof openingRows>[0],
  name: string,
  usage: Parameters<typeof meteredUsage>[2],
  catalog: Catalog,
): string[] {
  const meter = meterVersionFor(catalog, of.tenant, name, of.period.from);
  const isHeld = meter?.aggregation === "weighted_sum";
  const carried = isHeld ? carriedRows(of, meter, usage.earlier, catalog) : [];
  const rows = [...rowsOfMeter(name, meter, usage.rows), ...carried];
  const own = rows.filter((row) => row.cut === cut && row.backfill !== "");
  return [...new Set(own.map(({ backfill }) => backfill))].toSorted(compareTexts);
}

/** The meter's quantity over some of its rows of the period. */
export function quantityIn(used: MeteredUsage, rows: readonly UsageRow[]): Decimal {
  return quantityOf(rows, used);
}
