import { formatTime } from "@tallybook/periods";
import type { Catalog, Subscription } from "./catalog.ts";
import { Entry } from "./entry.ts";
import type {
  BillingAnchor,
  MeterPublished,
  ObjectRevised,
  PlainJson,
  PlanPublished,
  Price,
} from "./facts.ts";
import { Faults } from "./faults.ts";
import { customerOf, fillsOf, metersAt, objectsOf, plansOf, subscriptionOf } from "./lookups.ts";
import type { Collection } from "./objects/collection.ts";
import { collections, sections } from "./objects/collections.ts";
import { customerFieldsOf, isMeterArchived, planDetailsOf } from "./objects/lookups.ts";
import { plainJson } from "./objects/plain-json.ts";
import { wholeBody } from "./objects/read-objects.ts";
import { priceDocument } from "./price-document.ts";
import { readCharge } from "./read-charge.ts";
import { startedOn } from "./subscription-document.ts";

/** One entry of a document, with all its fields; numbers are texts. */
export type DocumentEntry = { readonly [field: string]: PlainJson };

/** A document: entries by section. */
export type DocumentEntries = { readonly [section: string]: readonly DocumentEntry[] };

/** In the order of a document: each before those that refer to it. */
export const sectionNames: readonly string[] = [
  ...collections.map(({ collection, within }) => within ?? collection),
  "subscriptions",
];

/** The document that makes an empty catalog what this one is for a tenant, as far as its latest versions go. */
export function entriesOf(catalog: Catalog, tenant: string): DocumentEntries {
  const filled = sectionNames.flatMap((section) => {
    const entries = idsOf(catalog, tenant, section)
      .map((id) => entryOf(catalog, tenant, section, id))
      .filter((entry) => entry !== undefined);
    return entries.length === 0 ? [] : [[section, entries] as const];
  });
  return Object.fromEntries(filled);
}

/** One of them; undefined where there is none. */
export function entryOf(
  catalog: Catalog,
  tenant: string,
  section: string,
  id: string,
): DocumentEntry | undefined {
  switch (section) {
    case "meters": {
      const meter = metersAt(catalog, tenant).get(id)?.at(-1);
      return meter && meterEntry(catalog, meter);
    }
    case "plans": {
      const plan = plansOf(catalog, tenant).get(id)?.at(-1);
      return plan && planEntry(catalog, plan);
    }
    case "customers": {
      const customer = customerOf(catalog, tenant, id);
      return customer && { customer: id, ...customerFieldsOf(catalog, customer) };
    }
    case "subscriptions": {
      const subscription = subscriptionOf(catalog, tenant, id);
      return subscription && subscriptionEntry(catalog, subscription);
    }
    default: {
      const collection = sections.find((each) => each.collection === section);
      const latest = objectsOf(catalog, tenant, section).get(id)?.at(-1);
      if (collection === undefined || latest === undefined) return undefined;
      return objectEntry(collection, latest);
    }
  }
}

/** An object with the fields of its collection, in their order. */
export function objectEntry(collection: Collection, version: ObjectRevised): DocumentEntry {
  const { id, archived } = version;
  const body = wholeBody(collection, version);
  return { [collection.idField]: id, ...body, ...effectiveAt(version), archived };
}

function meterEntry(catalog: Catalog, published: MeterPublished): DocumentEntry {
  const { kind: _kind, tenant, recorded_at: _at, actor: _by, version: _, ...meter } = published;
  const { effective_at: _effective, meter: id, event_type, ...fields } = meter;
  return {
    meter: id,
    // A composite has none.
    event_type: event_type === "" ? null : event_type,
    ...(plainJson(fields) as DocumentEntry),
    history: fillsOf(catalog, tenant).has(id) ? "fill" : null,
    archived: isMeterArchived(catalog, published),
    ...effectiveAt({ ...meter, recorded_at: _at, version: _ }),
  };
}

function planEntry(catalog: Catalog, plan: PlanPublished): DocumentEntry {
  return {
    plan: plan.plan,
    name: plan.name,
    ...planDetailsOf(catalog, plan),
    currency: plan.currency,
    prices: plan.prices.map(priceEntry),
    ...effectiveAt(plan),
  };
}

function subscriptionEntry(catalog: Catalog, of: Subscription): DocumentEntry {
  const zone = customerOf(catalog, of.tenant, of.customer)?.time_zone;
  const { time_zone, every, unit, anchor } = of.calendar;
  return {
    subscription: of.subscription,
    customer: of.customer,
    ...startedOn(of),
    start: formatTime(of.start),
    end: of.end === null ? null : formatTime(of.end),
    calendar: {
      time_zone: time_zone === zone ? null : time_zone,
      every: String(every),
      unit,
      anchor: anchorEntry(anchor),
    },
    proration: of.proration,
  };
}

function anchorEntry({ kind, weekday, day, month }: BillingAnchor): PlainJson {
  switch (kind) {
    case "calendar":
    case "anniversary":
      return kind;
    case "weekday":
      return { weekday: String(weekday) };
    case "day_of_month":
      return { day_of_month: String(day), month };
  }
}

/** The fields of its charge in the order in which they are read. */
function priceEntry(price: Price): PlainJson {
  const written = plainJson(priceDocument(price));
  const charge = readCharge(new Entry(written, "", new Faults())) ?? price.charge;
  const { price: name, meter, description, ...fields } = priceDocument({ ...price, charge });
  return plainJson({ price: name, meter, ...fields, description });
}

/** Only where a document had to say it: not of what holds ever since, nor of what held from when it was applied. */
function effectiveAt(of: {
  readonly version: number;
  readonly effective_at: number;
  readonly recorded_at: number;
}): { readonly effective_at?: string } {
  const unsaid = of.version === 1 ? 0 : of.recorded_at;
  return of.effective_at === unsaid ? {} : { effective_at: formatTime(of.effective_at) };
}

function idsOf(catalog: Catalog, tenant: string, section: string): string[] {
  const of = catalog.tenants.get(tenant);
  switch (section) {
    case "meters":
      return [...(of?.meters.keys() ?? [])];
    case "plans":
      return [...(of?.plans.keys() ?? [])];
    case "customers":
      return [...(of?.customers.keys() ?? [])];
    case "subscriptions":
      return [...(of?.subscriptions.keys() ?? [])];
    default:
      return [...objectsOf(catalog, tenant, section).keys()];
  }
}
