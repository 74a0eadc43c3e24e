import type { Catalog } from "../catalog.ts";
import type { CatalogDocument } from "../document.ts";
import type { Faults } from "../faults.ts";
import { subscriptionOf } from "../lookups.ts";
import type { Given } from "./given.ts";
import type { PlanDetails } from "./plan-details.ts";

/** Nothing archived is sold to anybody new, and an add-on only beside a plan. */
export function checkSold(
  catalog: Catalog,
  { subscriptions }: CatalogDocument,
  given: Given,
  tenant: string,
  faults: Faults,
): void {
  for (const [index, { subscription, plan, customer }] of subscriptions.entries()) {
    // What was sold goes on.
    if (subscriptionOf(catalog, tenant, subscription) !== undefined) continue;
    const at = `subscriptions[${index}]`;
    const details = given.body("plan_details", plan) as PlanDetails | undefined;
    if (given.state("plans", plan) === "archived") {
      faults.add(`${at}.plan`, "archived", `plan ${plan} is archived: take another`);
    } else if (details?.add_on === true) {
      const detail = `${plan} is an add-on: subscribe to a plan, with it among the add_ons`;
      faults.add(`${at}.plan`, "is_an_add_on", detail);
    }
    if (given.state("customers", customer) === "archived") {
      const detail = `customer ${customer} is archived: apply it again first`;
      faults.add(`${at}.customer`, "archived", detail);
    }
  }
}
