import {
  objectsOf,
  type Asked,
  type Catalog,
  type ObjectBody,
  type ObjectRevised,
} from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import type { Done } from "../desk.ts";
import { inEffect, type Moment } from "../moments.ts";
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

export function idsIn(catalog: Catalog, tenant: string, collection: Collection): Iterable<string> {
  return objectsOf(catalog, tenant, collection).keys();
}

/** The version of an object in effect then; undefined for an unknown one. */
export function objectAt(
  { catalog, asOf }: Pick<Moment, "catalog" | "asOf">,
  tenant: string,
  collection: Collection,
  id: string,
): ObjectRevised | undefined {
  return inEffect(objectsOf(catalog, tenant, collection).get(id), asOf);
}

/** How an object stands, since when it is there, and since when its version is known. */
export function standingOf(version: ObjectRevised, { catalog }: Pick<Moment, "catalog">) {
  const { tenant, collection, id, archived, recorded_at } = version;
  const first = objectsOf(catalog, tenant, collection).get(id)?.[0] ?? version;
  return {
    status: archived ? "Archived" : "Active",
    created_at: formatTime(first.recorded_at),
    updated_at: formatTime(recorded_at),
  };
}
