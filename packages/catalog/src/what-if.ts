import type { Catalog } from "./catalog.ts";
import type { PlanPublished } from "./facts.ts";

/** A catalog as if a plan had always been this, in one version; the rest stays, contracts with prices of their own as well. */
export function catalogWithPlan(catalog: Catalog, plan: PlanPublished): Catalog {
  const own = catalog.tenants.get(plan.tenant);
  if (own === undefined) return catalog;
  const plans = new Map(own.plans).set(plan.plan, [plan]);
  return {
    ...catalog,
    tenants: new Map(catalog.tenants).set(plan.tenant, { ...own, plans }),
  };
}
