import type { Micros } from "@tallybook/periods";
import type {
  AdjustmentOrdered,
  BackfillRequested,
  BillingCalendar,
  BillingRequested,
  CatalogFact,
  ConflictDismissed,
  CouponApplied,
  CustomerCreated,
  FeeProration,
  MeterFillRequested,
  MeterPublished,
  ObjectRevised,
  PlanPublished,
  Role,
  SettingsSet,
  TenantCreated,
  Terms,
} from "./facts.ts";
import type { LateUsagePolicySet } from "./late-usage.ts";

/** The control plane as known below an offset of the topic `catalog`. */
export interface Catalog {
  /** Facts below it are folded. */
  readonly offset: number;
  readonly settings: SettingsSet | undefined;
  /** The last simulated time; undefined while there is none. */
  readonly clock: Micros | undefined;
  readonly tenants: ReadonlyMap<string, TenantCatalog>;
  /** In their order: grows with the catalog. */
  readonly billings: readonly RequestedBilling[];
  readonly keyByHash: ReadonlyMap<string, ApiKey>;
}

/** What one tenant has defined. Versions stand in their order. */
export interface TenantCatalog {
  readonly created: TenantCreated | undefined;
  readonly meters: ReadonlyMap<string, readonly MeterPublished[]>;
  /** By meter: those whose history was asked to be filled. */
  readonly fills: ReadonlyMap<string, RequestedFill>;
  readonly plans: ReadonlyMap<string, readonly PlanPublished[]>;
  readonly customers: ReadonlyMap<string, CustomerCreated>;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  readonly subscriptionsByCustomer: ReadonlyMap<string, readonly string[]>;
  readonly keys: ReadonlyMap<string, ApiKey>;
  /** All versions, in their order, by collection and id. */
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, readonly ObjectRevised[]>>;
  readonly contractsByCustomer: ReadonlyMap<string, readonly string[]>;
  /** Each as it was said last, in the order in which they were applied first, by customer. */
  readonly couponsByCustomer: ReadonlyMap<string, readonly CouponApplied[]>;
  /** By id, in their order. */
  readonly adjustments: ReadonlyMap<string, OrderedAdjustment>;
  /** By id, in their order. */
  readonly backfills: ReadonlyMap<string, RequestedBackfill>;
  /** By the conflict that they are about. */
  readonly dismissals: ReadonlyMap<string, ConflictDismissed>;
  /** In the order in which they were said. */
  readonly lateUsage: readonly LateUsagePolicySet[];
}

/** A backfill that somebody asked for, with its place in the topic. */
export interface RequestedBackfill {
  readonly offset: number;
  readonly fact: BackfillRequested;
}

/** An adjustment that somebody ordered, with its place in the topic. */
export interface OrderedAdjustment {
  readonly offset: number;
  readonly fact: AdjustmentOrdered;
}

/** A request to fill a meter's history, with its place in the topic. */
export interface RequestedFill {
  readonly offset: number;
  readonly fact: MeterFillRequested;
}

/** A request to bill now, with its place in the topic. */
export interface RequestedBilling {
  readonly offset: number;
  readonly fact: BillingRequested;
}

export interface Subscription {
  readonly tenant: string;
  readonly subscription: string;
  readonly customer: string;
  /** That it was made with; what it is on at a time, `termsAt` says. */
  readonly plan: string;
  /** Inclusive. */
  readonly start: Micros;
  /** Exclusive; null: open. */
  readonly end: Micros | null;
  /** When billing begins: at the start, or when the customer was approved if that is later; null: not approved yet. */
  readonly begins: Micros | null;
  /** What it is on, by time; the first from where billing begins, or from the start while that is not known. */
  readonly terms: readonly Terms[];
  /** The terms that it was made with. */
  readonly made: readonly Terms[];
  readonly calendar: BillingCalendar;
  readonly proration: FeeProration;
}

export interface ApiKey {
  readonly tenant: string;
  readonly api_key: string;
  readonly role: Role;
  /** SHA-256 of the key, hex. */
  readonly hash: string;
  /** What a producer may send; null: everything. */
  readonly scope: KeyScope | null;
  /** The key that it was made for by rotation. */
  readonly replaces: string | null;
  /** When it was made, by the deployment's clock. */
  readonly created_at: Micros;
  /** Exclusive; null: no end is known. */
  readonly valid_until: Micros | null;
  /** When it was revoked, by the deployment's clock; null: it was not. */
  readonly revoked_at: Micros | null;
}

/** What a producer's key is limited to; an empty list limits nothing. */
export interface KeyScope {
  readonly customers: readonly string[];
  readonly meters: readonly string[];
  readonly event_types: readonly string[];
}

/** A fact with its place in the topic. */
export interface PlacedFact {
  readonly offset: number;
  readonly fact: CatalogFact;
}
