import type { Catalog } from "./catalog.ts";
import type { Terms } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { customerOf, plansOf } from "./lookups.ts";
import type { Asked } from "./plan.ts";

/** Who asks for terms. */
interface Subscriber {
  readonly customer: string;
}

/** What terms name is there, and in the customer's currency. */
export function checkTerms(
  catalog: Catalog,
  { customer }: Subscriber,
  { plan, add_ons }: Terms,
  { tenant }: Pick<Asked, "tenant">,
  faults: Faults,
): void {
  const currency = customerOf(catalog, tenant, customer)?.currency ?? "";
  const planCurrency = (name: string) => plansOf(catalog, tenant).get(name)?.at(-1)?.currency;
  checkPlan(plan, "plan", currency, planCurrency, faults);
  for (const [index, addOn] of add_ons.entries())
    checkPlan(addOn.plan, `add_ons[${index}].plan`, currency, planCurrency, faults);
}

/** A plan is there, and in the currency in which the customer is billed. */
export function checkPlan(
  plan: string,
  field: string,
  currency: string,
  planCurrency: (plan: string) => string | undefined,
  faults: Faults,
): void {
  const found = planCurrency(plan);
  if (found === undefined) {
    const detail = `there is no plan ${plan}: publish it first or in the same document`;
    faults.add(field, "unknown_plan", detail);
  } else if (found !== currency) {
    const detail = `the plan is in ${found} and the customer is billed in ${currency}`;
    faults.add(field, "currency_mismatch", `${detail}; choose a plan in that currency`);
  }
}
