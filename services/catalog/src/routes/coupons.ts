import { couponsOf, customerOf, subscriptionOf } from "@tallybook/catalog";
import { described, listOf, output, type HttpRequest } from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { momentQuery } from "../moments.ts";
import { applyCoupon, removeCoupon, type CouponsOf } from "../orders/coupons.ts";
import { appliedAnswers } from "../schemas/common.ts";
import { appliedCoupon, couponApplication } from "../schemas/coupons.ts";
import { changeTime } from "../schemas/subscriptions.ts";
import { appliedCouponView } from "../views.ts";

/** Coupons that customers and subscriptions have: given, taken away, and listed. */
export function addCouponRoutes(desk: Desk): void {
  addRoutesOf(desk, "customers", "Customers");
  addRoutesOf(desk, "subscriptions", "Subscriptions");
}

function addRoutesOf({ server, admins, readers, ...desk }: Desk, of: CouponsOf, tag: string): void {
  const noun = of.slice(0, -1);
  const path = `/v1/${of}/:id/coupons`;
  const problems = [404];
  const applies = described(admins, {
    summary: `Applies a coupon to the ${noun} from a time on`,
    about: "The billing period that holds the time is the first.",
    tag,
    body: couponApplication,
    answers: appliedAnswers,
    problems,
  });
  const removes = described(admins, {
    summary: `Takes a coupon from the ${noun} from a time on`,
    about: "The billing period that holds the time is the first without it.",
    tag,
    body: changeTime,
    answers: appliedAnswers,
    problems,
  });
  const lists = described(readers, {
    summary: `Lists the coupons that the ${noun} was given`,
    tag,
    query: momentQuery,
    answers: { 200: output({ coupons: listOf(appliedCoupon) }) },
  });
  server.post(path, applies, (request, reply) =>
    desk.applied(request, reply, applyCoupon(of, idOf(request), bodyOf(request))),
  );
  server.post(`${path}/:coupon/remove`, removes, (request, reply) =>
    desk.applied(
      request,
      reply,
      removeCoupon(of, idOf(request), couponIn(request), bodyOf(request)),
    ),
  );
  server.get(path, lists, (request) => {
    const { tenant } = desk.callerOf(request);
    const { catalog } = desk.momentOf(request);
    const id = idOf(request);
    const customer =
      of === "customers"
        ? found(customerOf(catalog, tenant, id), request).customer
        : found(subscriptionOf(catalog, tenant, id), request).customer;
    const coupons = couponsOf(catalog, tenant, customer).filter(
      ({ subscription }) => of === "customers" || subscription === null || subscription === id,
    );
    return { coupons: coupons.map((each) => appliedCouponView(catalog, each)) };
  });
}

function couponIn(request: HttpRequest): string {
  return (request.params as { readonly coupon: string }).coupon;
}
