import type { Micros } from "@tallybook/periods";
import type { CustomerCreated, MeterPublished, PlanPublished } from "./facts.ts";

/** What a tenant asks to have; valid in itself, not yet against a catalog. */
export interface CatalogDocument {
  readonly meters: readonly MeterDraft[];
  readonly plans: readonly PlanDraft[];
  readonly customers: readonly CustomerDraft[];
  readonly subscriptions: readonly SubscriptionDraft[];
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
};

export type PlanDraft = Pick<PlanPublished, "plan" | "name" | "currency" | "prices"> & {
  /** Null: ever since for the first version, from now on for a later one. */
  readonly effective_at: Micros | null;
};

export type CustomerDraft = Pick<CustomerCreated, "customer" | "name" | "currency">;

export interface SubscriptionDraft {
  readonly subscription: string;
  readonly customer: string;
  readonly plan: string;
  /** The first instant of a month of UTC. */
  readonly start: Micros;
  /** Exclusive, the first instant of a later month; null: open. */
  readonly end: Micros | null;
}
