import type { Micros } from "@tallybook/periods";
import type {
  BillingCalendar,
  CustomerCreated,
  FeeProration,
  MeterPublished,
  PlanPublished,
  Terms,
} from "./facts.ts";
import type { ObjectDraft } from "./objects/collection.ts";
import type { CustomerProfile } from "./objects/customer-profiles.ts";
import type { PlanDetails } from "./objects/plan-details.ts";

/** What a tenant asks to have; valid in itself, not yet against a catalog. */
export interface CatalogDocument {
  readonly meters: readonly MeterDraft[];
  readonly plans: readonly PlanDraft[];
  readonly customers: readonly CustomerDraft[];
  readonly subscriptions: readonly SubscriptionDraft[];
  /** Of the collections that have a section of their own, such as products. */
  readonly objects: readonly ObjectDraft[];
}

export type MeterDraft = Pick<
  MeterPublished,
  | "meter"
  | "event_type"
  | "filter"
  | "aggregation"
  | "value_property"
  | "dimensions"
  | "rounding"
  | "slot"
  | "currency"
  | "held"
  | "percent"
  | "sample_seconds"
  | "combining"
  | "parts"
  | "group_property"
> & {
  /** Null: ever since for the first version, from now on for a later one. */
  readonly effective_at: Micros | null;
  /** Whether the events of before the meter was known are measured too; null: as it is, and `none` for a new meter. */
  readonly history: "fill" | "none" | null;
  /** Nothing new refers to it; what is measured by it goes on. */
  readonly archived: boolean;
};

export type PlanDraft = Pick<PlanPublished, "plan" | "name" | "currency" | "prices"> & {
  /** Null: ever since for the first version, from now on for a later one. */
  readonly effective_at: Micros | null;
  readonly details: PlanDetails;
  /** Nobody new takes it. */
  readonly archived: boolean;
};

export type CustomerDraft = Pick<
  CustomerCreated,
  "customer" | "name" | "currency" | "time_zone"
> & {
  readonly profile: CustomerProfile;
  /** Fields that are left out: of a known customer they stay as they are. */
  readonly unsaid: readonly string[];
  /** It takes nothing new; null: as it is. */
  readonly archived: boolean | null;
};

/** A calendar whose zone is the customer's where it is null. */
export type CalendarDraft = Omit<BillingCalendar, "time_zone"> & {
  readonly time_zone: string | null;
};

export interface SubscriptionDraft {
  readonly subscription: string;
  readonly customer: string;
  readonly plan: string;
  readonly start: Micros;
  /** Exclusive, later than the start; null: open. */
  readonly end: Micros | null;
  readonly calendar: CalendarDraft;
  readonly proration: FeeProration;
  /** By time, the first from the start on. */
  readonly terms: readonly Terms[];
}
