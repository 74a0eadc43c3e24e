import type { Micros } from "@tallybook/periods";
import type {
  ApiKey,
  Catalog,
  KeyScope,
  OrderedAdjustment,
  PlacedFact,
  RequestedBackfill,
  RequestedBilling,
  RequestedFill,
  Subscription,
  TenantCatalog,
} from "./catalog.ts";
import { activationOf, begun, changed, started } from "./fold-subscription.ts";
import type {
  ApiKeyCreated,
  ApiKeyRevoked,
  CatalogFact,
  ConflictDismissed,
  CouponApplied,
  CustomerCreated,
  MeterPublished,
  ObjectBody,
  ObjectRevised,
  PlanPublished,
  SettingsSet,
  TenantCreated,
} from "./facts.ts";
import type { LateUsagePolicySet } from "./late-usage.ts";

/** A new catalog that knows nothing; the fold that takes it owns it. */
export function emptyCatalog(): Catalog {
  return emptyFold();
}

/**
 * Takes a fact in: changes the catalog it is given and returns it, so that a fold over a long log
 * stays quick. A fact below the catalog's offset was taken before and changes nothing.
 */
export function evolve(catalog: Catalog, fact: CatalogFact, offset: number): Catalog {
  // Only emptyCatalog makes a Catalog.
  const fold = catalog as Fold;
  if (offset < fold.offset) return fold;
  fold.offset = offset + 1;
  take(fold, fact, offset);
  return fold;
}

/** A catalog of its own that knows the facts below the offset and none above. */
export function catalogAt(facts: Iterable<PlacedFact>, offset: number): Catalog {
  let catalog = emptyCatalog();
  for (const placed of facts) {
    if (placed.offset < offset) catalog = evolve(catalog, placed.fact, placed.offset);
  }
  return catalog;
}

/** A catalog of its own that knows some facts more; the one that it is made of stays as it is. */
export function catalogWith(catalog: Catalog, facts: readonly CatalogFact[]): Catalog {
  const tenants = new Map(catalog.tenants as Fold["tenants"]);
  for (const tenant of new Set(facts.map((fact) => fact.tenant))) {
    const known = tenants.get(tenant);
    if (known !== undefined) tenants.set(tenant, copied(known));
  }
  let copy: Catalog = { ...catalog, tenants, keyByHash: new Map(catalog.keyByHash) };
  for (const fact of facts) copy = evolve(copy, fact, copy.offset);
  return copy;
}

function copied(of: TenantFold): TenantFold {
  return {
    created: of.created,
    meters: new Map(of.meters),
    fills: new Map(of.fills),
    plans: new Map(of.plans),
    customers: new Map(of.customers),
    subscriptions: new Map(of.subscriptions),
    subscriptionsByCustomer: new Map(of.subscriptionsByCustomer),
    keys: new Map(of.keys),
    objects: new Map([...of.objects].map(([name, objects]) => [name, new Map(objects)])),
    contractsByCustomer: new Map(of.contractsByCustomer),
    adjustments: new Map(of.adjustments),
    backfills: new Map(of.backfills),
    dismissals: new Map(of.dismissals),
    lateUsage: of.lateUsage,
    couponsByCustomer: new Map(of.couponsByCustomer),
  };
}

/** A catalog as its owner sees it. */
interface Fold extends Catalog {
  offset: number;
  settings: SettingsSet | undefined;
  clock: Micros | undefined;
  readonly tenants: Map<string, TenantFold>;
  readonly keyByHash: Map<string, ApiKey>;
  readonly billings: RequestedBilling[];
}

interface TenantFold extends TenantCatalog {
  created: TenantCreated | undefined;
  readonly meters: Map<string, readonly MeterPublished[]>;
  readonly fills: Map<string, RequestedFill>;
  readonly plans: Map<string, readonly PlanPublished[]>;
  readonly customers: Map<string, CustomerCreated>;
  readonly subscriptions: Map<string, Subscription>;
  readonly subscriptionsByCustomer: Map<string, readonly string[]>;
  readonly keys: Map<string, ApiKey>;
  readonly objects: Map<string, Map<string, readonly ObjectRevised[]>>;
  readonly contractsByCustomer: Map<string, readonly string[]>;
  readonly adjustments: Map<string, OrderedAdjustment>;
  readonly backfills: Map<string, RequestedBackfill>;
  readonly dismissals: Map<string, ConflictDismissed>;
  lateUsage: readonly LateUsagePolicySet[];
  readonly couponsByCustomer: Map<string, readonly CouponApplied[]>;
}

function take(fold: Fold, fact: CatalogFact, offset: number): void {
  switch (fact.kind) {
    case "SettingsSet":
      fold.settings = fact;
      return;
    case "ClockAdvanced":
      fold.clock = Math.max(fold.clock ?? fact.time, fact.time);
      return;
    case "CommandAnswered":
    case "CutRequested":
      return;
    case "BillingRequested":
      fold.billings.push({ offset, fact });
      return;
    case "AdjustmentOrdered":
      tenantIn(fold, fact.tenant).adjustments.set(fact.adjustment, { offset, fact });
      return;
    case "BackfillRequested": {
      const { backfills } = tenantIn(fold, fact.tenant);
      if (!backfills.has(fact.backfill)) backfills.set(fact.backfill, { offset, fact });
      return;
    }
    case "ConflictDismissed": {
      const { dismissals } = tenantIn(fold, fact.tenant);
      // The first reason stands.
      if (!dismissals.has(fact.conflict)) dismissals.set(fact.conflict, fact);
      return;
    }
    case "LateUsagePolicySet": {
      const of = tenantIn(fold, fact.tenant);
      of.lateUsage = [...of.lateUsage, fact];
      return;
    }
    case "TenantCreated":
      tenantIn(fold, fact.tenant).created = fact;
      return;
    case "ApiKeyCreated":
      takeKey(fold, fact);
      return;
    case "ApiKeyRevoked":
      revokeKey(fold, fact);
      return;
    case "MeterPublished":
      append(tenantIn(fold, fact.tenant).meters, fact.meter, fact);
      return;
    case "MeterFillRequested": {
      const { fills } = tenantIn(fold, fact.tenant);
      // What is asked for already is not asked for later.
      if (!fills.has(fact.meter)) fills.set(fact.meter, { offset, fact });
      return;
    }
    case "PlanPublished":
      append(tenantIn(fold, fact.tenant).plans, fact.plan, fact);
      return;
    case "CustomerCreated":
      tenantIn(fold, fact.tenant).customers.set(fact.customer, fact);
      return;
    case "SubscriptionStarted": {
      const of = tenantIn(fold, fact.tenant);
      of.subscriptions.set(fact.subscription, started(fact, activationOf(of, fact)));
      append(of.subscriptionsByCustomer, fact.customer, fact.subscription);
      return;
    }
    case "SubscriptionChanged": {
      const { subscriptions } = tenantIn(fold, fact.tenant);
      const known = subscriptions.get(fact.subscription);
      if (known !== undefined) subscriptions.set(fact.subscription, changed(known, fact));
      return;
    }
    case "CouponApplied":
      takeCoupon(tenantIn(fold, fact.tenant), fact);
      return;
    case "ObjectRevised":
      takeObject(tenantIn(fold, fact.tenant), fact);
      return;
    case "SubscriptionEnded": {
      const { subscriptions } = tenantIn(fold, fact.tenant);
      const started = subscriptions.get(fact.subscription);
      if (started !== undefined) {
        subscriptions.set(fact.subscription, { ...started, end: fact.end });
      }
      return;
    }
  }
}

function takeObject(of: TenantFold, fact: ObjectRevised): void {
  const { collection, id, body } = fact;
  const versions = of.objects.get(collection) ?? new Map<string, readonly ObjectRevised[]>();
  of.objects.set(collection, versions);
  append(versions, id, fact);
  if (collection === "contracts" && fact.version === 1)
    append(of.contractsByCustomer, textIn(body, "customer"), id);
  const customer = collection === "customers" ? of.customers.get(id) : undefined;
  if (customer !== undefined)
    of.customers.set(id, { ...customer, name: textIn(body, "name") || customer.name });
  if (collection === "customers") activate(of, id);
}

/** What is said again of an application stays where it was. */
function takeCoupon({ couponsByCustomer }: TenantFold, fact: CouponApplied): void {
  const known = couponsByCustomer.get(fact.customer) ?? [];
  const isSame = ({ application }: CouponApplied) => application === fact.application;
  const coupons = known.some(isSame)
    ? known.map((each) => (isSame(each) ? fact : each))
    : [...known, fact];
  couponsByCustomer.set(fact.customer, coupons);
}

function textIn(body: ObjectBody, name: string): string {
  const text = body[name];
  return typeof text === "string" ? text : "";
}

/** Begins the billing of what waited for the approval of its customer. */
function activate(of: TenantFold, customer: string): void {
  for (const id of of.subscriptionsByCustomer.get(customer) ?? []) {
    const known = of.subscriptions.get(id);
    if (known === undefined || known.begins !== null) continue;
    of.subscriptions.set(id, begun(known, activationOf(of, known)));
  }
}

function tenantIn(fold: Fold, tenant: string): TenantFold {
  const known = fold.tenants.get(tenant);
  if (known !== undefined) return known;
  const added = emptyTenant();
  fold.tenants.set(tenant, added);
  return added;
}

function takeKey(fold: Fold, fact: ApiKeyCreated): void {
  const { tenant, api_key, role, replaces } = fact;
  const key: ApiKey = {
    tenant,
    api_key,
    role,
    hash: hexOf(fact.hash),
    scope: scopeOf(fact),
    replaces,
    created_at: fact.recorded_at,
    valid_until: null,
    revoked_at: null,
  };
  fold.keyByHash.set(key.hash, key);
  tenantIn(fold, tenant).keys.set(api_key, key);
}

function revokeKey(fold: Fold, fact: ApiKeyRevoked): void {
  const { keys } = tenantIn(fold, fact.tenant);
  const key = keys.get(fact.api_key);
  if (key === undefined) return;
  const { at } = fact;
  // Of two ends the earlier one holds.
  const ended =
    at === null
      ? { ...key, revoked_at: key.revoked_at ?? fact.recorded_at }
      : { ...key, valid_until: Math.min(key.valid_until ?? at, at) };
  keys.set(key.api_key, ended);
  fold.keyByHash.set(key.hash, ended);
}

function scopeOf({ customers, meters, event_types }: ApiKeyCreated): KeyScope | null {
  const limits = customers.length + meters.length + event_types.length;
  return limits === 0 ? null : { customers, meters, event_types };
}

/** A new list, so that who holds the old one keeps what it knew. */
function append<T>(map: Map<string, readonly T[]>, key: string, item: T): void {
  map.set(key, [...(map.get(key) ?? []), item]);
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function emptyFold(): Fold {
  return {
    offset: 0,
    settings: undefined,
    clock: undefined,
    tenants: new Map(),
    keyByHash: new Map(),
    billings: [],
  };
}

function emptyTenant(): TenantFold {
  return {
    created: undefined,
    meters: new Map(),
    fills: new Map(),
    plans: new Map(),
    customers: new Map(),
    subscriptions: new Map(),
    subscriptionsByCustomer: new Map(),
    keys: new Map(),
    objects: new Map(),
    contractsByCustomer: new Map(),
    adjustments: new Map(),
    backfills: new Map(),
    dismissals: new Map(),
    lateUsage: [],
    couponsByCustomer: new Map(),
  };
}
