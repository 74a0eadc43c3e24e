import {
  objectsOf,
  type Asked,
  type Catalog,
  type ObjectBody,
  type ObjectRevised,
} from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import type { Done } from "../desk.ts";
import { head } from "../orders/order.ts";

/** Where the typed API keeps what no other fact has a place for. */
export type Collection = "products" | "customers" | "typed_plans" | "typed_skus";

/** The first version of an object. */
export function objectMade(
  collection: Collection,
  id: string,
  body: ObjectBody,
  asked: Asked,
): ObjectRevised {
  return {
    kind: "ObjectRevised",
    ...head(asked),
    effective_at: asked.now,
    collection,
    id,
    version: 1,
    archived: false,
    body,
  };
}

/** The id under which a request has made an object, now or when it came for the first time. */
export function idMade({ facts }: Done, collection: Collection): string {
  for (const fact of facts)
    if (fact.kind === "ObjectRevised" && fact.collection === collection) return fact.id;
  throw new Error(`nothing of ${collection} was made`);
}

/** The latest version of an object; undefined for an unknown one. */
export function objectOf(
  catalog: Catalog,
  tenant: string,
  collection: Collection,
  id: string,
): ObjectRevised | undefined {
  return objectsOf(catalog, tenant, collection).get(id)?.at(-1);
}

/** When an object was made; null for what was never made as one. */
export function createdAt(
  catalog: Catalog,
  tenant: string,
  collection: Collection,
  id: string,
): string | null {
  const first = objectsOf(catalog, tenant, collection).get(id)?.[0];
  return first === undefined ? null : formatTime(first.recorded_at);
}
