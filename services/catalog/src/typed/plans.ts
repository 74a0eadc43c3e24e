import { objectsOf, plansOf, type Catalog } from "@tallybook/catalog";
import { described, listOf } from "@tallybook/service";
import { found, idOf, type Desk } from "../desk.ts";
import { facts } from "../orders/order.ts";
import { typedPlan, typedPlanInput } from "../schemas/typed.ts";
import { jsonOf, readFields } from "./body.ts";
import { cadences, type Cadence } from "./cadence.ts";
import type { Fields } from "./fields.ts";
import { makeId } from "./ids.ts";
import { createdAt, idMade, objectMade, objectOf } from "./objects.ts";
import { trialDaysMax, typedTag } from "./words.ts";
import { standing } from "./products.ts";

/** What the typed API says of a plan beside its prices, which come with its SKUs. */
export interface PlanDetails {
  readonly name: string;
  readonly description: string;
  readonly billing_cadence: Cadence;
  readonly trial_days: number;
  readonly product_id: string | null;
}

/** `POST /admin/v1/catalog/plans` {name, description, billing_cadence, trial_days}, the list of all, and one by its id. */
export function addTypedPlanRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const path = "/admin/v1/catalog/plans";
  const makes = described(admins, {
    summary: "Makes a plan, in the typed form",
    tag: typedTag,
    body: typedPlanInput,
    answers: { 201: typedPlan },
  });
  const lists = described(readers, {
    summary: "Lists the plans, in the typed form",
    tag: typedTag,
    answers: { 200: listOf(typedPlan) },
  });
  const gets = described(readers, {
    summary: "Gets a plan, in the typed form",
    tag: typedTag,
    answers: { 200: typedPlan },
  });

  server.post(path, makes, async (request, reply) => {
    const { trial_days, ...details } = readFields(jsonOf(request), readPlan);
    const body = { ...details, trial_days: String(trial_days) };
    const done = await desk.execute(request, (_catalog, asked) =>
      facts(objectMade("typed_plans", makeId(), body, asked)),
    );
    const id = idMade(done, "typed_plans");
    return reply.code(201).send(viewOf(desk.catalog(), desk.callerOf(request).tenant, id));
  });
  server.get(path, lists, (request) => {
    const { tenant } = desk.callerOf(request);
    return [...objectsOf(desk.catalog(), tenant, "typed_plans").keys()].map((id) =>
      viewOf(desk.catalog(), tenant, id),
    );
  });
  server.get(`${path}/:id`, gets, (request) => {
    const { tenant } = desk.callerOf(request);
    return found(viewOf(desk.catalog(), tenant, idOf(request)), request);
  });
}

/** Of a plan that was made so; undefined for any other. */
export function detailsOf(catalog: Catalog, tenant: string, id: string): PlanDetails | undefined {
  const body = objectOf(catalog, tenant, "typed_plans", id)?.body;
  if (body === undefined) return undefined;
  const { name, description, billing_cadence, trial_days, product_id } = body;
  return {
    name: String(name),
    description: String(description),
    billing_cadence: billing_cadence as Cadence,
    trial_days: Number(trial_days),
    product_id: typeof product_id === "string" ? product_id : null,
  };
}

function readPlan(fields: Fields): PlanDetails {
  return {
    name: fields.name("name"),
    description: fields.text("description") ?? "",
    billing_cadence: fields.oneOf("billing_cadence", cadences) ?? "Monthly",
    trial_days: fields.whole("trial_days", { max: trialDaysMax }) ?? 0,
    product_id: fields.nameOrNull("product_id"),
  };
}

function viewOf(catalog: Catalog, tenant: string, id: string) {
  const details = detailsOf(catalog, tenant, id);
  const object = objectOf(catalog, tenant, "typed_plans", id);
  if (details === undefined || object === undefined) return undefined;
  const latest = plansOf(catalog, tenant).get(id)?.at(-1);
  return {
    id,
    ...details,
    currency: latest?.currency ?? null,
    sku_ids: latest?.prices.map(({ price }) => price) ?? [],
    ...standing(object),
    created_at: createdAt(catalog, tenant, "typed_plans", id),
  };
}
