import {
  couponFacts,
  couponRemovedFacts,
  customerOf,
  Faults,
  readCouponAsked,
  subscriptionOf,
} from "@tallybook/catalog";
import type { Asked, Catalog, CouponRead, CouponTarget } from "@tallybook/catalog";
import type { Plain } from "../body.ts";
import { notFound, type Decided, type Order } from "./order.ts";

/** Whose coupons an order is about. */
export type CouponsOf = "customers" | "subscriptions";

/** `{ coupon, at }`: a customer or a subscription has it from then on. */
export function applyCoupon(of: CouponsOf, id: string, body: Plain): Order {
  return ordered(of, id, readCouponAsked(body), couponFacts);
}

/** `{ at }`: from then on no more. */
export function removeCoupon(of: CouponsOf, id: string, coupon: string, body: Plain): Order {
  return ordered(of, id, readCouponAsked(body, coupon), couponRemovedFacts);
}

function ordered(of: CouponsOf, id: string, read: CouponRead, decide: typeof couponFacts): Order {
  return (catalog, asked): Decided => {
    const target = targetOf(catalog, asked, of, id);
    if (target === undefined) return notFound(`there is no ${of.slice(0, -1)} ${id}`);
    if (!read.ok) return { kind: "faulty", faults: read.faults };
    const faults = new Faults();
    const facts = decide(catalog, target, read.asked, asked, faults);
    const list = faults.list();
    return list.length === 0 ? { kind: "facts", facts } : { kind: "faulty", faults: list };
  };
}

function targetOf(
  catalog: Catalog,
  { tenant }: Asked,
  of: CouponsOf,
  id: string,
): CouponTarget | undefined {
  if (of === "customers")
    return customerOf(catalog, tenant, id) && { customer: id, subscription: null };
  const subscription = subscriptionOf(catalog, tenant, id);
  return subscription && { customer: subscription.customer, subscription };
}
