import {
  billingPeriodFrom,
  fillsOf,
  meterVersionFor,
  subscriptions as allSubscriptions,
} from "@tallybook/catalog";
import type { BillingPeriod, Catalog, PlanPublished, Subscription } from "@tallybook/catalog";
import { MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import { fillName } from "@tallybook/usage";
import type { Fills, UsageRow } from "@tallybook/usage";

import { ownerOf, planOf } from "./attribute.ts";
import type { PeriodPart, StepBegun } from "./facts.ts";
import { ratedOf } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { periodsAfter } from "./opening.ts";
import { compareTexts } from "./order.ts";
import { partOf } from "./part.ts";
import { unratedFrom } from "./rated.ts";
import type { RatedPeriod, RatedSubscription } from "./rated.ts";
import { waitsForHistory, waitsForSpools } from "./waiting.ts";
import type { OpenedCuts } from "./waiting.ts";

/** A period of a subscription to be rated in this step, for the first time or again. */
export interface Rating {
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly plan: PlanPublished;
  readonly period: Period;
  /** Null: it is a whole one. */
  readonly part: PeriodPart | null;
  /** Of the period's first rating. */
  readonly catalog_offset: number;
  /** The first rating; null at the first. */
  readonly rated: RatedPeriod | null;
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
  return dueRatings(basis).filter(
    (rating) => !isForSpools(rating, basis) && !isForHistory(rating, basis),
  );
}

/** The periods that would be rated at a cut if it were known that no spool holds usage any more. */
export function waitingRatings(basis: DueBasis): Rating[] {
  return dueRatings(basis).filter((rating) => isForSpools(rating, basis));
}

/** The periods that are due at a cut, and whose plan prices a meter whose history is being filled. */
export function fillingRatings(basis: DueBasis): Rating[] {
  return dueRatings(basis).filter((rating) => isForHistory(rating, basis));
}

function isForSpools({ period }: Rating, basis: DueBasis): boolean {
  return waitsForSpools(basis.opened, basis.begun.cut, dueAtOf(period, basis));
}

function isForHistory({ tenant, plan, period }: Rating, basis: DueBasis): boolean {
  const { begun, opened, fills, catalogAt } = basis;
  const catalog = catalogAt(begun.catalog_offset);
  const requested = fillsOf(catalog, tenant);
  if (requested.size === 0) return false;
  const meters = plan.prices.flatMap(({ meter }) => {
    const parts = meterVersionFor(catalog, tenant, meter ?? "", period.from)?.parts ?? [];
    return [meter, ...parts.map((part) => part.meter)];
  });
  return meters.some((meter) => {
    const asked = requested.get(meter ?? "");
    if (asked === undefined) return false;
    const knownFrom = fills.get(fillName(asked.fact))?.cut ?? Infinity;
    const since = { dueAt: dueAtOf(period, basis), askedAt: asked.offset };
    return knownFrom > begun.cut && waitsForHistory(opened, begun.cut, since);
  });
}

function dueAtOf({ to }: Period, { begun, catalogAt }: DueBasis): Micros {
  return to + graceOf(catalogAt(begun.catalog_offset));
}

function dueRatings({ begun, ledger, catalogAt }: DueBasis): Rating[] {
  const catalog = catalogAt(begun.catalog_offset);
  const due = begun.time - graceOf(catalog);
  const ratings: Rating[] = [];
  for (const subscription of allSubscriptions(catalog)) {
    const isOver = ({ to }: BillingPeriod) => to <= due;
    for (const period of unratedPeriods(subscription, ratedOf(ledger, subscription), isOver)) {
      const rating = firstRating(subscription, period, { catalog, begun });
      if (rating !== undefined) ratings.push(rating);
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
  const plan = planOf(catalog, tenant, subscription.plan, period.from);
  if (plan === undefined) return undefined;
  return {
    tenant,
    customer,
    subscription: subscription.subscription,
    plan,
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
  for (let from = subscription.start; ;) {
    const period = billingPeriodFrom(subscription, unratedFrom(rated, from));
    if (period === undefined || !isMeant(period)) return periods;
    periods.push(period);
    from = period.to;
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
  const { tenant, customer, subscription, from, to, part, catalog_offset } = rated;
  const plan = planOf(catalogAt(catalog_offset), tenant, rated.plan, from);
  if (plan === undefined)
    throw new Error(
      `the catalog at ${catalog_offset} has no plan ${rated.plan} of tenant ${tenant}`,
    );
  const period = { from, to };
  return { tenant, customer, subscription, plan, period, part, catalog_offset, rated };
}

function graceOf(catalog: Catalog): Micros {
  return (catalog.settings?.grace_seconds ?? 0) * MICROS_PER_SECOND;
}

function byPlace(a: Rating, b: Rating): number {
  return (
    compareTexts(a.tenant, b.tenant) ||
    compareTexts(a.customer, b.customer) ||
    compareTexts(a.subscription, b.subscription) ||
    a.period.from - b.period.from
  );
}
