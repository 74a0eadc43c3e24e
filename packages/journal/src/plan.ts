import { subscriptions as allSubscriptions } from "@tallybook/catalog";
import type { Catalog, PlanPublished } from "@tallybook/catalog";
import { MICROS_PER_SECOND, monthOf, nextMonth } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import type { UsageRow } from "@tallybook/usage";

import { ownerOf, planOf } from "./attribute.ts";
import type { StepBegun } from "./facts.ts";
import { ratedPeriod } from "./ledger.ts";
import type { Ledger, RatedPeriod } from "./ledger.ts";
import { periodsAfter } from "./opening.ts";
import { compareTexts } from "./order.ts";
import { waitsForSpools } from "./waiting.ts";
import type { OpenedCuts } from "./waiting.ts";

/** A period of a subscription to be rated in this step, for the first time or again. */
export interface Rating {
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly plan: PlanPublished;
  readonly period: Period;
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
}

/** Whether the step is the first of its cut: only that one rates usage; others take new facts of `invoices`. */
export function isRatingStep({ begun, ledger }: Pick<StepBasis, "begun" | "ledger">): boolean {
  return ledger.head?.cut !== begun.cut;
}

/**
 * Which periods the step rates. For the first time: those that ended at least the grace before the cut's time. Again:
 * those that were rated before and that late usage, rows of this very cut, belongs to. By tenant, customer, subscription
 * and period.
 */
export function planStep(basis: StepBasis, late: readonly UsageRow[]): Rating[] {
  if (!isRatingStep(basis)) return [];
  return [...firstRatings(basis), ...ratingsAgain(basis, late)].sort(byPlace);
}

/** The latest end of a rated period, over all tenants: usage rows at or after it cannot be late. */
export function ratedUpTo(ledger: Ledger): Micros {
  let latest = 0;
  for (const periods of ledger.ratedByCustomer.values()) {
    for (const { to } of periods) latest = Math.max(latest, to);
  }
  return latest;
}

/** What tells which months are due at a cut. */
export type DueBasis = Omit<StepBasis, "begun"> & {
  readonly begun: Pick<StepBegun, "cut" | "time" | "catalog_offset">;
};

/**
 * The months that ended at least the grace before a cut's time, and that the journal knows nothing of. None that waits for
 * a cut at which every spool was empty.
 */
export function firstRatings(basis: DueBasis): Rating[] {
  return dueRatings(basis).filter((rating) => !isWaiting(rating, basis));
}

/** The months that would be rated at a cut if it were known that no spool holds usage any more. */
export function waitingRatings(basis: DueBasis): Rating[] {
  return dueRatings(basis).filter((rating) => isWaiting(rating, basis));
}

function isWaiting({ period }: Rating, { begun, opened, catalogAt }: DueBasis): boolean {
  const dueAt = period.to + graceOf(catalogAt(begun.catalog_offset));
  return waitsForSpools(opened, begun.cut, dueAt);
}

function dueRatings({ begun, ledger, catalogAt }: DueBasis): Rating[] {
  const catalog = catalogAt(begun.catalog_offset);
  const due = begun.time - graceOf(catalog);
  const ratings: Rating[] = [];
  for (const subscription of allSubscriptions(catalog)) {
    const { tenant, customer } = subscription;
    let period = monthOf(subscription.start);
    while (period.to <= due && (subscription.end === null || period.from < subscription.end)) {
      const plan = planOf(catalog, tenant, subscription.plan, period.from);
      if (plan !== undefined && ratedPeriod(ledger, subscription, period.from) === undefined) {
        const { catalog_offset } = begun;
        ratings.push({
          tenant,
          customer,
          subscription: subscription.subscription,
          plan,
          period,
          catalog_offset,
          rated: null,
        });
      }
      period = nextMonth(period);
    }
  }
  return ratings;
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
  const { tenant, customer, subscription, from, to, catalog_offset } = rated;
  const plan = planOf(catalogAt(catalog_offset), tenant, rated.plan, from);
  if (plan === undefined)
    throw new Error(
      `the catalog at ${catalog_offset} has no plan ${rated.plan} of tenant ${tenant}`,
    );
  return { tenant, customer, subscription, plan, period: { from, to }, catalog_offset, rated };
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
