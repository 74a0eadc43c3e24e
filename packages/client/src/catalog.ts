import type {
  Aggregation,
  BillingCalendar,
  FeeProration,
  FilterTerm,
  Holding,
  MeterPublished,
  MeterRounding,
  PriceDocument,
  Role,
  SlotLength,
} from "@tallybook/catalog";
import type { AroundInput, ChargeInput } from "./charges.ts";

/** A number with up to 12 decimals; as text it is exact whatever wrote it. */
export type DecimalInput = string | number;

export interface MeterInput {
  readonly meter: string;
  /** Of every meter but a composite. */
  readonly event_type?: string | null;
  readonly aggregation: Aggregation;
  /** The property whose values are aggregated; none for a count and a composite. */
  readonly value_property?: string | null;
  readonly filter?: readonly FilterTerm[];
  readonly dimensions?: readonly string[];
  /** What the quantity is rounded to before it is priced; decimals: 0 unless given. */
  readonly rounding?: {
    readonly mode: MeterRounding["mode"];
    readonly decimals?: DecimalInput | null;
  } | null;
  /** How long the slots of its rollups are; an hour unless given. */
  readonly slot?: SlotLength | null;
  /** A sum of money: its ISO 4217 code. */
  readonly currency?: string | null;
  /** weighted_sum: what an event says. */
  readonly held?: Holding | null;
  /** percentile: above 0, at most 100. */
  readonly percent?: DecimalInput | null;
  /** percentile: a divisor of an hour; 300 unless given. */
  readonly sample_seconds?: DecimalInput | null;
  /** percentile: what several numbers of one sample are together. */
  readonly combining?: MeterPublished["combining"];
  /** composite: the meters it is made of; weight: 1 unless given. */
  readonly parts?: readonly { readonly meter: string; readonly weight?: DecimalInput | null }[];
  /** composite: the property whose values tell its units apart. */
  readonly group_property?: string | null;
  /** RFC 3339; since ever for a first version, from now on for a later one, unless given. */
  readonly effective_at?: string | null;
  /** Whether the events of before the meter is known are measured too; `none` unless given. Of a first version alone. */
  readonly history?: "fill" | "none" | null;
  /** Nothing new refers to it. */
  readonly archived?: boolean | null;
}

export type PriceInput = {
  readonly price: string;
  readonly meter?: string | null;
  readonly description?: string;
} & AroundInput &
  ChargeInput;

export interface PlanInput {
  readonly plan: string;
  readonly name?: string;
  readonly currency: string;
  readonly prices: readonly PriceInput[];
  readonly effective_at?: string | null;
}

export interface CustomerInput {
  readonly customer: string;
  readonly name?: string;
  readonly currency?: string;
  /** A name of the IANA time zone database; UTC unless given. */
  readonly time_zone?: string;
}

/** Where billing periods begin; `calendar` unless given. Weekday 1 is Monday. */
export type AnchorInput =
  | "calendar"
  | "anniversary"
  | { readonly weekday: number }
  | { readonly day_of_month: number; readonly month?: string | null };

export interface CalendarInput {
  /** The customer's unless given. */
  readonly time_zone?: string | null;
  /** 1 unless given. */
  readonly every?: number;
  /** A month unless given. */
  readonly unit?: BillingCalendar["unit"];
  readonly anchor?: AnchorInput;
}

export interface SubscriptionInput {
  /** `<customer>:<plan>` unless given. */
  readonly subscription?: string;
  readonly customer: string;
  readonly plan: string;
  /** RFC 3339. */
  readonly start: string;
  readonly end?: string | null;
  readonly calendar?: CalendarInput | null;
  /** by_second unless given. */
  readonly proration?: FeeProration | null;
  /** Of what is sold by the seat; 1 unless given. */
  readonly quantity?: string | number | null;
  readonly add_ons?: readonly (string | AddOnInput)[] | null;
  /** Either days of 24 hours, or an end; covers fixed fees unless given. */
  readonly trial?: {
    readonly days?: number | null;
    readonly end?: string | null;
    readonly covers?: "fixed_fees" | "everything" | null;
  } | null;
  /** By time; what a phase leaves out stays. */
  readonly phases?: readonly (TermsInput & { readonly at: string })[] | null;
}

/** A plan that is sold beside another, one of it unless given. */
export interface AddOnInput {
  readonly plan: string;
  readonly quantity?: string | number | null;
}

/** What of a subscription changes; what is left out stays. */
export interface TermsInput {
  readonly plan?: string | null;
  readonly quantity?: string | number | null;
  readonly add_ons?: readonly (string | AddOnInput)[] | null;
}

/** A change of a subscription that runs; `covered: "nothing"` ends a trial. */
export interface SubscriptionChange extends TermsInput, ChangeTime {
  readonly covered?: "nothing" | "fixed_fees" | "everything" | null;
}

/** From when on: `now` unless given, `period_end`, or a time. */
export interface ChangeTime {
  readonly at?: "now" | "period_end" | (string & {}) | null;
}

/** What `POST /v1/apply` takes; applying it again changes nothing. */
export interface CatalogDocument {
  readonly meters?: readonly MeterInput[];
  readonly plans?: readonly PlanInput[];
  readonly customers?: readonly CustomerInput[];
  readonly subscriptions?: readonly SubscriptionInput[];
}

/** One fact that an order wrote. */
export interface Change {
  readonly kind: string;
  readonly id: string;
  /** Of a meter, a plan or an object. */
  readonly version?: number;
  /** Of an object, such as `products`. */
  readonly collection?: string;
}

export interface Applied {
  /** Empty where everything was there already. */
  readonly changes: readonly Change[];
  /** The catalog's offset of the last change; null where there was none. */
  readonly catalog_offset: number | null;
  /** False while the cut that a new meter asks for is still to come. */
  readonly in_force: boolean;
}

export interface Meter extends Omit<
  MeterPublished,
  "kind" | "tenant" | "recorded_at" | "actor" | "effective_at"
> {
  readonly effective_at: string;
  readonly history: "fill" | "none";
  /** Nothing new refers to it; its versions do not say. */
  readonly archived?: boolean;
}

/** As it was written, with what was left out. */
export type Price = PriceDocument;

export interface Plan {
  readonly plan: string;
  readonly version: number;
  readonly name: string;
  readonly currency: string;
  readonly prices: readonly Price[];
  readonly effective_at: string;
}

export interface Customer {
  readonly customer: string;
  readonly name: string;
  readonly currency: string;
  readonly time_zone: string;
}

export interface Subscription {
  readonly subscription: string;
  readonly customer: string;
  readonly plan: string;
  readonly start: string;
  readonly end: string | null;
  readonly calendar: Omit<BillingCalendar, "anchor"> & { readonly anchor: AnchorInput };
  readonly proration: FeeProration;
  readonly status: "pending" | "scheduled" | "trialing" | "active" | "paused" | "ended";
  /** Null while its customer is not approved. */
  readonly begins: string | null;
  readonly quantity: string;
  readonly add_ons: readonly { readonly plan: string; readonly quantity: string }[];
  readonly timeline: readonly {
    readonly from: string;
    readonly to: string | null;
    readonly plan: string;
    readonly quantity: string;
    readonly add_ons: readonly { readonly plan: string; readonly quantity: string }[];
    readonly paused: boolean;
    readonly covered: "nothing" | "fixed_fees" | "everything";
  }[];
}

/** The last version, and all of them from the first on. */
export type Versioned<Resource> = Resource & { readonly versions: readonly Resource[] };

export interface PageFilter {
  /** `next` of the page before. */
  readonly after?: string;
  /** Of one page; 100 unless given, at most 1,000. */
  readonly limit?: number;
}

export interface ListFilter extends PageFilter {
  /** RFC 3339: what is in effect then. */
  readonly as_of?: string;
  /** RFC 3339 or a catalog_offset: as it was known then. */
  readonly known_at?: string | number;
}

export interface PlanFilter extends ListFilter {
  readonly product?: string;
  readonly currency?: string;
  /** With a price over that meter. */
  readonly meter?: string;
  readonly add_on?: boolean;
  readonly archived?: boolean;
}

export interface CustomerFilter extends ListFilter {
  readonly parent?: string;
  readonly email?: string;
  readonly currency?: string;
  readonly entity?: string;
  readonly approval?: "pending" | "approved" | "refused";
  readonly archived?: boolean;
}

export interface SubscriptionFilter extends ListFilter {
  readonly customer?: string;
  /** Or with it as an add-on. */
  readonly plan?: string;
  readonly status?: Subscription["status"];
}

/** A page of a list, under the list's name. */
export type Listed<Name extends string, Resource> = Readonly<Record<Name, readonly Resource[]>> & {
  /** For the next page; null at the end. */
  readonly next: string | null;
};

/** What a producer's key is limited to; what is left out limits nothing. */
export interface KeyScope {
  readonly customers?: readonly string[];
  readonly meters?: readonly string[];
  readonly event_types?: readonly string[];
}

export interface ApiKey extends Required<KeyScope> {
  readonly api_key: string;
  readonly role: Role;
  /** The key that it was made for by rotation. */
  readonly replaces: string | null;
  readonly created_at: string;
  /** Exclusive; null: no end is known. */
  readonly valid_until: string | null;
  readonly revoked: boolean;
  /** Null: it is not revoked. */
  readonly revoked_at: string | null;
}

/** The key itself is shown this once. */
export interface NewApiKey {
  readonly api_key: string;
  readonly role: Role;
  readonly key: string;
}

export interface NewTenant {
  readonly tenant: string;
  readonly name: string;
  readonly admin_key: NewApiKey;
}

export interface Clock {
  /** Time moves only when it is advanced. */
  readonly simulated: boolean;
  readonly time: string;
}

/** The catalog's offset of what was asked for: a cut with a higher `catalog_offset` has seen it. */
export interface Noted {
  readonly catalog_offset: number;
}

export interface Settings {
  readonly simulated: boolean;
  /** How old an event may be; null: any age. */
  readonly window_seconds: number | null;
  readonly ahead_seconds: number;
  readonly grace_seconds: number;
  readonly cut_interval_seconds: number;
}

export type SettingsInput = Partial<Omit<Settings, "simulated">>;
