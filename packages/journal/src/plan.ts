import {
  billingPeriodFrom,
  fillsOf,
  meterVersionFor,
  subscriptionOf,
  subscriptions as allSubscriptions,
} from "@tallybook/catalog";
import type {
  BillingPeriod,
  Catalog,
  PlanPublished,
  SoldPrice,
  Subscription,
} from "@tallybook/catalog";
import { MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import { fillName } from "@tallybook/usage";
import type { Fills, UsageRow } from "@tallybook/usage";

import { ownerOf, soldTo } from "./attribute.ts";
import type { PeriodPart, StepBegun } from "./facts.ts";
import { ratedOf } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { periodsAfter } from "./opening.ts";
import { compareTexts } from "./order.ts";
import { partOf } from "./part.ts";
import { ratedAt, unratedFrom } from "./rated.ts";
import type { RatedPeriod, RatedSubscription } from "./rated.ts";
import { waitsForHistory, waitsForSpools } from "./waiting.ts";
import type { OpenedCuts } from "./waiting.ts";

/** A period of a subscription to be rated in this step, for the first time or again. */
export interface Rating {
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly plan: PlanPublished;
  /** Those of the plan, and of what is sold beside it. */
  readonly prices: readonly SoldPrice[];
  readonly period: Period;
  /** Null: it is a whole one. */
  readonly part: PeriodPart | null;
  /** Of the period's first rating. */
  readonly catalog_offset: number;
  /** The first rating; null at the first. */
  readonly rated: RatedPeriod | null;
  /** Only the usage as known at the cut is billed, while the period is not over: no first rating. */
  readonly isInterim?: boolean;
}

/** What a step is computed from, besides usage. `ledger` is the journal before the step. */
export interface StepBasis {
  readonly begun: StepBegun;
  readonly ledger: Ledger;
  readonly catalogAt: (offset: number) => Catalog;
  readonly opened: OpenedCuts;
  /** Histories of meters that were filled or are being filled, and from which cut on they are known. */
  readonly fills: Fills;
}

/** Whether the step is the first of its cut: only that one rates usage; others take new facts of `invoices`. */
export function isRatingStep({ begun, ledger }: Pick<StepBasis, "begun" | "ledger">): boolean {
  return ledger.head?.cut !== begun.cut;
}

/**
 * Which periods the step rates. For the first time: those that ended at least the grace before the cut's time. Again:
 * those that were rated before and that late usage, rows that became known at this very cut, belongs to. By tenant, customer, subscription
 * and period.
 */
export function planStep(basis: StepBasis, late: readonly UsageRow[]): Rating[] {
  if (!isRatingStep(basis)) return [];
  return [...firstRatings(basis), ...ratingsAgain(basis, late)].sort(byPlace);
}

/** What tells which periods are due at a cut. */
export type DueBasis = Omit<StepBasis, "begun"> & {
  readonly begun: Pick<StepBegun, "cut" | "time" | "catalog_offset">;
};

/**
 * The periods that ended at least the grace before a cut's time, and that the journal knows nothing of. None that waits for
 * a cut at which every spool was empty, or at which the history of its meters is filled.
 */
export function firstRatings(basis: DueBasis): Rating[] {
  return dueRatings(basis)
    .filter((due) => !isForSpools(due, basis) && !isForHistory(due, basis))
    .map(({ rating }) => rating);
}

/** The periods that would be rated at a cut if it were known that no spool holds usage any more. */
export function waitingRatings(basis: DueBasis): Rating[] {
  return dueRatings(basis)
    .filter((due) => isForSpools(due, basis))
    .map(({ rating }) => rating);
}

/** The periods that are due at a cut, and whose plan prices a meter whose history is being filled. */
export function fillingRatings(basis: DueBasis): Rating[] {
  return dueRatings(basis)
    .filter((due) => isForHistory(due, basis))
    .map(({ rating }) => rating);
}

function isForSpools({ dueAt }: DueRating, basis: DueBasis): boolean {
  return waitsForSpools(basis.opened, basis.begun.cut, dueAt);
}

function isForHistory(
  { dueAt, rating: { tenant, prices, period } }: DueRating,
  basis: DueBasis,
): boolean {
  const { begun, opened, fills, catalogAt } = basis;
  const catalog = catalogAt(begun.catalog_offset);
  const requested = fillsOf(catalog, tenant);
  if (requested.size === 0) return false;
  const meters = prices.flatMap(({ meter }) => {
    const parts = meterVersionFor(catalog, tenant, meter ?? "", period.from)?.parts ?? [];
    return [meter, ...parts.map((part) => part.meter)];
  });
  return meters.some((meter) => {
    const asked = requested.get(meter ?? "");
    if (asked === undefined) return false;
    const knownFrom = fills.get(fillName(asked.fact))?.cut ?? Infinity;
    const since = { dueAt, askedAt: asked.offset };
    return knownFrom > begun.cut && waitsForHistory(opened, begun.cut, since);
  });
}

/** A rating, and since when it could be done. */
interface DueRating {
  readonly rating: Rating;
  readonly dueAt: Micros;
}

function dueRatings({ begun, ledger, catalogAt }: DueBasis): DueRating[] {
  const catalog = catalogAt(begun.catalog_offset);
  const grace = graceOf(catalog);
  const ratings: DueRating[] = [];
  for (const subscription of allSubscriptions(catalog)) {
    const isOver = ({ due }: BillingPeriod) => due + grace <= begun.time;
    for (const period of unratedPeriods(subscription, ratedOf(ledger, subscription), isOver)) {
      const rating = firstRating(subscription, period, { catalog, begun });
      if (rating !== undefined) ratings.push({ rating, dueAt: period.due + grace });
    }
  }
  return ratings;
}

/** The rating of a period that was not rated before; undefined where the catalog does not know its plan. */
export function firstRating(
  subscription: Subscription,
  period: BillingPeriod,
  { catalog, begun }: { readonly catalog: Catalog; readonly begun: DueBasis["begun"] },
): Rating | undefined {
  const { tenant, customer } = subscription;
  const sold = soldTo(subscription, period.from, catalog);
  if (sold === undefined) return undefined;
  return {
    tenant,
    customer,
    subscription: subscription.subscription,
    ...sold,
    period: { from: period.from, to: period.to },
    part: partOf(subscription, period),
    catalog_offset: begun.catalog_offset,
    rated: null,
  };
}

/** The billing periods that the journal has not rated, in order, as long as they are meant. */
export function unratedPeriods(
  subscription: Subscription,
  rated: RatedSubscription | undefined,
  isMeant: (period: BillingPeriod) => boolean,
): BillingPeriod[] {
  const periods: BillingPeriod[] = [];
  for (let from = subscription.begins ?? subscription.start; ;) {
    const period = billingPeriodFrom(subscription, unratedFrom(rated, from));
    if (period === undefined) return periods;
    from = period.to;
    // Behind a pause.
    const known = rated && ratedAt(rated, period.from);
    if (known !== undefined) {
      from = known.to;
      continue;
    }
    if (!isMeant(period)) return periods;
    periods.push(period);
  }
}

function ratingsAgain(
  { begun, ledger, catalogAt }: StepBasis,
  late: readonly UsageRow[],
): Rating[] {
  const catalog = catalogAt(begun.catalog_offset);
  const touched = new Set<RatedPeriod>();
  for (const row of late) {
    const owner = ownerOf(row, { ledger, catalogAt, catalog });
    if (owner.kind === "rated") touched.add(owner.rated);
    for (const rated of periodsAfter(row, { ledger, catalog })) touched.add(rated);
  }
  return [...touched].map((rated) => ratingOf(rated, catalogAt));
}

/** A rated period, to be rated again by what its first rating knew. */
export function ratingOf(rated: RatedPeriod, catalogAt: (offset: number) => Catalog): Rating {
  return { ...ratingAsOf(rated, rated.catalog_offset, catalogAt), rated };
}

/** A period, by what was known at an offset of the catalog. Throws where that knows nothing to rate it by. */
export function ratingAsOf(
  of: Pick<RatedPeriod, "tenant" | "subscription" | "from" | "to" | "part">,
  catalog_offset: number,
  catalogAt: (offset: number) => Catalog,
): Rating {
  const { tenant, from, to, part } = of;
  const catalog = catalogAt(catalog_offset);
  const subscription = subscriptionOf(catalog, tenant, of.subscription);
  const sold = subscription && soldTo(subscription, from, catalog);
  if (subscription === undefined || sold === undefined)
    throw new Error(
      `the catalog at ${catalog_offset} has no plan for subscription ${of.subscription} of tenant ${tenant}`,
    );
  const { customer } = subscription;
  const whose = { tenant, customer, subscription: of.subscription };
  return { ...whose, ...sold, period: { from, to }, part, catalog_offset, rated: null };
}

function graceOf(catalog: Catalog): Micros {
  return (catalog.settings?.grace_seconds ?? 0) * MICROS_PER_SECOND;
}

export function byPlace(a: Rating, b: Rating): number {
  return (
    compareTexts(a.tenant, b.tenant) ||
    compareTexts(a.customer, b.customer) ||
    compareTexts(a.subscription, b.subscription) ||
    a.period.from - b.period.from
  );
}
