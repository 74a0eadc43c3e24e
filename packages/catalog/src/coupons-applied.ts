import type { Period } from "@tallybook/periods";
import { billingPeriodFrom, termsAt, wholePeriodAt } from "./billing-periods.ts";
import type { Catalog, Subscription } from "./catalog.ts";
import type { CouponApplied, ObjectRevised } from "./facts.ts";
import { objectsOf } from "./lookups.ts";
import { coupons, type Coupon } from "./objects/coupons.ts";
import { planDetailsOf } from "./objects/lookups.ts";
import { wholeBody } from "./objects/read-objects.ts";
import { isInAdvance, pricesFor, type SoldPrice } from "./sold.ts";

/** A coupon that somebody has, in the version that was applied. */
export interface AppliedCoupon {
  readonly applied: CouponApplied;
  readonly coupon: Coupon;
}

/** What a customer, and each subscription of its, was given of coupons, in the order in which they were. */
export function couponsOf(
  catalog: Catalog,
  tenant: string,
  customer: string,
): readonly CouponApplied[] {
  return catalog.tenants.get(tenant)?.couponsByCustomer.get(customer) ?? none;
}

/** How often a coupon was applied, ever. */
export function redemptionsOf(catalog: Catalog, tenant: string, coupon: string): number {
  const all = catalog.tenants.get(tenant)?.couponsByCustomer.values() ?? [];
  return [...all].flat().filter((each) => each.coupon === coupon).length;
}

/**
 * The coupons that a whole period of a subscription's calendar has, in the order in which they take from it: by when they hold, and
 * of one time as they were applied. A coupon has the periods from the one on that holds when it was applied, up to the one
 * that holds when it was taken away, as many as it says of those in which there is anything to take from.
 */
export function couponsFor(
  catalog: Catalog,
  subscription: Subscription,
  whole: Period,
): AppliedCoupon[] {
  const { tenant, customer, end } = subscription;
  const due = Math.min(end ?? whole.to, whole.to);
  return couponsOf(catalog, tenant, customer)
    .filter((each) => each.subscription === null || each.subscription === subscription.subscription)
    .filter(({ effective_at, until }) => effective_at < due && (until === null || until >= due))
    .flatMap((applied) => {
      const coupon = couponOf(catalog, applied);
      return coupon === undefined ? [] : [{ applied, coupon }];
    })
    .filter((each) => isLasting(catalog, subscription, each, whole))
    .sort((a, b) => a.applied.effective_at - b.applied.effective_at);
}

/**
 * Whether a coupon takes from a price in a part of a period that begins then: it is for the plan, and a fee that is posted when its
 * period begins was not before the coupon held.
 */
export function takesFrom(
  catalog: Catalog,
  { applied, coupon }: AppliedCoupon,
  { plan, price }: { readonly plan: string; readonly price: SoldPrice | undefined },
  from: number,
): boolean {
  if (price !== undefined && isInAdvance(price) && from < applied.effective_at) return false;
  const { plans, products } = coupon;
  if (plans.length + products.length === 0 || plans.includes(plan)) return true;
  const { product } = planDetailsOf(catalog, { tenant: applied.tenant, plan }, from);
  return product !== null && products.includes(product);
}

/** The version of a coupon that was applied. */
export function couponOf(
  catalog: Catalog,
  { tenant, coupon, coupon_version }: Pick<CouponApplied, "tenant" | "coupon" | "coupon_version">,
): Coupon | undefined {
  const version = objectsOf(catalog, tenant, "coupons")
    .get(coupon)
    ?.find(({ version: number }) => number === coupon_version);
  return version === undefined ? undefined : couponIn(version);
}

export function couponIn(version: ObjectRevised): Coupon {
  return wholeBody(coupons, version) as Coupon;
}

/** Whether fewer periods than the coupon has came before that one. */
export function isLasting(
  catalog: Catalog,
  subscription: Subscription,
  of: AppliedCoupon,
  { from }: Pick<Period, "from">,
): boolean {
  const most = periodsOf(of.coupon);
  if (most === Infinity) return true;
  const { begins, start } = subscription;
  const first = wholePeriodAt(subscription, Math.max(of.applied.effective_at, begins ?? start));
  let count = 0;
  // Where it is paused, or over, there is nothing to count.
  let part = billingPeriodFrom(subscription, first.from);
  for (; part !== undefined && part.whole.from < from;) {
    if (hasAnything(catalog, subscription, of, part.whole)) count += 1;
    if (count >= most) return false;
    part = billingPeriodFrom(subscription, part.whole.to);
  }
  return true;
}

function periodsOf({ duration, periods }: Coupon): number {
  switch (duration) {
    case "once":
      return 1;
    case "repeating":
      return Number(periods);
    case "forever":
      return Infinity;
  }
}

/** Whether some price of a period is one to take from: not while all of it is paused, or covered by a trial. */
function hasAnything(
  catalog: Catalog,
  subscription: Subscription,
  of: AppliedCoupon,
  whole: Period,
): boolean {
  const { tenant, customer } = subscription;
  let part = billingPeriodFrom(subscription, whole.from);
  for (; part !== undefined && part.from < whole.to;) {
    const { from } = part;
    const terms = termsAt(subscription, from);
    const sold = terms && pricesFor(catalog, tenant, customer, terms, from);
    const isTaken = (price: SoldPrice) =>
      !isCovered(price) && takesFrom(catalog, of, { plan: price.plan, price }, from);
    if (sold?.prices.some(isTaken) === true) return true;
    part = billingPeriodFrom(subscription, part.to);
  }
  return false;
}

function isCovered({ covered, meter }: SoldPrice): boolean {
  return covered === "everything" || (covered === "fixed_fees" && meter === null);
}

const none: readonly CouponApplied[] = [];
