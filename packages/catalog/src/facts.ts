import type { DecimalText } from "@tallybook/money";
import type { Anchor, CalendarUnit, Micros, Proration } from "@tallybook/periods";
import type { Price } from "@tallybook/pricing";
import type { Meter } from "@tallybook/usage";
import type { BackfillRequested } from "./backfill-requested.ts";
import type { LateUsagePolicySet } from "./late-usage.ts";

export type { BackfillRequested } from "./backfill-requested.ts";
export type { Price } from "@tallybook/pricing";

export type Role = "producer" | "analyst" | "auditor" | "finance" | "admin" | "customer";

export type {
  Aggregation,
  FilterTerm,
  Holding,
  MeterPart,
  MeterRounding,
  SlotLength,
} from "@tallybook/usage";

/** How the billing periods of a subscription follow each other, by the clocks of a zone. */
export interface BillingCalendar {
  /** Of the IANA time zone database. */
  readonly time_zone: string;
  /** How many units a period has. */
  readonly every: number;
  readonly unit: CalendarUnit;
  readonly anchor: BillingAnchor;
}

/** Where periods begin; an anniversary is that of the subscription's start. */
export interface BillingAnchor {
  readonly kind: Anchor["kind"];
  /** weekday: 1 is Monday, 7 is Sunday. */
  readonly weekday: number | null;
  /** day_of_month: 1 to 31. */
  readonly day: number | null;
  /** day_of_month: a month in which a period begins, such as `2024-02`; null: January 1970. */
  readonly month: string | null;
}

/** How the fee of a period that the start or the end of its subscription cuts is counted; none: it is owed whole. */
export type FeeProration = "none" | Proration;

/** An API key; the key itself is never stored. */
export interface ApiKeyCreated {
  readonly kind: "ApiKeyCreated";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** Its public id. */
  readonly api_key: string;
  readonly role: Role;
  /** SHA-256 of the key. */
  readonly hash: Uint8Array;
  /** Of a producer: whose events it may send; empty: everybody's. */
  readonly customers: readonly string[];
  /** Of a producer: it may send the event types that these meters measure. */
  readonly meters: readonly string[];
  /** Of a producer: the event types that it may send; with no meters and no event types: every one. */
  readonly event_types: readonly string[];
  /** The key that this one was made for, when that was rotated. */
  readonly replaces: string | null;
}

/** An API key ends. */
export interface ApiKeyRevoked {
  readonly kind: "ApiKeyRevoked";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  readonly api_key: string;
  /** It is valid until then; null: from now on no more. */
  readonly at: Micros | null;
}

/** A request with an Idempotency-Key was carried out: the facts that follow it in its commit are what it came to. */
export interface CommandAnswered {
  readonly kind: "CommandAnswered";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** The Idempotency-Key. */
  readonly key: string;
  /** Which of the request's orders, from 0. */
  readonly step: number;
  /** SHA-256 of method, path and body. */
  readonly request: Uint8Array;
  /** How many facts follow in the same commit; none where all was so already. */
  readonly facts: number;
}

/** Simulated time moved forward; asks for a cut. The tenant is empty. */
export interface ClockAdvanced {
  readonly kind: "ClockAdvanced";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  readonly time: Micros;
}

/** Who is billed. */
export interface CustomerCreated {
  readonly kind: "CustomerCreated";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** When it holds. */
  readonly effective_at: Micros;
  readonly customer: string;
  readonly name: string;
  readonly currency: string;
  /** Of the IANA database: its subscriptions' calendars are in it unless they name another. */
  readonly time_zone: string;
}

/** Somebody asked for a cut. */
export interface CutRequested {
  readonly kind: "CutRequested";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  readonly reason: string;
}

/** A version of a meter; asks for a cut. */
export interface MeterPublished extends Meter {
  readonly kind: "MeterPublished";
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
}

/** The history of a meter is to be filled: the events of the cuts before it was known are measured by it too. */
export interface MeterFillRequested {
  readonly kind: "MeterFillRequested";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  readonly meter: string;
  /** Always its first: a further one holds from when it was published. */
  readonly version: number;
}

/** A version of a plan with its prices. */
export interface PlanPublished {
  readonly kind: "PlanPublished";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** When it holds. */
  readonly effective_at: Micros;
  readonly plan: string;
  readonly version: number;
  readonly name: string;
  readonly currency: string;
  readonly prices: readonly Price[];
}

/** Settings of the deployment; the tenant is empty. */
export interface SettingsSet {
  readonly kind: "SettingsSet";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** Time moves only by ClockAdvanced. */
  readonly simulated: boolean;
  /** How old an event may be; null: any age. */
  readonly window_seconds: number | null;
  readonly ahead_seconds: number;
  readonly grace_seconds: number;
  readonly cut_interval_seconds: number;
}

/** A subscription ends. */
export interface SubscriptionEnded {
  readonly kind: "SubscriptionEnded";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** When it holds. */
  readonly effective_at: Micros;
  readonly subscription: string;
  readonly end: Micros;
}

/** A customer takes a plan. */
export interface SubscriptionStarted {
  readonly kind: "SubscriptionStarted";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** When it holds. */
  readonly effective_at: Micros;
  readonly subscription: string;
  readonly customer: string;
  readonly plan: string;
  /** Inclusive. */
  readonly start: Micros;
  /** Exclusive; null: open. */
  readonly end: Micros | null;
  readonly calendar: BillingCalendar;
  readonly proration: FeeProration;
}

/** A vendor that bills. */
export interface TenantCreated {
  readonly kind: "TenantCreated";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  readonly name: string;
}

/** What a subscription is on from a time on: its timeline from there, in place of what was known of it. */
export interface SubscriptionChanged {
  readonly kind: "SubscriptionChanged";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** When it holds. */
  readonly effective_at: Micros;
  readonly subscription: string;
  /** By time, the first from `effective_at` on. */
  readonly terms: readonly Terms[];
}

/** What a subscription is on until its next terms begin. */
export interface Terms {
  /** Inclusive. */
  readonly from: Micros;
  readonly plan: string;
  /** Units of what is sold by the seat; fees by quantity are multiplied by it. */
  readonly quantity: string;
  readonly add_ons: readonly AddOn[];
  /** Nothing is billed, and what is used belongs to nobody. */
  readonly paused: boolean;
  /** By a trial: rated and posted, and nothing is owed for it. */
  readonly covered: Covered;
}

export type Covered = "nothing" | "fixed_fees" | "everything";

/** A plan that is sold beside another. */
export interface AddOn {
  readonly plan: string;
  readonly quantity: string;
}

/** A version of something that the control plane keeps and that no other fact is for, such as a product. */
export interface ObjectRevised {
  readonly kind: "ObjectRevised";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** When it holds. */
  readonly effective_at: Micros;
  readonly collection: string;
  /** Within tenant and collection. */
  readonly id: string;
  /** From 1. */
  readonly version: number;
  /** Not to be used for anything new. */
  readonly archived: boolean;
  /** All of it; numbers are decimal texts. */
  readonly body: ObjectBody;
}

export type ObjectBody = { readonly [name: string]: PlainJson };

/** JSON whose numbers are texts. */
export type PlainJson =
  | null
  | boolean
  | string
  | readonly PlainJson[]
  | { readonly [name: string]: PlainJson };

/** Somebody asked that what a subscription has used up to now is billed; asks for a cut. */
export interface BillingRequested {
  readonly kind: "BillingRequested";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  readonly subscription: string;
}

/** Somebody put right what was billed: an amount that the next invoice of a subscription asks for, or gives back. */
export interface AdjustmentOrdered {
  readonly kind: "AdjustmentOrdered";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** Its id, within the tenant. */
  readonly adjustment: string;
  readonly subscription: string;
  /** Of the billing period that it is about. */
  readonly period_from: Micros;
  /** Exclusive. */
  readonly period_to: Micros;
  /** Major units of the plan's currency; below zero: it is given back. Never zero. */
  readonly amount: DecimalText;
  /** Why, for who reads the invoice. */
  readonly reason: string;
}

/** Somebody looked at an event that conflicts with an accepted one, and left it rejected. */
export interface ConflictDismissed {
  readonly kind: "ConflictDismissed";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** Partition and offset of the rejected record in `usage.raw`, joined by a hyphen. */
  readonly conflict: string;
  readonly reason: string;
}

/** A customer or a subscription has a coupon; said again of an application, until when. */
export interface CouponApplied {
  readonly kind: "CouponApplied";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** The billing period that holds it is the first. */
  readonly effective_at: Micros;
  /** Within the tenant, such as `welcome#1`. */
  readonly application: string;
  readonly coupon: string;
  readonly coupon_version: number;
  readonly customer: string;
  /** Null: all of the customer's. */
  readonly subscription: string | null;
  /** The billing period that holds it has the coupon no more; null: as long as the coupon says. */
  readonly until: Micros | null;
}

/** What the topic `catalog` carries. */
export type CatalogFact =
  | AdjustmentOrdered
  | ApiKeyCreated
  | ApiKeyRevoked
  | BackfillRequested
  | BillingRequested
  | ClockAdvanced
  | CommandAnswered
  | ConflictDismissed
  | CouponApplied
  | CustomerCreated
  | CutRequested
  | LateUsagePolicySet
  | MeterFillRequested
  | MeterPublished
  | ObjectRevised
  | PlanPublished
  | SettingsSet
  | SubscriptionChanged
  | SubscriptionEnded
  | SubscriptionStarted
  | TenantCreated;
