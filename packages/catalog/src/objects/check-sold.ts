import type { Catalog } from "../catalog.ts";
import type { CatalogDocument } from "../document.ts";
import type { Terms } from "../facts.ts";
import type { Faults } from "../faults.ts";
import { subscriptionOf } from "../lookups.ts";
import type { Given } from "./given.ts";
import { planDetailsOf } from "./lookups.ts";
import type { PlanDetails } from "./plan-details.ts";

/** Nothing archived is sold to anybody new, and an add-on only beside a plan. */
export function checkSold(
  catalog: Catalog,
  { subscriptions }: CatalogDocument,
  given: Given,
  tenant: string,
  faults: Faults,
): void {
  const standing = (plan: string): Standing => ({
    add_on: (given.body("plan_details", plan) as PlanDetails | undefined)?.add_on ?? false,
    archived: given.state("plans", plan) === "archived",
  });
  for (const [index, { subscription, plan, customer, terms }] of subscriptions.entries()) {
    // What was sold goes on.
    if (subscriptionOf(catalog, tenant, subscription) !== undefined) continue;
    const at = `subscriptions[${index}]`;
    for (const each of terms) {
      const field = each.plan === plan ? "plan" : "phases";
      faultTaken(each, { plan: `${at}.${field}`, add_ons: `${at}.add_ons` }, standing, faults);
    }
    if (given.state("customers", customer) === "archived") {
      const detail = `customer ${customer} is archived: apply it again first`;
      faults.add(`${at}.customer`, "archived", detail);
    }
  }
}

/** The same of terms that a subscription changes to; what it is on already, it may stay on. */
export function checkChanged(
  catalog: Catalog,
  { tenant, terms }: { readonly tenant: string; readonly terms: readonly Terms[] },
  wanted: Terms,
  faults: Faults,
): void {
  const taken = new Set(terms.flatMap((each) => [each, ...each.add_ons].map(({ plan }) => plan)));
  const standing = (plan: string): Standing => {
    const { add_on, archived } = planDetailsOf(catalog, { tenant, plan });
    return { add_on, archived: archived && !taken.has(plan) };
  };
  faultTaken(wanted, { plan: "plan", add_ons: "add_ons" }, standing, faults);
}

type Standing = Pick<PlanDetails, "add_on"> & { readonly archived: boolean };

function faultTaken(
  { plan, add_ons }: Terms,
  fields: { readonly plan: string; readonly add_ons: string },
  standing: (plan: string) => Standing,
  faults: Faults,
): void {
  faultArchived(plan, fields.plan, standing, faults);
  if (standing(plan).add_on) {
    const detail = `${plan} is an add-on: subscribe to a plan, with it among the add_ons`;
    faults.add(fields.plan, "is_an_add_on", detail);
  }
  for (const [index, addOn] of add_ons.entries())
    faultArchived(addOn.plan, `${fields.add_ons}[${index}].plan`, standing, faults);
}

function faultArchived(
  plan: string,
  field: string,
  standing: (plan: string) => Standing,
  faults: Faults,
): void {
  if (standing(plan).archived) faults.add(field, "archived", `${plan} is archived: take another`);
}
