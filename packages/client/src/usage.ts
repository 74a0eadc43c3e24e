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

/** Which usage is asked for, and how long the answer may wait until it is complete. */
export interface UsageFilter {
  /** RFC 3339; the billing period's beginning unless given. */
  readonly from?: string;
  /** RFC 3339, exclusive; the billing period's end unless given. */
  readonly to?: string;
  /** `eventual` answers at once with what is there; `strong` unless given. */
  readonly consistency?: "strong" | "eventual";
  /** Milliseconds; 10,000 unless given. */
  readonly wait_ms?: number;
}

/** How far an answer about usage is complete. */
export interface UsageStamp {
  /** Whether everything is counted that was acknowledged before the question. */
  readonly complete: boolean;
  /** Everything that was acknowledged before it is counted; null where nobody knows. */
  readonly complete_to: string | null;
  /** What is missing; empty where nothing is. */
  readonly waiting_for: readonly string[];
}

export interface SubscriptionUsage extends UsageStamp {
  readonly subscription: string;
  readonly customer: string;
  readonly period_start: string;
  /** Exclusive. */
  readonly period_end: string;
  /** Every meter that the subscription's plan prices; 0 where nothing was used. */
  readonly meters: readonly {
    readonly meter_id: string;
    /** A plain decimal number; null where the usage makes no one number, and `detail` says why. */
    readonly value: string | null;
    /** A currency, or the property that is measured. */
    readonly unit: string;
    readonly detail?: string;
  }[];
}
