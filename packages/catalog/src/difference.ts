import type { Catalog } from "./catalog.ts";
import type { CatalogDocument } from "./document.ts";
import { type DocumentEntry, entryOf } from "./entries.ts";
import type { CatalogFact, PlainJson } from "./facts.ts";
import { catalogWith } from "./fold.ts";

/** What applying a document does to one of its entries. */
export interface EntryDifference {
  readonly section: string;
  readonly id: string;
  readonly change: "new" | "changed" | "same";
  /** Of what is changed. */
  readonly fields: readonly FieldDifference[];
}

/** A field like `prices[monthly].amount`; null where it is not there. */
export interface FieldDifference {
  readonly field: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** The difference that the facts make which a document comes to, entry by entry in the document's order. */
export function differenceOf(
  catalog: Catalog,
  tenant: string,
  document: CatalogDocument,
  facts: readonly CatalogFact[],
): EntryDifference[] {
  const then = catalogWith(catalog, facts);
  return namedIn(document).map(({ section, id }) => {
    const before = entryOf(catalog, tenant, section, id);
    const after = entryOf(then, tenant, section, id) ?? {};
    if (before === undefined) return { section, id, change: "new", fields: [] };
    const fields = fieldDifferences(before, after);
    return { section, id, change: fields.length === 0 ? "same" : "changed", fields };
  });
}

function namedIn({ meters, plans, customers, subscriptions, objects }: CatalogDocument) {
  return [
    ...meters.map(({ meter }) => ({ section: "meters", id: meter })),
    ...objects.map(({ collection, id }) => ({ section: collection, id })),
    ...plans.map(({ plan }) => ({ section: "plans", id: plan })),
    ...customers.map(({ customer }) => ({ section: "customers", id: customer })),
    ...subscriptions.map(({ subscription }) => ({ section: "subscriptions", id: subscription })),
  ];
}

function fieldDifferences(before: DocumentEntry, after: DocumentEntry): FieldDifference[] {
  const [from, to] = [leavesOf(before), leavesOf(after)];
  const fields = [...new Set([...from.keys(), ...to.keys()])];
  return fields.flatMap((field) => {
    const [was, is] = [from.get(field) ?? null, to.get(field) ?? null];
    return was === is ? [] : [{ field, from: was, to: is }];
  });
}

/** What is no object and no list, by its path; null says nothing. */
function leavesOf(entry: DocumentEntry): Map<string, string> {
  const leaves = new Map<string, string>();
  function walk(value: PlainJson, path: string): void {
    if (value === null) return;
    if (isList(value)) {
      for (const [index, item] of value.entries()) walk(item, `${path}[${keyOf(item, index)}]`);
    } else if (typeof value === "object") {
      for (const [name, member] of Object.entries(value))
        walk(member, path === "" ? name : `${path}.${name}`);
    } else {
      leaves.set(path, String(value));
    }
  }
  walk(entry, "");
  return leaves;
}

/** What tells the items of a list apart wherever they stand; else its place. */
function keyOf(item: PlainJson, index: number): string {
  if (item === null || typeof item !== "object" || isList(item)) return String(index);
  const named = ["plan", "price", "feature", "meter", "property"].flatMap((name) => {
    const key = item[name];
    return typeof key === "string" ? [key] : [];
  });
  // An override is named by its plan and price; a price goes over its meter without being named by it.
  const key = "price" in item ? named.slice(0, "plan" in item ? 2 : 1) : named.slice(0, 1);
  return key.length === 0 ? String(index) : key.join("/");
}

function isList(value: PlainJson): value is readonly PlainJson[] {
  return Array.isArray(value);
}
