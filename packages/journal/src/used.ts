import {
  billingPeriodAt,
  billingPeriodFrom,
  meterVersionFor,
  wholePeriodAt,
} from "@tallybook/catalog";
import type { Catalog, Subscription } from "@tallybook/catalog";
import type { Decimal } from "@tallybook/money";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import { quantityOf, timeOf } from "@tallybook/usage";
import type { Meter, UsageRow } from "@tallybook/usage";

import { isApart } from "./apart.ts";
import { ownerOf, soldTo } from "./attribute.ts";
import { ratedPeriod } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { meteredUsage } from "./metered.ts";

/** What was used of a meter, as a rating of it would count it. */
export interface UsedMeter {
  readonly meter: string;
  /** What the quantity counts: a currency, or the property that is measured. */
  readonly unit: string;
  /** Null: its usage makes no one quantity, and `fault` says why. */
  readonly quantity: Decimal | null;
  readonly fault: string | null;
}

/** What usage is counted by, besides itself: the journal and the catalog as they are known. */
export interface UsedBasis {
  readonly ledger: Ledger;
  readonly catalogAt: (offset: number) => Catalog;
  readonly catalog: Catalog;
}

/**
 * The billing period of a subscription around a moment: as it was rated; else that of its calendar, as far as the subscription
 * lasts, whatever its terms are meanwhile. Before it begins the first, and after its end the last one.
 */
export function periodAround(subscription: Subscription, at: Micros, ledger: Ledger): Period {
  const { begins, end } = subscription;
  const start = begins ?? subscription.start;
  const last = end === null ? at : Math.max(end - 1, start);
  const time = Math.max(start, Math.min(at, last));
  const rated = ratedPeriod(ledger, subscription, time);
  if (rated !== undefined && rated.part === null) return { from: rated.from, to: rated.to };
  const whole = wholePeriodAt(subscription, time);
  return { from: Math.max(start, whole.from), to: Math.min(end ?? whole.to, whole.to) };
}

/** The meters that are priced for a subscription within a stretch of time, each once, in the order of its plans. */
export function pricedMeters(
  catalog: Catalog,
  subscription: Subscription,
  { from, to }: Period,
): string[] {
  const meters = new Set<string>();
  const { start, begins, end } = subscription;
  const until = Math.min(to, end ?? to);
  for (let at = Math.max(from, begins ?? start); at < until;) {
    // While it is paused, the next one.
    const period = billingPeriodAt(subscription, at) ?? billingPeriodFrom(subscription, at);
    if (period === undefined || period.from >= until) break;
    const sold = soldTo(subscription, period.from, catalog);
    for (const { meter } of sold?.prices ?? []) if (meter !== null) meters.add(meter);
    at = period.to;
  }
  return [...meters];
}

/** The meters whose rows make up the quantities of these: themselves, and the parts of composites. */
export function measuredMeters(
  catalog: Catalog,
  tenant: string,
  meters: readonly string[],
  { from }: Period,
): string[] {
  const parts = meters.flatMap(
    (meter) => meterVersionFor(catalog, tenant, meter, from)?.parts ?? [],
  );
  return [...new Set([...meters, ...parts.map(({ meter }) => meter)])];
}

/** Whether the single events of a row have to be read: as a rating would, and where a bound of the period lies inside its slot. */
export function isApartIn(row: UsageRow, { from, to }: Period, basis: UsedBasis): boolean {
  const isInside = (bound: Micros) => bound > row.slot && bound < row.slot + MICROS_PER_HOUR;
  return isInside(from) || isInside(to) || isApart(row, basis);
}

/**
 * What a subscription has used of these meters in a period: the rows that are its own, by who owns them when it is rated. Of a
 * period that was rated the meters count as they did then. `earlier` is what `earlierUsage` asks for.
 */
export function usedBy(
  subscription: Subscription,
  period: Period,
  meters: readonly string[],
  usage: { readonly rows: readonly UsageRow[]; readonly earlier: readonly UsageRow[] },
  basis: UsedBasis,
): UsedMeter[] {
  const { tenant, customer } = subscription;
  const rated = ratedPeriod(basis.ledger, subscription, period.from);
  const isRated = rated?.from === period.from && rated.to === period.to;
  const catalog = isRated ? basis.catalogAt(rated.catalog_offset) : basis.catalog;
  const of = { tenant, customer, subscription: subscription.subscription, period };
  const rows = ownRows(subscription, period, usage.rows, basis);
  return meters.map((meter) => {
    const used = meteredUsage(of, meter, { rows, earlier: usage.earlier }, catalog);
    const unit = unitOf(used.meter);
    try {
      return { meter, unit, quantity: quantityOf(used.rows, used), fault: null };
    } catch (error) {
      return { meter, unit, quantity: null, fault: (error as Error).message };
    }
  });
}

/** The rows of a period that are a subscription's, by who owns them when they are rated. */
export function ownRows(
  { tenant, customer, subscription }: Subscription,
  period: Period,
  rows: readonly UsageRow[],
  basis: UsedBasis,
): UsageRow[] {
  const of = { tenant, customer, subscription, period };
  return rows.filter((row) => isOf(row, of, basis));
}

function isOf(
  row: UsageRow,
  { customer, subscription, period }: Parameters<typeof meteredUsage>[0],
  basis: UsedBasis,
): boolean {
  const time = timeOf(row);
  if (row.customer !== customer || time < period.from || time >= period.to) return false;
  const owner = ownerOf(row, basis);
  switch (owner.kind) {
    case "rated":
      return owner.rated.subscription === subscription;
    case "open":
      return owner.subscription.subscription === subscription;
    case "unattributed":
      return false;
  }
}

/** What a meter's quantity counts: its currency, the property that it measures, events, or units of its own. */
export function unitOf(meter: Meter | undefined): string {
  if (meter === undefined) return "";
  return meter.currency ?? meter.value_property ?? (meter.event_type === "" ? "units" : "events");
}
