import type { Desk } from "../desk.ts";
import { addTypedCustomerRoutes } from "./customers.ts";
import { addTypedPlanRoutes } from "./plans.ts";
import { addTypedProductRoutes } from "./products.ts";
import { addTypedSkuRoutes } from "./skus.ts";
import { addTypedSubscriptionRoutes } from "./subscriptions.ts";

/** The typed API's part of the control plane: thin forms over the same facts. */
export function addTypedRoutes(desk: Desk): void {
  addTypedProductRoutes(desk);
  addTypedPlanRoutes(desk);
  addTypedSkuRoutes(desk);
  addTypedCustomerRoutes(desk);
  addTypedSubscriptionRoutes(desk);
}
