import { formatTime, type Micros } from "@tallybook/periods";
import { versionAt } from "@tallybook/usage";
import type { Catalog } from "../catalog.ts";
import type { ObjectRevised } from "../facts.ts";
import type { Faults } from "../faults.ts";
import { objectsOf } from "../lookups.ts";
import type { ObjectDraft } from "./collection.ts";
import { wholeBody } from "./read-objects.ts";
import { countryOf, type TaxRate, taxRates } from "./tax-rates.ts";

/** No jurisdiction takes its tax of one sale twice, whenever the sale is. */
export function checkTaxRates(
  catalog: Catalog,
  facts: readonly ObjectRevised[],
  drafts: readonly ObjectDraft[],
  tenant: string,
  faults: Faults,
): void {
  const added = facts.filter(({ collection }) => collection === taxRates.collection);
  if (added.length === 0) return;
  const before = objectsOf(catalog, tenant, taxRates.collection);
  const after = new Map<string, readonly ObjectRevised[]>(before);
  for (const fact of added) after.set(fact.id, [...(before.get(fact.id) ?? []), fact]);
  for (const { id, body } of added) {
    const [own = [], ownBefore = []] = [after.get(id), before.get(id)];
    for (const [other, versions] of after) {
      if (other === id) continue;
      const othersBefore = before.get(other) ?? [];
      const both = bothFrom(own, versions, ownBefore, othersBefore);
      if (both === undefined) continue;
      const draft = drafts.find(
        (each) => each.collection === taxRates.collection && each.id === id,
      );
      const from = both === 0 ? "" : ` from ${formatTime(both)} on`;
      const detail = `tax rate ${other} takes the tax of ${(body as TaxRate).jurisdiction} on the same sales${from}: archive it and say from when on this one holds (effective_at), make this a version of it, or say another jurisdiction`;
      faults.add(`${draft?.at ?? ""}.jurisdiction`, "overlaps", detail);
      break;
    }
  }
}

/** From when on two rates are both on the same sales, where they were not before; undefined where they never are. */
function bothFrom(
  own: readonly ObjectRevised[],
  others: readonly ObjectRevised[],
  ownBefore: readonly ObjectRevised[],
  othersBefore: readonly ObjectRevised[],
): Micros | undefined {
  const changes = [...own, ...others].map(({ effective_at }) => effective_at);
  return changes
    .sort((a, b) => a - b)
    .find((at) => areBoth(own, others, at) && !areBoth(ownBefore, othersBefore, at));
}

function areBoth(
  own: readonly ObjectRevised[],
  others: readonly ObjectRevised[],
  at: Micros,
): boolean {
  const sales = salesAt(own, at);
  return sales !== undefined && sales === salesAt(others, at);
}

/** The sales that a rate is on at a time; undefined where it is on none. */
function salesAt(versions: readonly ObjectRevised[], at: Micros): string | undefined {
  const version = versionAt(versions, at);
  if (version === undefined || version.archived) return undefined;
  const rate = wholeBody(taxRates, version) as TaxRate;
  return JSON.stringify([rate.jurisdiction, countryOf(rate), rate.region, rate.tax_category]);
}
