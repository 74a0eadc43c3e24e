import type { Catalog } from "../catalog.ts";
import type { CatalogDocument } from "../document.ts";
import type { MeterPublished, ObjectBody, PlanPublished } from "../facts.ts";
import { customerOf, metersAt, objectsOf, plansOf } from "../lookups.ts";
import type { ObjectDraft } from "./collection.ts";

/** What there will be once a document is applied, as far as references ask for it. */
export interface Given {
  state(collection: string, id: string): "there" | "archived" | "unknown";
  /** Of an object; undefined where there is none, or none has ever said more than a plan's prices or a customer's name. */
  body(collection: string, id: string): ObjectBody | undefined;
  /** As the document or else the latest version has it. */
  plan(plan: string): Pick<PlanPublished, "currency" | "prices"> | undefined;
  meter(meter: string): Pick<MeterPublished, "aggregation" | "dimensions" | "currency"> | undefined;
}

export function givenIn(
  catalog: Catalog,
  { meters, plans, customers }: CatalogDocument,
  drafts: readonly ObjectDraft[],
  tenant: string,
): Given {
  const bodies = new Map(drafts.map(({ collection, id, body }) => [`${collection} ${id}`, body]));
  const meterByName = new Map(meters.map((draft) => [draft.meter, draft]));
  const planByName = new Map(plans.map((draft) => [draft.plan, draft]));
  const customerIds = new Set(customers.map(({ customer }) => customer));
  const latest = (collection: string, id: string) =>
    objectsOf(catalog, tenant, collection).get(id)?.at(-1);
  const given: Given = {
    state(collection, id) {
      if (collection === "meters") {
        if (meterByName.has(id)) return "there";
        if (given.meter(id) === undefined) return "unknown";
        return latest("meter_details", id)?.archived === true ? "archived" : "there";
      }
      if (collection === "plans") {
        if (planByName.has(id)) return "there";
        if (given.plan(id) === undefined) return "unknown";
        return latest("plan_details", id)?.archived === true ? "archived" : "there";
      }
      if (collection === "customers" && customerIds.has(id)) return "there";
      if (bodies.has(`${collection} ${id}`)) return "there";
      const known = latest(collection, id);
      if (known !== undefined) return known.archived ? "archived" : "there";
      const isCustomer =
        collection === "customers" && customerOf(catalog, tenant, id) !== undefined;
      return isCustomer ? "there" : "unknown";
    },
    body: (collection, id) => bodies.get(`${collection} ${id}`) ?? latest(collection, id)?.body,
    plan: (plan) => planByName.get(plan) ?? plansOf(catalog, tenant).get(plan)?.at(-1),
    meter: (meter) => meterByName.get(meter) ?? metersAt(catalog, tenant).get(meter)?.at(-1),
  };
  return given;
}
