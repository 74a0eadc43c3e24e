import type { Catalog } from "./catalog.ts";
import type { CatalogDocument } from "./document.ts";
import type { MeterFillRequested, MeterPublished } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { fillsOf, metersAt } from "./lookups.ts";
import type { Asked } from "./plan.ts";
import { recorded } from "./plan-versions.ts";

/**
 * A request for each meter whose history the document wants filled and that nobody has asked for yet. `published`: what the
 * same document publishes. Only a meter's first version has a history: a further one holds from when it was published.
 */
export function fillFacts(
  catalog: Catalog,
  { meters }: CatalogDocument,
  published: readonly MeterPublished[],
  asked: Asked,
  faults: Faults,
): MeterFillRequested[] {
  const fills = fillsOf(catalog, asked.tenant);
  return meters.flatMap(({ meter, history }, index): MeterFillRequested[] => {
    const field = `meters[${index}].history`;
    if (fills.has(meter)) {
      const detail =
        "its history is filled, or is being filled, and what was measured stays: leave it out, or publish another meter";
      if (history === "none") faults.add(field, "cannot_change", detail);
      return [];
    }
    if (history !== "fill") return [];
    const known = metersAt(catalog, asked.tenant).get(meter)?.length ?? 0;
    if (known > 1 || (known === 1 && published.some((fact) => fact.meter === meter))) {
      const detail =
        "a further version of a meter holds from now on or later and has no history: publish another meter";
      faults.add(field, "not_the_first_version", detail);
    }
    return [{ kind: "MeterFillRequested", ...recorded(asked), meter, version: 1 }];
  });
}
