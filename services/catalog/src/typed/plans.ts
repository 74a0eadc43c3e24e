import { objectsOf, plansOf, type Catalog } from "@tallybook/catalog";
import { inEffect } from "../moments.ts";
import { facts, type Decided } from "../orders/order.ts";
import { typedPlan, typedPlanInput } from "../schemas/typed.ts";
import { readFields } from "./body.ts";
import { cadences, type Cadence } from "./cadence.ts";
import type { Fields } from "./fields.ts";
import { idMade, idsIn, objectAt, objectMade, standingOf } from "./objects.ts";
import type { Resource } from "./resource.ts";
import { trialDaysMax } from "./words.ts";

/** What the typed API says of a plan beside its prices, which come with its SKUs. */
export interface PlanDetails {
  readonly name: string;
  readonly description: string | null;
  readonly billing_cadence: Cadence;
  readonly trial_days: number;
  readonly product_id: string | null;
}

/** `/admin/v1/catalog/plans` {name, description, billing_cadence, trial_days} */
export const typedPlans: Resource = {
  path: "/admin/v1/catalog/plans",
  one: "a plan",
  many: "plans",
  input: typedPlanInput,
  output: typedPlan,
  make(json, id) {
    const { trial_days, ...details } = readFields(json, readPlan);
    const body = { ...details, trial_days: String(trial_days) };
    return (catalog, asked) => {
      const product = details.product_id;
      const isKnown = product === null || objectsOf(catalog, asked.tenant, "products").has(product);
      return isKnown ? facts(objectMade("typed_plans", id, body, asked)) : noProduct(product);
    };
  },
  idMade: (done) => idMade(done, "typed_plans"),
  ids: (catalog, tenant) => idsIn(catalog, tenant, "typed_plans"),
  view(moment, tenant, id) {
    const object = objectAt(moment, tenant, "typed_plans", id);
    const details = detailsOf(moment.catalog, tenant, id);
    if (object === undefined || details === undefined) return undefined;
    const version = inEffect(plansOf(moment.catalog, tenant).get(id), moment.asOf);
    return {
      id,
      ...details,
      description: details.description ?? "",
      currency: version?.currency ?? null,
      sku_ids: version?.prices.map(({ price }) => price) ?? [],
      ...standingOf(object, moment),
    };
  },
};

/** Of a plan that was made so; undefined for any other. */
export function detailsOf(catalog: Catalog, tenant: string, id: string): PlanDetails | undefined {
  const body = objectAt({ catalog, asOf: undefined }, tenant, "typed_plans", id)?.body;
  if (body === undefined) return undefined;
  const { name, description, billing_cadence, trial_days, product_id } = body;
  return {
    name: typeof name === "string" ? name : id,
    description: typeof description === "string" ? description : null,
    billing_cadence: cadences.find((each) => each === billing_cadence) ?? "Monthly",
    trial_days: Number(trial_days),
    product_id: typeof product_id === "string" ? product_id : null,
  };
}

function noProduct(product: string): Decided {
  const detail = `there is no product ${product}: make it first with POST /admin/v1/catalog/products, or leave it out`;
  return { kind: "faulty", faults: [{ field: "product_id", reason: "unknown_product", detail }] };
}

function readPlan(fields: Fields): PlanDetails {
  return {
    name: fields.name("name"),
    description: fields.prose("description"),
    billing_cadence: fields.oneOf("billing_cadence", cadences) ?? "Monthly",
    trial_days: fields.whole("trial_days", { max: trialDaysMax }) ?? 0,
    product_id: fields.nameOrNull("product_id"),
  };
}
