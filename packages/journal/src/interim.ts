import { billingsBetween, subscriptionOf, subscriptionsOf } from "@tallybook/catalog";
import type { BillingPeriod, BillingRequested } from "@tallybook/catalog";
import type { Micros } from "@tallybook/periods";
import { timeOf } from "@tallybook/usage";

import { placeOf } from "./advance.ts";
import type { Transaction } from "./canonical.ts";
import { ratedOf, subscriptionKey } from "./ledger.ts";
import type { MeteredUsage } from "./metered.ts";
import { byPlace, firstRating, isRatingStep, ratingAsOf, unratedPeriods } from "./plan.ts";
import type { Rating, StepBasis } from "./plan.ts";
import { usageTakenBackOf } from "./post.ts";
import { priceKey } from "./rated.ts";
import type { BilledPrice, RatedPeriod } from "./rated.ts";

/**
 * The periods of which the step bills the usage before they are over, because somebody has asked for it since the step before: of
 * each subscription that was named, the parts that are not rated of those that have begun, but for those that the step rates anyway (`plan`).
 * By tenant, customer, subscription and period.
 */
export function interimRatings(basis: StepBasis, plan: readonly Rating[]): Rating[] {
  if (!isRatingStep(basis)) return [];
  const { begun, ledger, catalogAt } = basis;
  const asked = billingsBetween(
    catalogAt(begun.catalog_offset),
    ledger.catalogOffset,
    begun.catalog_offset,
  ).map(({ fact }) => fact);
  const rated = new Set(plan.map(placeOf));
  const bySubscription = Map.groupBy(asked, ({ tenant, subscription }) =>
    subscriptionKey(tenant, subscription),
  );
  return [...bySubscription.values()]
    .flatMap((requests) => runningRatings(basis, requests))
    .filter((rating) => !rated.has(placeOf(rating)))
    .sort(byPlace);
}

function runningRatings(
  { begun, ledger, catalogAt }: StepBasis,
  requests: readonly BillingRequested[],
): Rating[] {
  const [first] = requests;
  if (first === undefined) return [];
  const catalog = catalogAt(begun.catalog_offset);
  const subscription = subscriptionOf(catalog, first.tenant, first.subscription);
  if (subscription === undefined) return [];
  // Who starts a subscription and bills it at once may be ahead of the clock that cuts go by.
  const asked = requests.map(({ recorded_at }) => recorded_at);
  const until = Math.max(begun.time, ...asked);
  const periods = unratedPeriods(
    subscription,
    ratedOf(ledger, subscription),
    // All parts of the running period: what a later one holds already was accepted for it.
    ({ whole }) => whole.from <= until,
  );
  return periods.flatMap((period) => {
    const rating = firstRating(subscription, period, { catalog, begun });
    return rating === undefined ? [] : [{ ...rating, isInterim: true }];
  });
}

/**
 * The periods of a customer's subscriptions that have begun by the cut's time and are not rated, to be rated as if they were over and nothing
 * else came: what stands to be billed. By subscription and period.
 */
export function ratingsAsIfOver(
  { begun, ledger, catalogAt }: StepBasis,
  { tenant, customer }: { readonly tenant: string; readonly customer: string },
): Rating[] {
  const catalog = catalogAt(begun.catalog_offset);
  return subscriptionsOf(catalog, tenant, customer)
    .flatMap((subscription) =>
      unratedPeriods(
        subscription,
        ratedOf(ledger, subscription),
        ({ whole }) => whole.from <= begun.time,
      ).flatMap((period) => firstRating(subscription, period, { catalog, begun }) ?? []),
    )
    .sort(byPlace);
}

/**
 * What of a meter's usage a bill before the period's end counts, at the time of its cut: of what goes by time, as a value that is held or
 * sampled, as much as has passed; of all else everything that is known.
 */
export function usedUntil(used: MeteredUsage, time: Micros): MeteredUsage {
  const { meter, period } = used;
  const isOfTime = meter?.aggregation === "weighted_sum" || meter?.aggregation === "percentile";
  if (!isOfTime || time >= period.to) return used;
  const rows = used.rows.filter((row) => timeOf(row) < time);
  return { ...used, rows, period: time > period.from ? { ...period, to: time } : period };
}

/**
 * Gives back what was billed of usage before its period was over, where it will not be rated as it was billed: there is no such
 * period any more, or it is another plan's, or the plan has another price.
 */
export function usageTakenBack(basis: StepBasis): Transaction[] {
  if (!isRatingStep(basis)) return [];
  return [...basis.ledger.inAdvance.values()].flat().flatMap((advanced) => {
    const usage = [...advanced.prices.values()].filter(({ meter }) => meter !== null);
    if (usage.length === 0) return [];
    const rating = ratingToCome(basis, advanced);
    return usage
      .filter((billed) => !isBilledBy(rating, billed))
      .flatMap((billed) => takenBack(basis, advanced, billed) ?? []);
  });
}

/** The first rating of the period that begins there, as far as it is known. */
function ratingToCome(
  { begun, ledger, catalogAt }: StepBasis,
  { tenant, subscription: name, from }: RatedPeriod,
): Rating | undefined {
  const catalog = catalogAt(begun.catalog_offset);
  const subscription = subscriptionOf(catalog, tenant, name);
  if (subscription === undefined) return undefined;
  const upTo = (each: BillingPeriod) => each.from <= from;
  const period = unratedPeriods(subscription, ratedOf(ledger, subscription), upTo).at(-1);
  return period?.from === from ? firstRating(subscription, period, { catalog, begun }) : undefined;
}

function isBilledBy(rating: Rating | undefined, billed: BilledPrice): boolean {
  const prices = rating?.prices ?? [];
  return prices.some((each) => priceKey(each) === priceKey(billed) && each.meter === billed.meter);
}

/** By the price that it was billed by. */
function takenBack(
  basis: StepBasis,
  advanced: RatedPeriod,
  billed: BilledPrice,
): Transaction | undefined {
  const rating = ratingAsOf(advanced, billed.catalog_offset, basis.catalogAt);
  const price = rating.prices.find((each) => priceKey(each) === priceKey(billed));
  if (price === undefined)
    throw new Error(
      `the catalog at ${billed.catalog_offset} has no price ${billed.price} of plan ${billed.plan}`,
    );
  return usageTakenBackOf(basis, rating, price, billed);
}
