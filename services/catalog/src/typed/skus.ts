import { isJsonObject, type Json } from "@tallybook/usage";
import { plainOf, type Plain } from "../body.ts";
import { typedSku, typedSkuInput } from "../schemas/typed.ts";
import { readFields } from "./body.ts";
import { createSku, type SkuDraft } from "./create-sku.ts";
import { readCurrency } from "./customers.ts";
import type { Fields } from "./fields.ts";
import { idMade, idsIn, objectAt, standingOf } from "./objects.ts";
import type { Resource } from "./resource.ts";
import { chargeFields, pricingModels, readSkuCharge } from "./sku-charge.ts";
import type { Measured } from "./sku-meter.ts";

/**
 * `/admin/v1/catalog/skus` {plan_id, name, pricing_model, unit_amount_nanos, meter_event_type, meter_property, currency}: made when
 * events are measured for it.
 */
export const typedSkus: Resource = {
  path: "/admin/v1/catalog/skus",
  one: "a SKU",
  many: "SKUs",
  input: typedSkuInput,
  output: typedSku,
  make: (json, id) =>
    createSku(
      id,
      readFields(json, (fields) => readSku(fields, json)),
    ),
  idMade: (done) => idMade(done, "typed_skus"),
  ids: (catalog, tenant) => idsIn(catalog, tenant, "typed_skus"),
  view(moment, tenant, id) {
    const sku = objectAt(moment, tenant, "typed_skus", id);
    return sku === undefined ? undefined : { id, ...sku.body, ...standingOf(sku, moment) };
  },
  filters: { plan_id: "Of that plan." },
};

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
