import { applyOne } from "../orders/apply.ts";
import { typedProduct, typedProductInput } from "../schemas/typed.ts";
import { readFields } from "./body.ts";
import { idMade, idsIn, objectAt, standingOf } from "./objects.ts";
import type { Resource } from "./resource.ts";

/** `/admin/v1/catalog/products` {name, description, tags} */
export const typedProducts: Resource = {
  path: "/admin/v1/catalog/products",
  one: "a product",
  many: "products",
  input: typedProductInput,
  output: typedProduct,
  make(json, id) {
    const product = readFields(json, (fields) => ({
      name: fields.name("name"),
      description: fields.prose("description"),
      tags: fields.names("tags"),
    }));
    return applyOne("products", { product: id, ...product });
  },
  idMade: (done) => idMade(done, "products"),
  ids: (catalog, tenant) => idsIn(catalog, tenant, "products"),
  view(moment, tenant, id) {
    const product = objectAt(moment, tenant, "products", id);
    if (product === undefined) return undefined;
    const { name, description, tags } = product.body;
    return {
      id,
      name: name ?? id,
      description: description ?? "",
      tags: tags ?? [],
      ...standingOf(product, moment),
    };
  },
};
