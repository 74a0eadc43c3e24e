import { proseIn, textListIn, textsIn } from "./read-texts.ts";
import type { Collection } from "./collection.ts";

/** What is sold: plans, and the lines of their invoices, belong to one. */
export type Product = {
  readonly name: string;
  readonly description: string | null;
  readonly tags: readonly string[];
  /** For those who look up taxes by what is sold. */
  readonly tax_category: string | null;
  readonly metadata: Readonly<Record<string, string>>;
};

export const products: Collection<Product> = {
  collection: "products",
  idField: "product",
  idRule: "name",
  within: null,
  read: (entry) => ({
    name: entry.text("name", "id", entry.text("product", "name")),
    description: proseIn(entry, "description"),
    tags: textListIn(entry, "tags"),
    tax_category: entry.textOrNull("tax_category", "id"),
    metadata: textsIn(entry, "metadata"),
  }),
  references: () => [],
};
