import { objectsOf, type ObjectRevised } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import { described, listOf } from "@tallybook/service";
import { found, idOf, type Desk } from "../desk.ts";
import { facts } from "../orders/order.ts";
import { typedProduct, typedProductInput } from "../schemas/typed.ts";
import { jsonOf, readFields } from "./body.ts";
import { makeId } from "./ids.ts";
import { createdAt, idMade, objectMade, objectOf } from "./objects.ts";
import { typedTag } from "./words.ts";

/** `POST /admin/v1/catalog/products` {name, description, tags}, the list of all, and one by its id. */
export function addTypedProductRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const path = "/admin/v1/catalog/products";
  const makes = described(admins, {
    summary: "Makes a product, in the typed form",
    tag: typedTag,
    body: typedProductInput,
    answers: { 201: typedProduct },
  });
  const lists = described(readers, {
    summary: "Lists the products, in the typed form",
    tag: typedTag,
    answers: { 200: listOf(typedProduct) },
  });
  const gets = described(readers, {
    summary: "Gets a product, in the typed form",
    tag: typedTag,
    answers: { 200: typedProduct },
  });

  server.post(path, makes, async (request, reply) => {
    const body = readFields(jsonOf(request), (fields) => ({
      name: fields.name("name"),
      description: fields.text("description") ?? "",
      tags: fields.texts("tags"),
    }));
    const done = await desk.execute(request, (_catalog, asked) =>
      facts(objectMade("products", makeId(), body, asked)),
    );
    const id = idMade(done, "products");
    return reply.code(201).send(viewOf(desk, desk.callerOf(request).tenant, id));
  });
  server.get(path, lists, (request) => {
    const { tenant } = desk.callerOf(request);
    return [...objectsOf(desk.catalog(), tenant, "products").keys()].map((id) =>
      viewOf(desk, tenant, id),
    );
  });
  server.get(`${path}/:id`, gets, (request) => {
    const { tenant } = desk.callerOf(request);
    return found(viewOf(desk, tenant, idOf(request)), request);
  });
}

function viewOf(desk: Desk, tenant: string, id: string) {
  const product = objectOf(desk.catalog(), tenant, "products", id);
  if (product === undefined) return undefined;
  const { name, description, tags } = product.body;
  return {
    id,
    name: name ?? id,
    description: description ?? "",
    tags: tags ?? [],
    ...standing(product),
    created_at: createdAt(desk.catalog(), tenant, "products", id),
  };
}

/** How an object stands, and since when its latest version is known. */
export function standing({ archived, recorded_at }: ObjectRevised) {
  return { status: archived ? "Archived" : "Active", updated_at: formatTime(recorded_at) };
}
