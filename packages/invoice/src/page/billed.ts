import { type BilledPlan, billedPlan, planByVersion } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";

import type { Draft } from "../finalize.ts";

/**
 * By what an invoice's own period was billed, as the catalog says it that its step took: the version of the plan with the prices
 * that the contract has instead. Without a contract where the catalog speaks of another version than the invoice.
 */
export function billedBy(invoice: Draft, catalog: Catalog): BilledPlan | undefined {
  const { tenant, customer, plan, plan_version, period_from } = invoice;
  const billed = billedPlan(catalog, tenant, { customer, plan }, period_from);
  if (billed?.plan.version === plan_version) return billed;
  const published = planByVersion(catalog, tenant, plan, plan_version);
  return published && { plan: published, contract: null, contract_version: null };
}
