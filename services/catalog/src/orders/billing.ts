import { subscriptionOf } from "@tallybook/catalog";
import { facts, head, notFound, type Order } from "./order.ts";

/** Has what a subscription has used up to now billed at the next cut, which comes at once. */
export function requestBilling(subscription: string): Order {
  return (catalog, asked) => {
    if (subscriptionOf(catalog, asked.tenant, subscription) === undefined)
      return notFound(`there is no subscription ${subscription}`);
    return facts({ kind: "BillingRequested", ...head(asked), subscription });
  };
}
