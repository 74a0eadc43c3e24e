import type { Desk } from "../desk.ts";
import { typedCustomers } from "./customers.ts";
import { typedPlans } from "./plans.ts";
import { typedProducts } from "./products.ts";
import { addTypedResource } from "./resource.ts";
import { typedSkus } from "./skus.ts";
import { typedSubscriptions } from "./subscriptions.ts";

/** The typed API's part of the control plane: thin forms over the same facts. */
export function addTypedRoutes(desk: Desk): void {
  const all = [typedProducts, typedPlans, typedSkus, typedCustomers, typedSubscriptions];
  for (const resource of all) addTypedResource(desk, resource);
}
