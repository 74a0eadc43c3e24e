import { emptyCatalog, evolve, plan, validateDocument } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";

/** The catalog of tenant `default` that a document comes to; numbers in it are texts. `before`: what was there before it. */
export function catalogOf(document: object, before = emptyCatalog(), now = 0): Catalog {
  const read = validateDocument(document);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const asked = { tenant: "default", actor: "test", now };
  const planned = plan(before, read.document, asked);
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.facts.reduce((catalog, fact) => evolve(catalog, fact, catalog.offset), before);
}
