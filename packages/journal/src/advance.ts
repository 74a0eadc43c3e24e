import { isInAdvance, sellsInAdvance, subscriptionOf, subscriptions } from "@tallybook/catalog";
import type { BillingPeriod, SoldPrice, Subscription } from "@tallybook/catalog";
import { compare, decimal, isZero } from "@tallybook/money";

import type { Transaction } from "./canonical.ts";
import { advancedPeriod, ratedOf, subscriptionKey } from "./ledger.ts";
import { firstRating, isRatingStep, ratingAsOf, unratedPeriods } from "./plan.ts";
import type { DueBasis, Rating, StepBasis } from "./plan.ts";
import { advancedAmount, feeAmount, feeInAdvance, feeSettled } from "./fees.ts";
import type { FeeSettled } from "./fees.ts";
import { billedFor, priceKey } from "./rated.ts";
import type { BilledPrice, RatedPeriod } from "./rated.ts";

/** One subscription; without it, all. */
type Only = Pick<Subscription, "tenant" | "subscription">;

/**
 * The fees that a step posts in advance, of the periods that have begun by its cut's time, and what it gives back of those that
 * were posted before: of periods that a change has made shorter, that there are none of any more, or that are on another plan. A
 * period that the step rates owes everything at once.
 */
export function feesInAdvance(
  basis: StepBasis,
  plan: readonly Rating[],
  only?: Only,
): Transaction[] {
  if (!isRatingStep(basis)) return [];
  return [
    ...begunFees(basis, plan, only).map(({ rating, price }) => feeInAdvance(basis, rating, price)),
    ...advancedFees(basis, plan, only)
      .filter(({ owed, posted }) => compare(owed, posted) !== 0)
      .map((settled) => feeSettled(basis, settled, true)),
  ];
}

/** A fee that is posted when its period begins. */
export interface BegunFee {
  readonly rating: Rating;
  readonly price: SoldPrice;
}

/** Fees of periods that have begun by the cut's time and that are not in the journal; but for the periods of the plan. */
export function begunFees(basis: DueBasis, plan: readonly Rating[], only?: Only): BegunFee[] {
  const { begun, ledger, catalogAt } = basis;
  const catalog = catalogAt(begun.catalog_offset);
  const rated = new Set(plan.map(placeOf));
  const hasBegun = ({ from }: BillingPeriod) => from <= begun.time;
  return subscriptions(catalog)
    .filter((each) => only === undefined || isSame(each, only))
    .filter((of) => of.terms.some((each) => sellsInAdvance(catalog, of, each)))
    .flatMap((subscription) =>
      unratedPeriods(subscription, ratedOf(ledger, subscription), hasBegun).flatMap(
        (period) => firstRating(subscription, period, { catalog, begun }) ?? [],
      ),
    )
    .filter((rating) => !rated.has(placeOf(rating)))
    .flatMap((rating) => {
      const advanced = advancedPeriod(ledger, rating, rating.period.from);
      return rating.prices
        .filter((price) => isInAdvance(price) && price.covered === "nothing")
        .filter((price) => billedFor(advanced, price) === undefined)
        .map((price) => ({ rating, price }));
    });
}

/** What was posted in advance for periods that are not rated, and what is owed of it as things stand; but for those of the plan. */
export function advancedFees(basis: DueBasis, plan: readonly Rating[], only?: Only): FeeSettled[] {
  const rated = new Set(plan.map(placeOf));
  return [...basis.ledger.inAdvance.values()].flat().flatMap((advanced) => {
    const { from, to } = advanced;
    const isRated = rated.has(placeOf({ ...advanced, period: { from, to } }));
    const isMeant = !isRated && (only === undefined || isSame(advanced, only));
    if (!isMeant) return [];
    const standing = standingOf(advanced, basis);
    return feesIn(advanced).map((billed) => settledFee(advanced, billed, standing, basis));
  });
}

/** Of a period that is rated: what was posted in advance for prices that it has not, since its plan is another by now. */
export function settledAtEnd(basis: StepBasis, rating: Rating): Transaction[] {
  const advanced = advancedPeriod(basis.ledger, rating, rating.period.from);
  if (advanced === undefined) return [];
  const own = new Set(rating.prices.map(priceKey));
  return feesIn(advanced)
    .filter((billed) => !own.has(priceKey(billed)))
    .map((billed) => settledFee(advanced, billed, { rating, isEnding: false }, basis))
    .filter(({ posted }) => !isZero(posted))
    .map((settled) => feeSettled(basis, settled, false));
}

/** Usage may be posted before its end as well. */
function feesIn({ prices }: RatedPeriod): BilledPrice[] {
  return [...prices.values()].filter(({ meter }) => meter === null);
}

/** The period that begins where one was posted for in advance, as things stand; undefined where none does. */
interface Standing {
  readonly rating: Rating | undefined;
  /** What an end takes from a period is given back when that is over. */
  readonly isEnding: boolean;
}

function standingOf(
  { tenant, subscription: id, from }: RatedPeriod,
  { begun, ledger, catalogAt }: DueBasis,
): Standing {
  const catalog = catalogAt(begun.catalog_offset);
  const subscription = subscriptionOf(catalog, tenant, id);
  if (subscription === undefined) return none;
  const upTo = (period: BillingPeriod) => period.from <= from;
  const last = unratedPeriods(subscription, ratedOf(ledger, subscription), upTo).at(-1);
  if (last?.from !== from) return none;
  const rating = firstRating(subscription, last, { catalog, begun });
  return { rating, isEnding: last.to === subscription.end };
}

/** A price by what was known when it was posted, over the period as it is now. */
function settledFee(
  advanced: RatedPeriod,
  billed: BilledPrice,
  { rating: now, isEnding }: Standing,
  { catalogAt }: Pick<DueBasis, "catalogAt">,
): FeeSettled {
  const then = ratingAsOf(advanced, billed.catalog_offset, catalogAt);
  const price = then.prices.find((each) => priceKey(each) === priceKey(billed));
  if (price === undefined)
    throw new Error(
      `the catalog at ${billed.catalog_offset} has no price ${billed.price} of plan ${billed.plan}`,
    );
  const posted = advancedAmount(advanced, billed) ?? zero;
  const isOfOtherPlan = now !== undefined && now.prices.every((each) => each.plan !== billed.plan);
  if (now === undefined) return { rating: then, price, owed: zero, posted, isOfOtherPlan };
  const { period, part } = now;
  const isOwed = now.prices.some((each) => priceKey(each) === priceKey(billed));
  const owed = isOwed ? (isEnding ? posted : feeAmount(price, part)) : zero;
  return { rating: { ...then, period, part }, price, owed, posted, isOfOtherPlan };
}

function isSame(a: Only, b: Only): boolean {
  return a.tenant === b.tenant && a.subscription === b.subscription;
}

/** Which period of which subscription a rating is of. */
export function placeOf({ tenant, subscription, period }: Only & Pick<Rating, "period">): string {
  return `${subscriptionKey(tenant, subscription)}\u001f${period.from}`;
}

const none: Standing = { rating: undefined, isEnding: false };
const zero = decimal("0");
