import { planByVersion, plansOf, subscriptionOf, subscriptions } from "@tallybook/catalog";
import type { BillingPeriod, Catalog, Price } from "@tallybook/catalog";
import { decimal, isZero } from "@tallybook/money";

import type { Transaction } from "./canonical.ts";
import { advancedPeriod, ratedOf, subscriptionKey } from "./ledger.ts";
import { firstRating, isRatingStep, unratedPeriods } from "./plan.ts";
import type { DueBasis, Rating, StepBasis } from "./plan.ts";
import { advancedAmount, feeInAdvance, feeTakenBack } from "./post.ts";
import type { RatedPeriod } from "./rated.ts";

/** Whether a price is posted when its period begins. */
export function isInAdvance({ charge }: Price): boolean {
  return charge.model === "flat" && charge.payment_term === "in_advance";
}

/**
 * The fees that a step posts in advance, of the periods that have begun by its cut's time, and those that it takes back, of
 * periods that there are none of since their subscription ended before. A period that the step rates owes everything at once.
 */
export function feesInAdvance(basis: StepBasis, plan: readonly Rating[]): Transaction[] {
  if (!isRatingStep(basis)) return [];
  return [
    ...begunRatings(basis, plan).flatMap((rating) =>
      rating.plan.prices.filter(isInAdvance).map((price) => feeInAdvance(basis, rating, price)),
    ),
    ...endedRatings(basis).flatMap(({ rating, advanced }) =>
      rating.plan.prices
        .filter((price) => !isZero(advancedAmount(advanced, price) ?? zero))
        .map((price) => feeTakenBack(basis, rating, price)),
    ),
  ];
}

/** A transaction of fees in advance computed again: it takes a fee back where the journal before the step held it already. */
export function feeInAdvanceAgain(basis: StepBasis, rating: Rating, price: Price): Transaction {
  const isThere = advancedPeriod(basis.ledger, rating, rating.period.from) !== undefined;
  return isThere ? feeTakenBack(basis, rating, price) : feeInAdvance(basis, rating, price);
}

/** Periods that have begun by the cut's time and whose fees in advance are not in the journal; but for those of the plan. */
export function begunRatings(basis: DueBasis, plan: readonly Rating[]): Rating[] {
  const { begun, ledger, catalogAt } = basis;
  const catalog = catalogAt(begun.catalog_offset);
  const rated = new Set(plan.map(placeOf));
  const hasBegun = ({ from }: BillingPeriod) => from <= begun.time;
  return subscriptions(catalog)
    .filter(({ tenant, plan: name }) => sellsInAdvance(catalog, tenant, name))
    .flatMap((subscription) =>
      unratedPeriods(subscription, ratedOf(ledger, subscription), hasBegun)
        .filter(({ from }) => advancedPeriod(ledger, subscription, from) === undefined)
        .flatMap((period) => firstRating(subscription, period, { catalog, begun }) ?? []),
    )
    .filter((rating) => !rated.has(placeOf(rating)));
}

/** Periods for which fees were posted, and that will never be: their subscription ended before they began. */
function endedRatings({
  begun,
  ledger,
  catalogAt,
}: StepBasis): { readonly rating: Rating; readonly advanced: RatedPeriod }[] {
  const catalog = catalogAt(begun.catalog_offset);
  return [...ledger.inAdvance.values()].flat().flatMap((advanced) => {
    if (!isCancelled(advanced, catalog)) return [];
    return [{ rating: advancedRating(advanced, catalogAt), advanced }];
  });
}

/** Whether the subscription of a period ended before it began. */
export function isCancelled(
  { tenant, subscription, from }: Pick<RatedPeriod, "tenant" | "subscription" | "from">,
  catalog: Catalog,
): boolean {
  const end = subscriptionOf(catalog, tenant, subscription)?.end ?? null;
  return end !== null && end <= from;
}

/** A period whose fees were posted in advance, by what was known then. */
export function advancedRating(
  advanced: RatedPeriod,
  catalogAt: (offset: number) => Catalog,
): Rating {
  const { tenant, customer, subscription, from, to, part, catalog_offset } = advanced;
  const plan = planByVersion(
    catalogAt(catalog_offset),
    tenant,
    advanced.plan,
    advanced.plan_version,
  );
  if (plan === undefined)
    throw new Error(`the catalog at ${catalog_offset} has no plan ${advanced.plan}`);
  const period = { from, to };
  return { tenant, customer, subscription, plan, period, part, catalog_offset, rated: null };
}

function sellsInAdvance(catalog: Catalog, tenant: string, plan: string): boolean {
  const versions = plansOf(catalog, tenant).get(plan) ?? [];
  return versions.some(({ prices }) => prices.some(isInAdvance));
}

function placeOf({ tenant, subscription, period }: Rating): string {
  return `${subscriptionKey(tenant, subscription)}\u001f${period.from}`;
}

const zero = decimal("0");
