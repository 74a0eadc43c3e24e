import { metersAt, plansOf, subscriptionsOf } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { needsEvents } from "@tallybook/pricing";
import { isOfEvents, slotLengthOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { customerKey } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Whether the single events of a row of the rollups have to be read: because a bound of a billing period lies inside of its
 * slot, so that some of it is of one period and some of another, or because its meter or a price cannot go by sums.
 */
export function isApart(
  row: UsageRow,
  {
    ledger,
    catalogAt,
    catalog,
  }: { ledger: Ledger; catalogAt: (offset: number) => Catalog; catalog: Catalog },
): boolean {
  const rated = ledger.ratedByCustomer.get(customerKey(row.tenant, row.customer)) ?? [];
  const to = row.slot + slotLength(catalog, row);
  const isInside = (bound: Micros | null) => bound !== null && bound > row.slot && bound < to;
  if (eventMetersOf(catalog, row.tenant).has(row.meter)) return true;
  for (const period of rated) {
    if (period.to <= row.slot || period.from >= to) continue;
    if (isInside(period.from) || isInside(period.to)) return true;
    if (eventMetersOf(catalogAt(period.catalog_offset), row.tenant).has(row.meter)) return true;
  }
  return subscriptionsOf(catalog, row.tenant, row.customer).some(
    ({ start, end }) => isInside(start) || isInside(end),
  );
}

function slotLength(catalog: Catalog, { tenant, meter, meter_version }: UsageRow): Micros {
  const versions = metersAt(catalog, tenant).get(meter) ?? [];
  const measured = versions.find(({ version }) => version === meter_version);
  return measured === undefined ? MICROS_PER_HOUR : slotLengthOf(measured);
}

/** The meters of a tenant whose usage is rated from single events. */
export function eventMetersOf(catalog: Catalog, tenant: string): ReadonlySet<string> {
  const known = eventMeters.get(catalog) ?? new Map<string, ReadonlySet<string>>();
  eventMeters.set(catalog, known);
  let meters = known.get(tenant);
  if (meters === undefined) known.set(tenant, (meters = readEventMeters(catalog, tenant)));
  return meters;
}

/** A catalog as known at an offset never changes. */
const eventMeters = new WeakMap<Catalog, Map<string, ReadonlySet<string>>>();

function readEventMeters(catalog: Catalog, tenant: string): ReadonlySet<string> {
  const meters = new Set<string>();
  for (const versions of plansOf(catalog, tenant).values()) {
    for (const price of versions.flatMap(({ prices }) => prices)) {
      if (price.meter === null) continue;
      const priced = metersAt(catalog, tenant).get(price.meter) ?? [];
      if (needsEvents(price) || priced.some(isOfEvents)) meters.add(price.meter);
      for (const { parts } of priced) for (const part of parts) meters.add(part.meter);
    }
  }
  return meters;
}
