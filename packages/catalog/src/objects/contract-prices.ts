import { type Micros, parseTime } from "@tallybook/periods";
import { versionAt } from "@tallybook/usage";
import type { Catalog } from "../catalog.ts";
import type { ObjectRevised, PlanPublished, Price } from "../facts.ts";
import { contractsOf, objectsOf, planVersionFor } from "../lookups.ts";
import { type Contract, overriddenPrice, type PriceOverride } from "./contracts.ts";

/** A plan as a customer is billed by it, with what the evidence says of that. */
export interface BilledPlan {
  /** The version, with the prices that the contract has instead. */
  readonly plan: PlanPublished;
  readonly contract: string | null;
  readonly contract_version: number | null;
}

/** How a customer is billed by a plan in a period that begins at the time; undefined for an unknown plan. */
export function billedPlan(
  catalog: Catalog,
  tenant: string,
  { customer, plan }: { readonly customer: string; readonly plan: string },
  at: Micros,
): BilledPlan | undefined {
  const version = contractAt(catalog, tenant, customer, at);
  const contract = version?.body as Contract | undefined;
  const isFrozen = version !== undefined && contract?.price_changes === "frozen";
  const published = planVersionFor(catalog, tenant, plan, isFrozen ? version.effective_at : at);
  if (published === undefined) return undefined;
  if (version === undefined || contract === undefined)
    return { plan: published, contract: null, contract_version: null };
  return {
    plan: withOverrides(published, contract),
    contract: version.id,
    contract_version: version.version,
  };
}

/** The version of a customer's contract that is in force at the time. */
export function contractAt(
  catalog: Catalog,
  tenant: string,
  customer: string,
  at: Micros,
): ObjectRevised | undefined {
  for (const versions of contractsOf(catalog, tenant, customer)) {
    const version = versionAt(versions, at);
    if (version !== undefined && !version.archived && at < endOf(version)) return version;
  }
  return undefined;
}

/** A plan's version as a customer was billed by it: with the prices that the contract's version has instead. */
export function contractedPlan(
  catalog: Catalog,
  plan: PlanPublished,
  { contract, contract_version }: Pick<BilledPlan, "contract" | "contract_version">,
): PlanPublished {
  if (contract === null) return plan;
  const versions = objectsOf(catalog, plan.tenant, "contracts").get(contract);
  const version = versions?.find((each) => each.version === contract_version);
  return version === undefined ? plan : withOverrides(plan, version.body as Contract);
}

/** Whether a version of a contract overrides a price by one that is posted when its period begins. */
export function signsInAdvance({ body }: ObjectRevised): boolean {
  return (body as Contract).overrides.some((each) => each["payment_term"] === "in_advance");
}

/** When a version of a contract says that it ends. */
export function endOf({ body }: ObjectRevised): Micros {
  const { ends_at } = body as Contract;
  return ends_at === null ? Infinity : (parseTime(ends_at) ?? Infinity);
}

// Both never change, and what is made of them follows from them alone.
const overriddenByPlan = new WeakMap<Contract, WeakMap<PlanPublished, PlanPublished>>();

function withOverrides(plan: PlanPublished, contract: Contract): PlanPublished {
  const own = contract.overrides.filter((each) => each.plan === plan.plan);
  if (own.length === 0) return plan;
  let byPlan = overriddenByPlan.get(contract);
  if (byPlan === undefined) overriddenByPlan.set(contract, (byPlan = new WeakMap()));
  let made = byPlan.get(plan);
  if (made === undefined) {
    made = { ...plan, prices: plan.prices.map((price) => pricedBy(own, price)) };
    byPlan.set(plan, made);
  }
  return made;
}

function pricedBy(overrides: readonly PriceOverride[], price: Price): Price {
  const override = overrides.find((each) => each.price === price.price);
  return override === undefined ? price : overriddenPrice(override, price);
}
