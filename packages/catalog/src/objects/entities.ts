import type { Collection } from "./collection.ts";
import { countryIn, textListIn, textsIn } from "./read-texts.ts";

/** A company of the vendor's, in whose name invoices are written. */
export type Entity = {
  readonly name: string;
  readonly country: string | null;
  readonly tax_id: string | null;
  readonly email: string | null;
  /** By its lines. */
  readonly address: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
};

export const entities: Collection<Entity> = {
  collection: "entities",
  idField: "entity",
  idRule: "name",
  within: null,
  read: (entry) => ({
    name: entry.text("name", "id", entry.text("entity", "name")),
    country: countryIn(entry, "country"),
    tax_id: entry.textOrNull("tax_id", "id"),
    email: entry.textOrNull("email", "id"),
    address: textListIn(entry, "address"),
    metadata: textsIn(entry, "metadata"),
  }),
  references: () => [],
};
