import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import type { Catalog } from "./catalog.ts";
import type { Covered, PlanPublished, Price, Terms } from "./facts.ts";
import { contractsOf, plansOf } from "./lookups.ts";
import { billedPlan, type BilledPlan, signsInAdvance } from "./objects/contract-prices.ts";

/** A price as it is billed to a customer: what of it hangs on the terms of a subscription. */
export interface SoldPrice extends Price {
  /** Its own name, or `add-on/name` of a price of an add-on. */
  readonly price: string;
  readonly plan: string;
  readonly plan_version: number;
  /** Its name in its plan. */
  readonly own: string;
  readonly of: "plan" | "add_on";
  /** Of the plan or the add-on: what a price without a meter asks for is asked for as often. */
  readonly quantity: DecimalText;
  readonly covered: Covered;
  readonly contract: string | null;
  readonly contract_version: number | null;
}

/** What is billed of a period. */
export interface SoldPlan {
  readonly plan: PlanPublished;
  /** The plan's in their order, then those of the add-ons in theirs. */
  readonly prices: readonly SoldPrice[];
}

/**
 * The prices that a customer is billed by for a period that begins at the time, by the contract, and the versions of plan and
 * add-ons, that are in effect then. Undefined for an unknown plan; an unknown add-on has no prices.
 */
export function pricesFor(
  catalog: Catalog,
  tenant: string,
  customer: string,
  terms: Terms,
  at: Micros,
): SoldPlan | undefined {
  const billed = billedPlan(catalog, tenant, { customer, plan: terms.plan }, at);
  if (billed === undefined) return undefined;
  const { plan } = billed;
  const { quantity, covered, add_ons } = terms;
  const own = soldOf(billed, { quantity, covered, of: "plan" });
  if (add_ons.length === 0) return own;
  const others = add_ons.flatMap((addOn) => {
    const beside = billedPlan(catalog, tenant, { customer, plan: addOn.plan }, at);
    return beside === undefined
      ? []
      : soldOf(beside, { quantity: addOn.quantity, covered, of: "add_on" }).prices;
  });
  return { plan, prices: [...own.prices, ...others] };
}

/** Whether any version of what the terms name, or of the customer's contracts, has a price that is posted when its period begins. */
export function sellsInAdvance(
  catalog: Catalog,
  { tenant, customer }: { readonly tenant: string; readonly customer: string },
  terms: Terms,
): boolean {
  const isSold = [terms, ...terms.add_ons].some(({ plan }) =>
    (plansOf(catalog, tenant).get(plan) ?? []).some(({ prices }) => prices.some(isInAdvance)),
  );
  return isSold || contractsOf(catalog, tenant, customer).some((all) => all.some(signsInAdvance));
}

/** Whether a price is posted when its period begins. */
export function isInAdvance({ charge }: Pick<Price, "charge">): boolean {
  return charge.model === "flat" && charge.payment_term === "in_advance";
}

type SoldAs = Pick<SoldPrice, "quantity" | "covered" | "of">;

/** A version is sold to many on the same terms, and asked for with each row of usage: what was made stays. */
function soldOf(billed: BilledPlan, { quantity, covered, of }: SoldAs): SoldPlan {
  const { plan: version, contract, contract_version } = billed;
  let known = soldByVersion.get(version);
  if (known === undefined) soldByVersion.set(version, (known = new Map()));
  const isUsual = of === "plan" && quantity === "1" && covered === "nothing" && contract === null;
  const key = isUsual ? "" : JSON.stringify([of, covered, quantity, contract, contract_version]);
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= termsMax) known.clear();
  const { plan, version: plan_version } = version;
  const prices = version.prices.map((price): SoldPrice => {
    const own = price.price;
    const name = of === "plan" ? own : `${plan}/${own}`;
    const on = { plan, plan_version, own, of, quantity, covered };
    return { ...price, price: name, ...on, contract, contract_version };
  });
  const made = { plan: version, prices };
  known.set(key, made);
  return made;
}

const soldByVersion = new WeakMap<PlanPublished, Map<string, SoldPlan>>();
const termsMax = 1_000;
