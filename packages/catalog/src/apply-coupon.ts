import { formatTime, MICROS_PER_SECOND, type Micros, parseTime } from "@tallybook/periods";
import { versionAt } from "@tallybook/usage";
import { wholePeriodAt } from "./billing-periods.ts";
import type { Catalog, Subscription } from "./catalog.ts";
import { changeTimeOf, type ChangeTime } from "./change-subscription.ts";
import { couponIn, couponsOf, isLasting, redemptionsOf, takesFrom } from "./coupons-applied.ts";
import type { CouponApplied, ObjectRevised } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { customerOf, objectsOf, settingsOf, subscriptionsOf } from "./lookups.ts";
import type { Coupon } from "./objects/coupons.ts";
import type { Asked } from "./plan.ts";
import { recorded } from "./plan-versions.ts";
import { openFrom } from "./standing.ts";

/** Who has a coupon: a customer with all subscriptions, or one of them. */
export interface CouponTarget {
  readonly customer: string;
  readonly subscription: Subscription | null;
}

/** A coupon that somebody asks for, and from when on. */
export interface CouponAsked {
  readonly coupon: string;
  readonly at: ChangeTime;
}

/** A coupon is applied. None where it is already, and still takes anything; faults say why it cannot be. */
export function couponFacts(
  catalog: Catalog,
  target: CouponTarget,
  { coupon, at }: CouponAsked,
  asked: Asked,
  faults: Faults,
): CouponApplied[] {
  const version = usableVersion(catalog, coupon, asked, faults);
  const effective_at = timeOf(target, at, asked, faults);
  checkOpen(catalog, target, effective_at, asked, faults);
  if (version === undefined || faults.list().length > 0) return [];
  const redemptions = redemptionsOf(catalog, asked.tenant, coupon);
  const body = couponIn(version);
  const fact: CouponApplied = {
    kind: "CouponApplied",
    ...recorded(asked),
    effective_at,
    application: `${coupon}#${redemptions + 1}`,
    coupon,
    coupon_version: version.version,
    customer: target.customer,
    subscription: target.subscription?.subscription ?? null,
    until: null,
  };
  if (isApplied(catalog, target, fact)) return [];
  if (body.redemptions_max !== null && redemptions >= Number(body.redemptions_max)) {
    const detail = `it was applied ${redemptions} times, and ${body.redemptions_max} are the most: raise redemptions_max, or take another`;
    faults.add("coupon", "used_up", detail);
  }
  checkCurrency(catalog, target, body, asked, faults);
  checkPlans(catalog, target, { applied: fact, coupon: body }, faults);
  return [fact];
}

/** A coupon is taken away from a time on. None where it is so already; faults say why it cannot be. */
export function couponRemovedFacts(
  catalog: Catalog,
  target: CouponTarget,
  { coupon, at }: CouponAsked,
  asked: Asked,
  faults: Faults,
): CouponApplied[] {
  const until = timeOf(target, at, asked, faults);
  checkOpen(catalog, target, until, asked, faults);
  const own = ownOf(catalog, target, asked.tenant, coupon);
  if (own.length === 0) {
    const whose = target.subscription === null ? "the customer" : "the subscription";
    faults.add("coupon", "not_applied", `${whose} has no coupon ${coupon}: there is none to take`);
  }
  return own
    .filter((each) => each.until === null || each.until > until)
    .map((each) => ({ ...each, ...recorded(asked), until }));
}

function ownOf(
  catalog: Catalog,
  { customer, subscription }: CouponTarget,
  tenant: string,
  coupon: string,
): CouponApplied[] {
  const whose = subscription?.subscription ?? null;
  return couponsOf(catalog, tenant, customer).filter(
    (each) => each.coupon === coupon && each.subscription === whose,
  );
}

/** Whether the target has the coupon at that time, and more periods of it are to come. */
function isApplied(catalog: Catalog, target: CouponTarget, fact: CouponApplied): boolean {
  const { tenant, coupon, effective_at } = fact;
  return ownOf(catalog, target, tenant, coupon).some((applied) => {
    if (applied.until !== null && applied.until <= effective_at) return false;
    const version = objectsOf(catalog, tenant, "coupons")
      .get(coupon)
      ?.find(({ version: number }) => number === applied.coupon_version);
    if (version === undefined) return false;
    const of = { applied, coupon: couponIn(version) };
    const { subscription, customer } = target;
    const all = subscription === null ? subscriptionsOf(catalog, tenant, customer) : [subscription];
    // Whoever has no subscription yet has all of it to come.
    const isToCome = (each: Subscription) =>
      isLasting(catalog, each, of, wholePeriodAt(each, Math.max(effective_at, each.start)));
    return all.length === 0 || all.some(isToCome);
  });
}

function usableVersion(
  catalog: Catalog,
  coupon: string,
  { tenant, now }: Asked,
  faults: Faults,
): ObjectRevised | undefined {
  const versions = objectsOf(catalog, tenant, "coupons").get(coupon) ?? [];
  const version = versionAt(versions, now) ?? versions[0];
  if (version === undefined) {
    faults.add("coupon", "unknown_coupon", `there is no coupon ${coupon}: create it first`);
    return undefined;
  }
  if (version.archived)
    faults.add("coupon", "archived", `coupon ${coupon} is archived: take another`);
  const { redeem_by } = couponIn(version);
  if (redeem_by !== null && now >= (parseTime(redeem_by) ?? Infinity)) {
    const detail = `it could be applied until ${redeem_by}: take another, or move its redeem_by`;
    faults.add("coupon", "too_late", detail);
  }
  return version;
}

function timeOf(
  { subscription }: CouponTarget,
  at: ChangeTime,
  { now }: Asked,
  faults: Faults,
): Micros {
  if (subscription !== null) return changeTimeOf(subscription, at, now);
  if (at !== "period_end") return at === "now" ? now : at;
  const detail = "a customer has no period: give a time, or apply the coupon to a subscription";
  faults.add("at", "no_period", detail);
  return now;
}

/** What may be billed by then stays as it is. */
function checkOpen(
  catalog: Catalog,
  { customer, subscription }: CouponTarget,
  at: Micros,
  { tenant, now }: Asked,
  faults: Faults,
): void {
  const grace = (settingsOf(catalog)?.grace_seconds ?? 0) * MICROS_PER_SECOND;
  if (subscription !== null && openFrom(subscription, now, grace) === undefined) {
    const detail = `the subscription is over since ${formatTime(subscription.end ?? now)} and may be billed: what was billed wrongly is put right by an adjustment`;
    faults.add("at", "closed_period", detail);
    return;
  }
  const all = subscription === null ? subscriptionsOf(catalog, tenant, customer) : [subscription];
  for (const each of all) {
    const open = openFrom(each, now, grace) ?? each.end ?? now;
    // Before a subscription begins nothing is billed.
    if (at >= open || open <= (each.begins ?? each.start)) continue;
    const detail = `what is before ${formatTime(open)} may be billed: a coupon can be applied or taken away from then on; what was billed wrongly is put right by an adjustment`;
    faults.add("at", "closed_period", detail);
    return;
  }
}

function checkCurrency(
  catalog: Catalog,
  { customer }: CouponTarget,
  { currency }: Coupon,
  { tenant }: Asked,
  faults: Faults,
): void {
  const billed = customerOf(catalog, tenant, customer)?.currency;
  if (currency === null || billed === undefined || currency === billed) return;
  const detail = `it takes off an amount in ${currency}, and customer ${customer} is billed in ${billed}: take one in ${billed}, or a percentage`;
  faults.add("coupon", "other_currency", detail);
}

/** A coupon that takes from nothing that the subscription is or will be on is a mistake. */
function checkPlans(
  catalog: Catalog,
  { subscription }: CouponTarget,
  of: Parameters<typeof takesFrom>[1],
  faults: Faults,
): void {
  if (subscription === null) return;
  const plans = subscription.terms.flatMap((terms) =>
    [terms, ...terms.add_ons].map(({ plan }) => ({ plan, from: terms.from })),
  );
  if (plans.some(({ plan, from }) => takesFrom(catalog, of, { plan, price: undefined }, from)))
    return;
  const names = [...new Set(plans.map(({ plan }) => plan))].join(", ");
  const detail = `it takes off other plans or products, and the subscription is on ${names}`;
  faults.add("coupon", "not_for_plan", detail);
}
