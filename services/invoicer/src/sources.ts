import { emptyCatalog, evolve } from "@tallybook/catalog";
import type { Catalog, CatalogFact } from "@tallybook/catalog";
import { createCatalogHistory } from "@tallybook/journal";
import type { CatalogHistory } from "@tallybook/journal";
import type { Fact } from "@tallybook/wire";

/** The catalog as it is, for who asks, and as it was at any offset, for invoices. */
export interface CatalogSource {
  readonly now: Catalog;
  readonly history: CatalogHistory;
}

export function emptyCatalogSource(): CatalogSource {
  return { now: emptyCatalog(), history: createCatalogHistory() };
}

export function evolveCatalogSource(
  source: CatalogSource,
  fact: Fact,
  offset: number,
): CatalogSource {
  // The topic `catalog` carries nothing else.
  const catalogFact = fact as CatalogFact;
  source.history.add(catalogFact, offset);
  return { ...source, now: evolve(source.now, catalogFact, offset) };
}
