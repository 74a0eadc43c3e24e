import { metersAt } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import { isZero, toText } from "@tallybook/money";
import { slotOf } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import { mergedQuantity, timeOf } from "@tallybook/usage";
import type { Meter, UsageRow } from "@tallybook/usage";

import { attribute } from "./attribute.ts";
import { customerKey, dimensionsKey } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { ratedFrom } from "./rated.ts";
import type { RatedPeriod } from "./rated.ts";

/** Which usage is read besides that of the periods: all of these meters, in slots from `from` on and before `to`, put together. */
export interface EarlierUsage {
  readonly meters: readonly string[];
  readonly from: Micros;
  readonly to: Micros;
  readonly isPutTogether: true;
}

/** What bears on periods that begin at the time and happened before; undefined where the tenant has no such meter. */
export function earlierUsage(
  catalog: Catalog,
  tenant: string,
  from: Micros,
): EarlierUsage | undefined {
  const meters = [...metersAt(catalog, tenant).keys()].filter((meter) =>
    isHeld(catalog, tenant, meter),
  );
  // The hour that the beginning cuts is read with the period.
  return meters.length === 0
    ? undefined
    : { meters, from: 0, to: slotOf(from), isPutTogether: true };
}

/** Whether a meter's value is carried from period to period: that of a weighted sum is. */
export function isHeld(catalog: Catalog, tenant: string, meter: string): boolean {
  const versions = metersAt(catalog, tenant).get(meter) ?? [];
  return versions.some(({ aggregation }) => aggregation === "weighted_sum");
}

/** Whose period it is. */
interface PeriodOf {
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly period: Period;
}

/**
 * What a weighted sum holds when a period begins, as rows of the period's first moment: one for each set of dimensions that
 * holds anything. It follows from all earlier usage of the customer that names the subscription or none; the latter where an
 * event of that moment, naming none, would be the subscription's.
 */
export function openingRows(
  of: PeriodOf,
  meter: Meter,
  earlier: readonly UsageRow[],
  catalog: Catalog,
): UsageRow[] {
  const carried = carriedRows(of, meter, earlier, catalog);
  const holders = Map.groupBy(carried, ({ dimensions }) => dimensionsKey(dimensions));
  return [...holders.values()].flatMap((rows) => {
    const [row] = rows;
    const held = mergedQuantity(rows);
    if (row === undefined || isZero(held)) return [];
    const place = { time: of.period.from, partition: -1, raw_offset: -1 };
    return [
      {
        ...row,
        slot: of.period.from,
        quantity: toText(held),
        count: 0,
        backfill: "",
        latest: row.merging === "latest" ? place : null,
        event: { ...place, properties: {} },
      },
    ];
  });
}

/** The rows of earlier usage that what is held follows from. */
export function carriedRows(
  { tenant, customer, subscription, period }: PeriodOf,
  { meter }: Meter,
  earlier: readonly UsageRow[],
  catalog: Catalog,
): UsageRow[] {
  const first = { tenant, customer, meter, slot: period.from, event: null };
  const own = { subscription, from: period.from };
  const unnamed = attribute({ ...first, subscription: "" }, catalog, [own]);
  const isOnly =
    unnamed.kind === "attributed" && unnamed.subscription.subscription === subscription;
  return earlier.filter(
    (row) =>
      row.tenant === tenant &&
      row.customer === customer &&
      row.meter === meter &&
      timeOf(row) < period.from &&
      (row.subscription === subscription || (row.subscription === "" && isOnly)),
  );
}

/** The rated periods that begin after a row and hold what it changed, if its meter is a weighted sum. */
export function periodsAfter(
  row: UsageRow,
  { ledger, catalog }: { readonly ledger: Ledger; readonly catalog: Catalog },
): RatedPeriod[] {
  if (!isHeld(catalog, row.tenant, row.meter)) return [];
  const rated = ledger.ratedByCustomer.get(customerKey(row.tenant, row.customer)) ?? [];
  return rated
    .filter(({ subscription }) => row.subscription === "" || row.subscription === subscription)
    .flatMap((each) => ratedFrom(each, timeOf(row) + 1));
}
