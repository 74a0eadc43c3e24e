import type { Desk } from "../desk.ts";
import { typedCustomers } from "./customers.ts";
import { typedPlans } from "./plans.ts";
import { typedProducts } from "./products.ts";
import { addTypedResource } from "./resource.ts";
import { typedSkus } from "./skus.ts";
import { addTypedSubscriptionRoutes } from "./subscriptions.ts";

/** The typed API's part of the control plane: thin forms over the same facts. */
export function addTypedRoutes(desk: Desk): void {
  for (const resource of [typedProducts, typedPlans, typedSkus, typedCustomers])
    addTypedResource(desk, resource);
  addTypedSubscriptionRoutes(desk);
}
