import type { Operations, Schemas } from "./openapi.ts";

/** A property's value; numbers that have to be exact are best given as text. */
export type PropertyValue =
  | string
  | number
  | boolean
  | null
  | readonly PropertyValue[]
  | { readonly [name: string]: PropertyValue };

/** A usage event as `POST /v1/events` takes it. */
export interface UsageEvent {
  /** With `source` the event's identity: the same id again is a repeat, whatever its time. */
  readonly id: string;
  readonly source?: string;
  readonly type: string;
  readonly customer: string;
  readonly subscription?: string;
  /** RFC 3339 with a zone; the moment of its arrival where left out. */
  readonly time?: string;
  readonly properties?: Readonly<Record<string, PropertyValue>>;
}

export interface AcceptedItem {
  readonly index: number;
  readonly id: string;
  readonly status: "accepted";
}

export interface RefusedItem {
  readonly index: number;
  /** Where the item has one. */
  readonly id?: string;
  readonly status: "refused";
  /** Null where the whole item is at fault. */
  readonly field: string | null;
  readonly reason: string;
  readonly detail: string;
}

/** What became of one event of a batch. Accepted: it is durable, and counts once. */
export type ItemResult = AcceptedItem | RefusedItem;

export interface BatchAnswer {
  readonly results: readonly ItemResult[];
  readonly accepted: number;
  readonly refused: number;
}

/** Usage that is too old for the usual way may come: what it takes, and why. */
export type BackfillInput = Schemas["BackfillInput"];

export type Backfill = Schemas["Backfill"];

/** Which usage of a subscription is asked for, and how long the answer may wait until it is complete. */
export type SubscriptionUsageFilter = Operations["GET /v1/subscriptions/{id}/usage"]["query"];

export type SubscriptionUsage = Schemas["SubscriptionUsage"];

/** A meter's usage by windows and groups, and that alone of which a dimension is so: `{ "dimensions.model": "large" }`. */
export type UsageFilter = Operations["GET /v1/usage"]["query"] & {
  readonly [dimension: `dimensions.${string}`]: string;
};

export type UsageSeries = Schemas["UsageSeries"];
