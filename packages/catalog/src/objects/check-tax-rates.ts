import type { Catalog } from "../catalog.ts";
import type { ObjectRevised } from "../facts.ts";
import type { Faults } from "../faults.ts";
import { objectsOf } from "../lookups.ts";
import type { ObjectDraft } from "./collection.ts";
import { wholeBody } from "./read-objects.ts";
import { countryOf, type TaxRate, taxRates } from "./tax-rates.ts";

/** No jurisdiction takes its tax of one sale twice. */
export function checkTaxRates(
  catalog: Catalog,
  facts: readonly ObjectRevised[],
  drafts: readonly ObjectDraft[],
  tenant: string,
  faults: Faults,
): void {
  const added = facts.filter(({ collection }) => collection === taxRates.collection);
  if (added.length === 0) return;
  const latest = new Map<string, ObjectRevised>();
  for (const [id, versions] of objectsOf(catalog, tenant, taxRates.collection)) {
    const last = versions.at(-1);
    if (last !== undefined) latest.set(id, last);
  }
  for (const fact of added) latest.set(fact.id, fact);
  for (const fact of added) {
    if (fact.archived) continue;
    const own = salesOf(fact);
    const other = [...latest.values()].find(
      (each) => each.id !== fact.id && !each.archived && salesOf(each) === own,
    );
    if (other === undefined) continue;
    const draft = drafts.find(
      ({ collection, id }) => collection === taxRates.collection && id === fact.id,
    );
    const detail = `tax rate ${other.id} takes the tax of ${(fact.body as TaxRate).jurisdiction} on the same sales: archive it first, make this a version of it, or say another jurisdiction`;
    faults.add(`${draft?.at ?? ""}.jurisdiction`, "overlaps", detail);
  }
}

function salesOf(fact: ObjectRevised): string {
  const rate = wholeBody(taxRates, fact) as TaxRate;
  return JSON.stringify([rate.jurisdiction, countryOf(rate), rate.region, rate.tax_category]);
}
