import { metersAt } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import type { Decimal } from "@tallybook/money";
import type { Period } from "@tallybook/periods";
import { meterAt, quantityOf } from "@tallybook/usage";
import type { Meter, UsageRow } from "@tallybook/usage";

/** What a price rates: the usage of its meter in a period of one subscription. */
export interface MeteredUsage {
  /** The version that holds at the period's beginning, or undefined where the catalog knows none. */
  readonly meter: Meter | undefined;
  readonly period: Period;
  readonly rows: readonly UsageRow[];
  /** Rows of the same meter from before the period, where its quantity carries a value into it. */
  readonly before: readonly UsageRow[];
}

/** The usage of a meter in a period, to be rated by what a catalog says of the meter. */
export function meteredUsage(
  { tenant, period }: { readonly tenant: string; readonly period: Period },
  meter: string,
  rows: readonly UsageRow[],
  catalog: Catalog,
): MeteredUsage {
  const versions = metersAt(catalog, tenant).get(meter) ?? [];
  return {
    meter: meterAt(versions, period.from) ?? versions[0],
    period,
    rows: rows.filter((row) => row.meter === meter),
    before: [],
  };
}

/** The meter's quantity over some of its rows of the period. */
export function quantityIn(_used: MeteredUsage, rows: readonly UsageRow[]): Decimal {
  return quantityOf(rows);
}
