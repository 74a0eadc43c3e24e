import {
  customerOf,
  entitlementsOf,
  objectsOf,
  sections,
  type ObjectRevised,
} from "@tallybook/catalog";
import {
  described,
  filterOf,
  type Filters,
  flagFilter,
  textFilter,
  listOf,
  nextPage,
  output,
  pageOf,
} from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { listQuery } from "../listed.ts";
import { inEffect, momentQuery, notYet } from "../moments.ts";
import { applyOne } from "../orders/apply.ts";
import { approveCustomer, archiveObject, reviseObject } from "../orders/objects.ts";
import { appliedAnswers } from "../schemas/common.ts";
import { approvalInput, entitlements } from "../schemas/customers.ts";
import { objectSchemas } from "../schemas/objects.ts";
import { objectView, versioned } from "../views.ts";

/** Whatever collections there are, each by the same routes; and the lives of customers and plans. */
export function addObjectRoutes(desk: Desk): void {
  for (const collection of sections) addCollectionRoutes(desk, collection);
  addArchiveRoutes(desk, { section: "meters", noun: "meter", tag: "Meters" });
  addArchiveRoutes(desk, { section: "plans", noun: "plan", tag: "Plans" });
  addArchiveRoutes(desk, { section: "customers", noun: "customer", tag: "Customers" });
  addCustomerLifeRoutes(desk);
}

function addCollectionRoutes(desk: Desk, of: (typeof sections)[number]): void {
  const { server, admins, readers } = desk;
  const { collection, idField } = of;
  const { input, revision, object, versions: versionsSchema } = objectSchemas(collection, idField);
  const [noun, plural] = [idField.replaceAll("_", " "), collection.replaceAll("_", " ")];
  const path = `/v1/${collection.replaceAll("_", "-")}`;
  const filters = filtersOf(collection);
  const tag = plural.slice(0, 1).toUpperCase() + plural.slice(1);
  const makes = described(admins, {
    summary: `Makes one of the ${plural}, or its next version where it differs`,
    tag,
    body: input,
    answers: appliedAnswers,
  });
  const revises = described(admins, {
    summary: `Makes the ${noun} what the body says`,
    about: "What is left out is as if it had never been said.",
    tag,
    body: revision,
    answers: appliedAnswers,
  });
  const lists = described(readers, {
    summary: `Lists the ${plural}, each with its last version`,
    tag,
    query: listQuery(filters),
    answers: { 200: output({ [collection]: listOf(object), next: nextPage }) },
  });
  const gets = described(readers, {
    summary: `Gets the ${noun} with all its versions`,
    tag,
    query: momentQuery,
    answers: { 200: versionsSchema },
  });
  server.post(path, makes, (request, reply) =>
    desk.applied(request, reply, applyOne(collection, bodyOf(request))),
  );
  server.put(`${path}/:id`, revises, (request, reply) => {
    const order = reviseObject(collection, idField, idOf(request), bodyOf(request));
    return desk.applied(request, reply, order);
  });
  server.get(path, lists, (request) => {
    const { catalog, asOf } = desk.momentOf(request);
    const objects = objectsOf(catalog, desk.callerOf(request).tenant, collection);
    const shown = [...objects.values()].flatMap((versions) => inEffect(versions, asOf) ?? []);
    const { items, next } = pageOf(
      request,
      shown,
      ({ id }) => id,
      filterOf(request, filters, (version: ObjectRevised) => version),
    );
    return { [collection]: items.map((version) => objectView(of, version)), next };
  });
  server.get(`${path}/:id`, gets, (request) => {
    const moment = desk.momentOf(request);
    const objects = objectsOf(moment.catalog, desk.callerOf(request).tenant, collection);
    const versions = found(objects.get(idOf(request)), request);
    const shown = inEffect(versions, moment.asOf);
    if (shown === undefined) throw notYet(idOf(request), moment);
    return versioned(shown, versions, (version) => objectView(of, version));
  });
  addArchiveRoutes(desk, { section: collection, noun, tag });
}

/** What a collection is looked through by, besides what is archived. */
function filtersOf(collection: string): Filters<ObjectRevised> {
  const by = (name: string, description: string) =>
    textFilter<ObjectRevised>(description, ({ body }) => {
      const said = body[name];
      if (typeof said === "string") return said;
      return Array.isArray(said) ? said.filter((each) => typeof each === "string") : null;
    });
  const archived = flagFilter<ObjectRevised>(
    "What is archived, or what is not.",
    (version) => version.archived,
  );
  switch (collection) {
    case "products":
      return { tag: by("tags", "With that tag."), archived };
    case "features":
      return {
        type: by("type", "Of that type."),
        meter: by("meter", "Metered by that meter."),
        archived,
      };
    case "contracts":
      return { customer: by("customer", "With that customer."), archived };
    case "tax_rates":
      return {
        country: by("country", "Of that country."),
        jurisdiction: by("jurisdiction", "Of that jurisdiction."),
        archived,
      };
    case "coupons":
      return { plan: by("plans", "For that plan."), archived };
    case "models":
      return { provider: by("provider", "Run by that provider."), archived };
    default:
      return { archived };
  }
}

function addArchiveRoutes(
  { server, admins, applied }: Desk,
  { section, noun, tag }: { readonly section: string; readonly noun: string; readonly tag: string },
): void {
  const path = `/v1/${section.replaceAll("_", "-")}/:id`;
  const problems = [404];
  const archives = described(admins, {
    summary: `Archives the ${noun}: nothing new refers to it`,
    tag,
    answers: appliedAnswers,
    problems,
  });
  const brings = described(admins, {
    summary: `Takes the ${noun} out of the archive`,
    tag,
    answers: appliedAnswers,
    problems,
  });
  server.post(`${path}/archive`, archives, (request, reply) =>
    applied(request, reply, archiveObject(section, noun, idOf(request), true)),
  );
  server.post(`${path}/unarchive`, brings, (request, reply) =>
    applied(request, reply, archiveObject(section, noun, idOf(request), false)),
  );
}

function addCustomerLifeRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const tag = "Customers";
  const approves = described(admins, {
    summary: "Approves or refuses a customer who waits for it",
    about: "Billing begins then: trials, fees and usage. Who is approved stays so.",
    tag,
    body: approvalInput,
    answers: appliedAnswers,
    problems: [404],
  });
  const tells = described(readers, {
    summary: "Tells what a customer is entitled to",
    tag,
    query: momentQuery,
    answers: { 200: entitlements },
  });
  server.post("/v1/customers/:id/approval", approves, (request, reply) =>
    desk.applied(request, reply, approveCustomer(idOf(request), bodyOf(request))),
  );
  server.get("/v1/customers/:id/entitlements", tells, (request) => {
    const [{ tenant }, id] = [desk.callerOf(request), idOf(request)];
    const { catalog, asOf = desk.registry.now() } = desk.momentOf(request);
    found(customerOf(catalog, tenant, id), request);
    return { entitlements: entitlementsOf(catalog, tenant, id, asOf) };
  });
}
