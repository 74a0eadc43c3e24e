import type {
  ApiKey,
  Catalog,
  CatalogFact,
  ConflictDismissed,
  CouponApplied,
  CustomerCreated,
  MeterPublished,
  ObjectRevised,
  OrderedAdjustment,
  PlanPublished,
  RequestedBackfill,
  LateUsagePolicy,
  LateUsagePolicySet,
  SettingsSet,
  Subscription,
  Terms,
} from "@tallybook/catalog";
import {
  couponOf,
  customerFieldsOf,
  fillsOf,
  isMeterArchived,
  objectEntry,
  planDetailsOf,
  planVersionFor,
  priceDocument,
  statusOf,
  subscriptionOf,
  subscriptionDocument,
  termsAt,
} from "@tallybook/catalog";
import { formatTime, type Micros } from "@tallybook/periods";

// The API's form of the control plane: the facts' own fields, with times in RFC 3339.

/** `history`: whether the events of before the meter was known are measured too, or are going to be. */
export function meterView(
  { kind, tenant, recorded_at, actor, ...meter }: MeterPublished,
  fills: ReadonlyMap<string, unknown>,
) {
  const history = fills.has(meter.meter) ? "fill" : "none";
  return { ...meter, effective_at: formatTime(meter.effective_at), history };
}

/** The same with what a meter is besides how it measures: at a time, or as last said. */
export function wholeMeterView(catalog: Catalog, fact: MeterPublished, asOf: Micros | undefined) {
  const archived = isMeterArchived(catalog, fact, asOf);
  return { ...meterView(fact, fillsOf(catalog, fact.tenant)), archived };
}

export function planView(fact: PlanPublished) {
  const { plan, version, name, currency } = fact;
  const prices = fact.prices.map(priceDocument);
  return { plan, version, name, currency, prices, effective_at: formatTime(fact.effective_at) };
}

/** The same with what the plan is besides its prices: at a time, or as last said. */
export function wholePlanView(catalog: Catalog, fact: PlanPublished, asOf: Micros | undefined) {
  return { ...planView(fact), ...planDetailsOf(catalog, fact, asOf) };
}

/** At a time, or as last said. */
export function customerView(catalog: Catalog, of: CustomerCreated, asOf?: Micros) {
  return { customer: of.customer, ...customerFieldsOf(catalog, of, asOf) };
}

/** A version of an object. */
export function objectView(collection: Parameters<typeof objectEntry>[0], version: ObjectRevised) {
  const effective_at = formatTime(version.effective_at);
  return { ...objectEntry(collection, version), effective_at, version: version.version };
}

/** A coupon that somebody was given, with what it takes off in that version. */
export function appliedCouponView(catalog: Catalog, applied: CouponApplied) {
  const { application, coupon, coupon_version, customer, subscription, effective_at, until } =
    applied;
  const body = couponOf(catalog, applied);
  if (body === undefined) throw new Error(`there is no version ${coupon_version} of ${coupon}`);
  const { percent_off, amount_off, currency, duration, periods } = body;
  return {
    application,
    coupon,
    version: coupon_version,
    customer,
    subscription,
    effective_at: formatTime(effective_at),
    until: until === null ? null : formatTime(until),
    percent_off,
    amount_off,
    currency,
    duration,
    periods,
  };
}

/** How it stands at the time, with its whole timeline. */
export function subscriptionView(of: Subscription, now: Micros) {
  const { customer, subscription, start, end, calendar, proration } = subscriptionDocument(of);
  const at = Math.max(now, of.begins ?? of.start);
  const on = termsAt(of, of.end === null ? at : Math.min(at, of.end - 1));
  const { plan, quantity, add_ons } = on ?? { plan: of.plan, quantity: "1", add_ons: [] };
  return {
    subscription,
    customer,
    plan,
    start,
    end,
    calendar,
    proration,
    status: statusOf(of, now),
    begins: of.begins === null ? null : formatTime(of.begins),
    quantity,
    add_ons,
    timeline: of.terms.map(termsView),
  };
}

/** In the currency of what the subscription was on in that period. */
export function adjustmentView(catalog: Catalog, { offset, fact }: OrderedAdjustment) {
  const { tenant, adjustment, amount, reason, period_from, period_to } = fact;
  const subscription = subscriptionOf(catalog, tenant, fact.subscription);
  const plan = subscription && termsAt(subscription, period_from)?.plan;
  const version =
    plan === undefined ? undefined : planVersionFor(catalog, tenant, plan, period_from);
  return {
    adjustment,
    subscription: fact.subscription,
    customer: subscription?.customer ?? "",
    amount,
    currency: version?.currency ?? null,
    reason,
    period: { from: formatTime(period_from), to: formatTime(period_to) },
    ordered_at: formatTime(fact.recorded_at),
    ordered_by: fact.actor,
    catalog_offset: offset,
  };
}

export function backfillView({ offset, fact }: RequestedBackfill, now: Micros) {
  const { backfill, sources, reason, events, digest } = fact;
  return {
    backfill,
    sources,
    from: formatTime(fact.from),
    to: formatTime(fact.to),
    closes_at: formatTime(fact.closes_at),
    is_open: now < fact.closes_at,
    reason,
    events,
    digest: digest === null ? null : Buffer.from(digest).toString("hex"),
    requested_at: formatTime(fact.recorded_at),
    requested_by: fact.actor,
    catalog_offset: offset,
  };
}

function termsView({ from, ...terms }: Terms, index: number, all: readonly Terms[]) {
  const next = all[index + 1];
  const to = next === undefined ? null : formatTime(next.from);
  return { from: formatTime(from), to, ...terms };
}

/** At a time, or as it stands; never its hash. */
export function apiKeyView(key: ApiKey, asOf: Micros = Infinity) {
  const { api_key, role, scope, replaces, created_at, valid_until } = key;
  const revoked_at = key.revoked_at !== null && key.revoked_at <= asOf ? key.revoked_at : null;
  return {
    api_key,
    role,
    customers: scope?.customers ?? [],
    meters: scope?.meters ?? [],
    event_types: scope?.event_types ?? [],
    replaces,
    created_at: formatTime(created_at),
    valid_until: valid_until === null ? null : formatTime(valid_until),
    revoked: revoked_at !== null,
    revoked_at: revoked_at === null ? null : formatTime(revoked_at),
  };
}

export function dismissalView({ conflict, reason, actor, recorded_at }: ConflictDismissed) {
  return { conflict, reason, dismissed_by: actor, dismissed_at: formatTime(recorded_at) };
}

/** What holds, with all that was ever said. */
export function lateUsageView(holding: LateUsagePolicy, policies: readonly LateUsagePolicySet[]) {
  return {
    treatment: holding.treatment,
    write_off_below: holding.write_off_below,
    reason: holding.reason,
    version: holding.version,
    versions: policies.map(({ effective_at, recorded_at, actor, ...policy }) => ({
      version: policy.version,
      treatment: policy.treatment,
      write_off_below: policy.write_off_below,
      reason: policy.reason,
      effective_at: formatTime(effective_at),
      said_at: formatTime(recorded_at),
      said_by: actor,
    })),
  };
}

export function settingsView(settings: SettingsSet) {
  const { simulated, window_seconds, ahead_seconds, grace_seconds, cut_interval_seconds } =
    settings;
  return { simulated, window_seconds, ahead_seconds, grace_seconds, cut_interval_seconds };
}

/** What an order changed, for who asked. */
export function changeView(fact: CatalogFact): {
  kind: string;
  id: string;
  version?: number;
  collection?: string;
} {
  const { kind } = fact;
  switch (kind) {
    case "MeterPublished":
    case "MeterFillRequested":
      return { kind, id: fact.meter, version: fact.version };
    case "PlanPublished":
      return { kind, id: fact.plan, version: fact.version };
    case "CustomerCreated":
      return { kind, id: fact.customer };
    case "ObjectRevised":
      return { kind, id: fact.id, version: fact.version, collection: fact.collection };
    case "BillingRequested":
    case "SubscriptionStarted":
    case "SubscriptionChanged":
    case "SubscriptionEnded":
      return { kind, id: fact.subscription };
    case "AdjustmentOrdered":
      return { kind, id: fact.adjustment };
    case "BackfillRequested":
      return { kind, id: fact.backfill };
    case "TenantCreated":
      return { kind, id: fact.tenant };
    case "ApiKeyCreated":
    case "ApiKeyRevoked":
      return { kind, id: fact.api_key };
    case "CommandAnswered":
      return { kind, id: fact.key };
    case "ConflictDismissed":
      return { kind, id: fact.conflict };
    case "CouponApplied":
      return { kind, id: fact.application };
    case "LateUsagePolicySet":
      return { kind, id: "", version: fact.version };
    case "ClockAdvanced":
    case "CutRequested":
    case "SettingsSet":
      return { kind, id: "" };
  }
}

/** The version that was asked for, and all of them. */
export function versioned<Version, View extends object>(
  shown: Version,
  versions: readonly Version[],
  viewOf: (version: Version) => View,
): View & { versions: readonly View[] } {
  return { ...viewOf(shown), versions: versions.map(viewOf) };
}
