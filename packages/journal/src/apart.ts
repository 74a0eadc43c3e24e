import { billingPeriodAt, metersAt, plansOf, subscriptionsOf } from "@tallybook/catalog";
import type { Catalog, Subscription } from "@tallybook/catalog";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import { needsEvents } from "@tallybook/pricing";
import { isOfEvents, slotLengthOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { customerKey } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { ratedWithin } from "./rated.ts";

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
  const slot = { from: row.slot, to: row.slot + slotLength(catalog, row) };
  if (isOfEventsIn(catalog, row, slot)) return true;
  const rated = ledger.ratedByCustomer.get(customerKey(row.tenant, row.customer)) ?? [];
  for (const period of rated.flatMap((each) => ratedWithin(each, slot))) {
    if (isInside(period.from, slot) || isInside(period.to, slot)) return true;
    if (isOfEventsIn(catalogAt(period.catalog_offset), row, slot)) return true;
  }
  return subscriptionsOf(catalog, row.tenant, row.customer).some((each) => isCutting(each, slot));
}

/** Whether the subscription's beginning, its end, a change of its terms, or the end of a billing period lies inside the slot. */
function isCutting(subscription: Subscription, slot: Period): boolean {
  const { begins, end, terms } = subscription;
  if (begins === null) return false;
  if (isInside(begins, slot) || (end !== null && isInside(end, slot))) return true;
  if (terms.some(({ from }) => isInside(from, slot))) return true;
  const period = billingPeriodAt(subscription, slot.from);
  return period !== undefined && isInside(period.to, slot);
}

function isInside(bound: Micros, { from, to }: Period): boolean {
  return bound > from && bound < to;
}

function slotLength(catalog: Catalog, { tenant, meter, meter_version }: UsageRow): Micros {
  const versions = metersAt(catalog, tenant).get(meter) ?? [];
  const measured = versions.find(({ version }) => version === meter_version);
  return measured === undefined ? MICROS_PER_HOUR : slotLengthOf(measured);
}

/** Whether some version of the meter, or of a price over it, has to see the events of a slot. */
function isOfEventsIn(catalog: Catalog, { tenant, meter }: UsageRow, slot: Period): boolean {
  const needs = eventMetersOf(catalog, tenant).get(meter) ?? [];
  return needs.some((need) => need(slot));
}

type Need = (slot: Period) => boolean;

/** The meters of a tenant whose usage is rated from single events, with the slots for which it is. */
export function eventMetersOf(
  catalog: Catalog,
  tenant: string,
): ReadonlyMap<string, readonly Need[]> {
  const known = needsByCatalog.get(catalog) ?? new Map<string, ReadonlyMap<string, Need[]>>();
  needsByCatalog.set(catalog, known);
  let needs = known.get(tenant);
  if (needs === undefined) known.set(tenant, (needs = readNeeds(catalog, tenant)));
  return needs;
}

/** A catalog as known at an offset never changes. */
const needsByCatalog = new WeakMap<Catalog, Map<string, ReadonlyMap<string, Need[]>>>();

const always: Need = () => true;

function readNeeds(catalog: Catalog, tenant: string): Map<string, Need[]> {
  const needs = new Map<string, Need[]>();
  const add = (meter: string, need: Need) => {
    const others = needs.get(meter);
    if (others === undefined) needs.set(meter, [need]);
    else others.push(need);
  };
  for (const versions of plansOf(catalog, tenant).values()) {
    for (const price of versions.flatMap(({ prices }) => prices)) {
      if (price.meter === null) continue;
      const priced = metersAt(catalog, tenant).get(price.meter) ?? [];
      const need = priced.some(isOfEvents) ? always : needsEvents(price);
      if (need !== null) add(price.meter, need);
      for (const { parts } of priced) for (const part of parts) add(part.meter, always);
    }
  }
  return needs;
}
