import type { Micros } from "@tallybook/periods";
import { versionAt } from "@tallybook/usage";
import type {
  ApiKey,
  Catalog,
  KeyScope,
  OrderedAdjustment,
  RequestedBackfill,
  RequestedBilling,
  RequestedFill,
  Subscription,
} from "./catalog.ts";
import type {
  CustomerCreated,
  MeterPublished,
  ObjectRevised,
  PlanPublished,
  Role,
  ConflictDismissed,
  SettingsSet,
  TenantCreated,
} from "./facts.ts";

/** Who asks. */
export interface Caller {
  readonly tenant: string;
  readonly role: Role;
  readonly api_key: string;
  /** What a producer may send; null: everything. */
  readonly scope: KeyScope | null;
}

/**
 * Who holds the key with that SHA-256 (hex, lower case); undefined for one that is unknown, revoked or no longer valid. The
 * wall's clock counts where time is not simulated.
 */
export function authenticate(
  catalog: Catalog,
  sha256Hex: string,
  wallClock: Micros,
): Caller | undefined {
  const key = catalog.keyByHash.get(sha256Hex);
  if (key === undefined || !isValidKey(key, timeOf(catalog, wallClock))) return undefined;
  const { tenant, role, api_key, scope } = key;
  return { tenant, role, api_key, scope };
}

/** The key with that id, while it lets its holder in; undefined for any other. */
export function keyWithId(
  catalog: Catalog,
  { tenant, api_key }: Pick<Caller, "tenant" | "api_key">,
  wallClock: Micros,
): { readonly caller: Caller; readonly hash: string } | undefined {
  const key = catalog.tenants.get(tenant)?.keys.get(api_key);
  if (key === undefined || !isValidKey(key, timeOf(catalog, wallClock))) return undefined;
  const { role, scope, hash } = key;
  return { caller: { tenant, role, api_key, scope }, hash };
}

/** Whether a key lets anybody in at a time. */
export function isValidKey({ revoked_at, valid_until }: ApiKey, time: Micros): boolean {
  return revoked_at === null && (valid_until === null || time < valid_until);
}

/** The deployment's clock: simulated, else the wall's. */
export function timeOf(catalog: Catalog, wallClock: Micros): Micros {
  return (catalog.settings?.simulated === true ? catalog.clock : undefined) ?? wallClock;
}

/** Conflicts that somebody has dismissed, by their ids. */
export function dismissalsOf(
  catalog: Catalog,
  tenant: string,
): ReadonlyMap<string, ConflictDismissed> {
  return catalog.tenants.get(tenant)?.dismissals ?? noDismissals;
}

const noDismissals: ReadonlyMap<string, ConflictDismissed> = new Map();

/** Undefined until the catalog's first fact is folded. */
export function settingsOf(catalog: Catalog): SettingsSet | undefined {
  return catalog.settings;
}

/** The last simulated time; undefined where the wall clock holds. */
export function clockOf(catalog: Catalog): Micros | undefined {
  return catalog.clock;
}

/** Undefined for a tenant that other facts name and nobody made. */
export function tenantOf(catalog: Catalog, tenant: string): TenantCreated | undefined {
  return catalog.tenants.get(tenant)?.created;
}

/** All known versions by meter, as `measure` takes them. The map grows with the catalog; the lists never change. */
export function metersAt(
  catalog: Catalog,
  tenant: string,
): ReadonlyMap<string, readonly MeterPublished[]> {
  return catalog.tenants.get(tenant)?.meters ?? noMeters;
}

/**
 * The version of a meter that says how the quantity of a period is made that begins at the time: the one in effect then; the
 * first version where none is. Undefined for an unknown meter.
 */
export function meterVersionFor(
  catalog: Catalog,
  tenant: string,
  meter: string,
  time: Micros,
): MeterPublished | undefined {
  const versions = metersAt(catalog, tenant).get(meter) ?? [];
  return versionAt(versions, time) ?? versions[0];
}

/** By meter: those whose history was asked to be filled. */
export function fillsOf(catalog: Catalog, tenant: string): ReadonlyMap<string, RequestedFill> {
  return catalog.tenants.get(tenant)?.fills ?? noFills;
}

/** All versions of all plans, by plan. */
export function plansOf(
  catalog: Catalog,
  tenant: string,
): ReadonlyMap<string, readonly PlanPublished[]> {
  return catalog.tenants.get(tenant)?.plans ?? noPlans;
}

/**
 * The version in effect at the time: the one with the latest effective_at that is not after it,
 * of equal ones the later version; the first version where none is. Undefined for an unknown plan.
 */
export function planVersionFor(
  catalog: Catalog,
  tenant: string,
  plan: string,
  time: Micros,
): PlanPublished | undefined {
  const versions = plansOf(catalog, tenant).get(plan) ?? [];
  return versionAt(versions, time) ?? versions[0];
}

export function planByVersion(
  catalog: Catalog,
  tenant: string,
  plan: string,
  version: number,
): PlanPublished | undefined {
  return plansOf(catalog, tenant)
    .get(plan)
    ?.find((each) => each.version === version);
}

export function customerOf(
  catalog: Catalog,
  tenant: string,
  customer: string,
): CustomerCreated | undefined {
  return catalog.tenants.get(tenant)?.customers.get(customer);
}

export function customersOf(catalog: Catalog, tenant: string): CustomerCreated[] {
  return [...(catalog.tenants.get(tenant)?.customers.values() ?? [])];
}

export function subscriptionOf(
  catalog: Catalog,
  tenant: string,
  subscription: string,
): Subscription | undefined {
  return catalog.tenants.get(tenant)?.subscriptions.get(subscription);
}

/** A customer's subscriptions, in the order they were made. */
export function subscriptionsOf(
  catalog: Catalog,
  tenant: string,
  customer: string,
): Subscription[] {
  const of = catalog.tenants.get(tenant);
  const ids = of?.subscriptionsByCustomer.get(customer) ?? [];
  return ids.flatMap((id) => of?.subscriptions.get(id) ?? []);
}

/** Every subscription of every tenant. */
export function subscriptions(catalog: Catalog): Subscription[] {
  const all: Subscription[] = [];
  for (const tenant of catalog.tenants.values()) {
    for (const subscription of tenant.subscriptions.values()) all.push(subscription);
  }
  return all;
}

/** A tenant's keys, revoked ones too. */
export function keysOf(catalog: Catalog, tenant: string): ApiKey[] {
  return [...(catalog.tenants.get(tenant)?.keys.values() ?? [])];
}

/** The requests of a tenant to bill now, in their order. */
export function billingsOf({ billings }: Catalog, tenant: string): RequestedBilling[] {
  return billings.filter(({ fact }) => fact.tenant === tenant);
}

/** The requests to bill now with offsets in [from, to), in their order. */
export function billingsBetween(
  { billings }: Catalog,
  from: number,
  to: number,
): RequestedBilling[] {
  const first = billings.findLastIndex(({ offset }) => offset < from) + 1;
  return billings.slice(first).filter(({ offset }) => offset < to);
}

/** The backfills of a tenant by their ids, in their order. */
export function backfillsOf(
  catalog: Catalog,
  tenant: string,
): ReadonlyMap<string, RequestedBackfill> {
  return catalog.tenants.get(tenant)?.backfills ?? noBackfills;
}

/** The adjustments of a tenant by their ids, in their order. */
export function adjustmentsOf(
  catalog: Catalog,
  tenant: string,
): ReadonlyMap<string, OrderedAdjustment> {
  return catalog.tenants.get(tenant)?.adjustments ?? noAdjustments;
}

/** The adjustments of all tenants with offsets in [from, to). */
export function adjustmentsBetween(
  { tenants }: Catalog,
  from: number,
  to: number,
): OrderedAdjustment[] {
  return [...tenants.values()].flatMap(({ adjustments }) =>
    [...adjustments.values()].filter(({ offset }) => offset >= from && offset < to),
  );
}

/** All versions of all objects of a collection, by id. */
export function objectsOf(
  catalog: Catalog,
  tenant: string,
  collection: string,
): ReadonlyMap<string, readonly ObjectRevised[]> {
  return catalog.tenants.get(tenant)?.objects.get(collection) ?? noObjects;
}

/** All versions of each of a customer's contracts. */
export function contractsOf(
  catalog: Catalog,
  tenant: string,
  customer: string,
): (readonly ObjectRevised[])[] {
  const of = catalog.tenants.get(tenant);
  const ids = of?.contractsByCustomer.get(customer) ?? [];
  return ids.flatMap((id) => {
    const versions = of?.objects.get("contracts")?.get(id);
    return versions === undefined ? [] : [versions];
  });
}

const noAdjustments: ReadonlyMap<string, OrderedAdjustment> = new Map();
const noBackfills: ReadonlyMap<string, RequestedBackfill> = new Map();
const noObjects: ReadonlyMap<string, readonly ObjectRevised[]> = new Map();
const noMeters: ReadonlyMap<string, readonly MeterPublished[]> = new Map();
const noFills: ReadonlyMap<string, RequestedFill> = new Map();
const noPlans: ReadonlyMap<string, readonly PlanPublished[]> = new Map();
