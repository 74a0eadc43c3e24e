import type {
  BillingAnchor,
  BillingCalendar,
  CatalogFact,
  LateUsagePolicySet,
  ObjectBody,
  Price,
  SubscriptionStarted,
} from "@tallybook/catalog";
import { parseTime, slotOf } from "@tallybook/periods";
import type { UsageRow } from "@tallybook/usage";

// Facts of a small vendor for tests, those of the domain too: nothing here but the domain's own types.

/** What every fact of the control plane carries. */
export const system = {
  tenant: "default",
  recorded_at: 0,
  actor: "system",
  effective_at: 0,
} as const;

/** Of simulated time, without a window. */
export function settings(graceSeconds = 3_600): CatalogFact {
  return {
    kind: "SettingsSet",
    tenant: "",
    recorded_at: 0,
    actor: "system",
    simulated: true,
    window_seconds: null,
    ahead_seconds: 3_600,
    grace_seconds: graceSeconds,
    cut_interval_seconds: 3_600,
  };
}

/** What most meters do not say: an hour's slots, no rounding, no money, and nothing of the aggregations that need more. */
export const usualMeter = {
  effective_at: 0,
  filter: [],
  dimensions: [],
  rounding: null,
  slot: "hour",
  currency: null,
  held: null,
  percent: null,
  sample_seconds: null,
  combining: null,
  parts: [],
  group_property: null,
} as const;

export function customer(id: string, name = id, time_zone = "UTC"): CatalogFact {
  return { kind: "CustomerCreated", ...system, customer: id, name, currency: "USD", time_zone };
}

export function plan(
  name: string,
  prices: readonly Price[],
  version = 1,
  effectiveAt = 0,
): CatalogFact {
  return {
    kind: "PlanPublished",
    ...system,
    effective_at: effectiveAt,
    plan: name,
    version,
    name,
    currency: "USD",
    prices,
  };
}

/** Somebody asks that a subscription is billed now. */
export function billNow(subscription: string, recordedAt = 0): CatalogFact {
  const { tenant, actor } = system;
  return { kind: "BillingRequested", tenant, recorded_at: recordedAt, actor, subscription };
}

/** What becomes of late usage from the first moment on: billed at once, and nothing is written off, unless it says otherwise. */
export function latePolicy(of: Partial<LateUsagePolicySet> = {}): LateUsagePolicySet {
  return {
    kind: "LateUsagePolicySet",
    ...system,
    version: 1,
    treatment: "bill_now",
    write_off_below: [],
    reason: "not worth a stamp",
    ...of,
  };
}

/** Somebody orders an adjustment of a subscription's November 2023. */
export function adjustment(
  id: string,
  of: string,
  amount: string,
  { reason = "agreed", recordedAt = 0 }: { reason?: string; recordedAt?: number } = {},
): CatalogFact {
  const { tenant, actor } = system;
  const period = { period_from: at("2023-11-01"), period_to: at("2023-12-01") };
  const head = { kind: "AdjustmentOrdered" as const, tenant, recorded_at: recordedAt, actor };
  return { ...head, adjustment: id, subscription: of, ...period, amount, reason };
}

/** A version of a coupon: all plans, forever, and what the body says. */
export function coupon(id: string, body: ObjectBody, version = 1): CatalogFact {
  const usual = {
    name: id,
    percent_off: null,
    amount_off: null,
    currency: null,
    duration: "forever",
    periods: null,
    plans: [],
    products: [],
    redeem_by: null,
    redemptions_max: null,
    metadata: {},
  };
  const collection = "coupons";
  const of = { collection, id, version, archived: false, body: { ...usual, ...body } };
  return { kind: "ObjectRevised", ...system, ...of };
}

/** A customer has a coupon, or a subscription of it: customer, or customer/subscription. */
export function couponApplied(
  id: string,
  to: string,
  from: string,
  { nth = 1, until = null }: { readonly nth?: number; readonly until?: string | null } = {},
): CatalogFact {
  const [customerName = "", subscriptionName = null] = to.split("/");
  return {
    kind: "CouponApplied",
    ...system,
    effective_at: at(from),
    application: `${id}#${nth}`,
    coupon: id,
    coupon_version: 1,
    customer: customerName,
    subscription: subscriptionName,
    until: until === null ? null : at(until),
  };
}

type Terms = Pick<SubscriptionStarted, "calendar" | "proration">;

/** Periods by a calendar, with fees prorated by the second. */
export function calendarOf(
  unit: BillingCalendar["unit"],
  time_zone: string,
  anchor: Partial<BillingAnchor> = {},
  every = 1,
): Terms {
  const whole = { kind: "calendar", weekday: null, day: null, month: null, ...anchor } as const;
  return { calendar: { time_zone, every, unit, anchor: whole }, proration: "by_second" };
}

/** In months of the calendar in UTC, unless given. */
export function subscription(
  name: string,
  of: string,
  to: string,
  start: string,
  end: string | null = null,
  { calendar, proration }: Terms = calendarOf("month", "UTC"),
): CatalogFact {
  const times = { start: at(start), end: end === null ? null : at(end) };
  return {
    kind: "SubscriptionStarted",
    ...system,
    subscription: name,
    customer: of,
    plan: to,
    ...times,
    calendar,
    proration,
  };
}

export function fee(price: string, amount: string, description = "Monthly fee"): Price {
  const charge = { model: "flat", amount, payment_term: "in_arrears" } as const;
  return { price, meter: null, charge, description };
}

/** Posted when its period begins. */
export function feeInAdvance(price: string, amount: string, description = "Monthly fee"): Price {
  const charge = { model: "flat", amount, payment_term: "in_advance" } as const;
  return { ...fee(price, amount, description), charge };
}

export function perUnit(price: string, meter: string, unitAmount: string, per = "1"): Price {
  return priced(price, meter, { model: "per_unit", unit_amount: unitAmount, per });
}

/** A price over a meter, of any model. */
export function priced(
  price: string,
  meter: string,
  charge: Price["charge"],
  description = "",
): Price {
  return { price, meter, charge, description };
}

/** Rows as [values in the order of the dimensions, amount per unit]. */
export function matrix(
  price: string,
  meter: string,
  dimensions: readonly string[],
  rows: readonly (readonly [readonly string[], string])[],
  defaultAmount: string | null = null,
): Price {
  const unit = (unit_amount: string) => ({ model: "per_unit", unit_amount, per: "3" }) as const;
  return priced(price, meter, {
    model: "matrix",
    dimensions,
    rows: rows.map(([values, amount]) => ({
      dimensions: Object.fromEntries(dimensions.map((name, at) => [name, values[at] ?? ""])),
      charge: unit(amount),
    })),
    default_row: defaultAmount === null ? null : unit(defaultAmount),
  });
}

/** Tiers as [up to, amount per 1,000,000]; null: no end. */
export function tiered(
  model: "graduated" | "volume",
  price: string,
  meter: string,
  tiers: readonly (readonly [string | null, string])[],
  description = "",
): Price {
  const of = {
    tiers: tiers.map(([up_to, unit_amount]) => ({
      up_to,
      unit_amount,
      flat_amount: null,
      cap_amount: null,
    })),
    per: "1000000",
    beyond: "last_tier",
    zero_usage: "nothing",
  } as const;
  const charge =
    model === "volume"
      ? ({ model, ...of, boundary: "lower_tier" } as const)
      : ({ model, ...of } as const);
  return priced(price, meter, charge, description);
}

/** A rollup's row; of: customer, or customer/subscription. */
export function row(
  cut: number,
  of: string,
  meter: string,
  time: string,
  quantity: string,
  dimensions: Readonly<Record<string, string>> = {},
): UsageRow {
  const [customerName = "", subscriptionName = ""] = of.split("/");
  return {
    tenant: "default",
    customer: customerName,
    subscription: subscriptionName,
    meter,
    meter_version: 1,
    slot: at(time),
    dimensions,
    cut,
    merging: "sum",
    quantity,
    count: 1,
    value: "",
    backfill: "",
    latest: null,
    event: null,
  };
}

/** The same of a single event, at its time. */
export function eventRow(
  cut: number,
  of: string,
  meter: string,
  time: string,
  quantity: string,
  properties: Readonly<Record<string, string>> = {},
): UsageRow {
  const whole = row(cut, of, meter, time, quantity);
  const event = { time: whole.slot, partition: 0, raw_offset: 0, properties };
  return { ...whole, slot: slotOf(whole.slot), event };
}

/** A day, a minute of one, or a whole RFC 3339 time. */
export function at(time: string): number {
  const full = time.endsWith("Z") ? time : time.length === 10 ? `${time}T00:00:00Z` : `${time}:00Z`;
  const micros = parseTime(full);
  if (micros === undefined) throw new Error(`no time: ${time}`);
  return micros;
}
