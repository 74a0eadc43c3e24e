import { objectsOf, type Catalog } from "@tallybook/catalog";
import { isJsonObject, type Json } from "@tallybook/usage";
import { plainOf, type Plain } from "../body.ts";
import { described, listOf } from "@tallybook/service";
import { found, idOf, type Desk } from "../desk.ts";
import { typedSku, typedSkuInput } from "../schemas/typed.ts";
import { jsonOf, readFields } from "./body.ts";
import { createSku, type SkuDraft } from "./create-sku.ts";
import { readCurrency } from "./customers.ts";
import type { Fields } from "./fields.ts";
import { makeId } from "./ids.ts";
import { createdAt, idMade, objectOf } from "./objects.ts";
import { typedTag } from "./words.ts";
import { standing } from "./products.ts";
import { chargeFields, pricingModels, readSkuCharge } from "./sku-charge.ts";
import type { Measured } from "./sku-meter.ts";

/**
 * `POST /admin/v1/catalog/skus` {plan_id, name, pricing_model, unit_amount_nanos, meter_event_type, meter_property, currency}:
 * answers when events are measured for it. The list of all, and one by its id.
 */
export function addTypedSkuRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const path = "/admin/v1/catalog/skus";
  const makes = described(admins, {
    summary: "Makes a SKU, in the typed form",
    tag: typedTag,
    body: typedSkuInput,
    answers: { 201: typedSku, 202: typedSku },
  });
  const lists = described(readers, {
    summary: "Lists the SKUs, in the typed form",
    tag: typedTag,
    answers: { 200: listOf(typedSku) },
  });
  const gets = described(readers, {
    summary: "Gets a SKU, in the typed form",
    tag: typedTag,
    answers: { 200: typedSku },
  });

  server.post(path, makes, async (request, reply) => {
    const json = jsonOf(request);
    const draft = readFields(json, (fields) => readSku(fields, json));
    const done = await desk.execute(request, createSku(makeId(), draft));
    const inForce = await desk.inForce(done);
    const { tenant } = desk.callerOf(request);
    const view = viewOf(desk.catalog(), tenant, idMade(done, "typed_skus"));
    return reply.code(inForce ? 201 : 202).send({ ...view, in_force: inForce });
  });
  server.get(path, lists, (request) => {
    const { tenant } = desk.callerOf(request);
    return [...objectsOf(desk.catalog(), tenant, "typed_skus").keys()].map((id) =>
      viewOf(desk.catalog(), tenant, id),
    );
  });
  server.get(`${path}/:id`, gets, (request) => {
    const { tenant } = desk.callerOf(request);
    return found(viewOf(desk.catalog(), tenant, idOf(request)), request);
  });
}

function readSku(fields: Fields, json: Json): SkuDraft {
  const pricing_model = fields.oneOf("pricing_model", pricingModels);
  if (!fields.has("pricing_model"))
    fields.fault("pricing_model", "missing", `it is required: one of ${pricingModels.join(", ")}`);
  const model = pricing_model ?? "PerUnit";
  return {
    plan_id: fields.name("plan_id"),
    name: fields.name("name"),
    pricing_model: model,
    currency: readCurrency(fields, "USD"),
    measured: model === "Flat" ? null : readMeasured(fields),
    // Which fields it may have is not known without a model.
    charge: pricing_model === null ? {} : readSkuCharge(fields, model),
    written: writtenIn(json),
  };
}

function readMeasured(fields: Fields): Measured {
  fields.require("meter_event_type", "the event_type of the events that it bills");
  return {
    event_type: fields.nameOrNull("meter_event_type") ?? "",
    property: fields.nameOrNull("meter_property"),
  };
}

function writtenIn(json: Json): { readonly [field: string]: Plain } {
  const members = isJsonObject(json) ? Object.entries(json) : [];
  const own = members.filter(([name]) => chargeFields.has(name));
  return Object.fromEntries(own.map(([name, value]) => [name, plainOf(value)]));
}

function viewOf(catalog: Catalog, tenant: string, id: string) {
  const sku = objectOf(catalog, tenant, "typed_skus", id);
  if (sku === undefined) return undefined;
  const created_at = createdAt(catalog, tenant, "typed_skus", id);
  return { id, ...sku.body, ...standing(sku), created_at };
}
