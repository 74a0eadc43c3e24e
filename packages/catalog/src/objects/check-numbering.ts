import type { Catalog } from "../catalog.ts";
import type { ObjectRevised } from "../facts.ts";
import type { Faults } from "../faults.ts";
import { objectsOf } from "../lookups.ts";
import type { ObjectDraft } from "./collection.ts";
import type { Entity } from "./entities.ts";
import { prefixesOf, usualNumbering } from "./numbering.ts";

/** No two entities number in one series, now or ever: a prefix that one had is not given to another. */
export function checkNumbering(
  catalog: Catalog,
  facts: readonly ObjectRevised[],
  drafts: readonly ObjectDraft[],
  tenant: string,
  faults: Faults,
): void {
  const added = facts.filter(({ collection }) => collection === "entities");
  if (added.length === 0) return;
  const known = [...objectsOf(catalog, tenant, "entities").values()].flat();
  for (const fact of added) {
    const numbering = numberingOf(fact);
    if (numbering === null) continue;
    const draft = drafts.find(({ collection, id }) => collection === "entities" && id === fact.id);
    const at = `${draft?.at ?? ""}.numbering`;
    const own = prefixesOf(numbering);
    const usual = Object.values(usualNumbering.prefixes).find((prefix) => own.includes(prefix));
    if (usual !== undefined) {
      const detail = `${usual} is the tenant's own series, of entities that say no numbering: take another prefix, such as ${fact.id}-`;
      faults.add(at, "prefix_taken", detail);
    }
    for (const other of [...known, ...added]) {
      if (other.id === fact.id) continue;
      const theirs = numberingOf(other);
      const taken = theirs && prefixesOf(theirs).find((prefix) => own.includes(prefix));
      if (taken === undefined || taken === null) continue;
      const detail = `${taken} is a series of entity ${other.id}: take another prefix, such as ${fact.id}-`;
      faults.add(at, "prefix_taken", detail);
      break;
    }
  }
}

function numberingOf({ body }: ObjectRevised): Entity["numbering"] {
  return (body as Partial<Entity>).numbering ?? null;
}
