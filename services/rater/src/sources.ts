import { emptyCatalog, evolve } from "@tallybook/catalog";
import type { Catalog, CatalogFact } from "@tallybook/catalog";
import { createCatalogHistory } from "@tallybook/journal";
import type { CatalogHistory, InvoiceToRound } from "@tallybook/journal";
import type { Fact } from "@tallybook/wire";

/** The catalog as it is, for who asks, and as it was at any offset, for ratings. */
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

/** What is to be rounded, by its place on `invoices`. The fold owns its list. */
export interface InvoicesSource {
  readonly invoices: { readonly offset: number; readonly invoice: InvoiceToRound }[];
  /** Behind the last fact. Behind it may stand markers of transactions, which are no news. */
  readonly end: number;
}

export function emptyInvoicesSource(): InvoicesSource {
  return { invoices: [], end: 0 };
}

export function evolveInvoicesSource(
  source: InvoicesSource,
  fact: Fact,
  offset: number,
): InvoicesSource {
  if (fact.kind !== "InvoiceFinalized")
    throw new Error(`a ${fact.kind} at offset ${offset} of invoices`);
  const {
    invoice,
    tenant,
    customer,
    subscription,
    plan,
    plan_version,
    period_from,
    period_to,
    currency,
    rounding,
  } = fact;
  source.invoices.push({
    offset,
    invoice: {
      invoice,
      tenant,
      customer,
      subscription,
      plan,
      plan_version,
      period_from,
      period_to,
      currency,
      rounding,
    },
  });
  return { ...source, end: offset + 1 };
}

/** The invoices with offsets in [from, to). */
export function invoicesBetween(
  source: InvoicesSource,
  from: number,
  to: number,
): InvoiceToRound[] {
  return source.invoices
    .filter(({ offset }) => offset >= from && offset < to)
    .map(({ invoice }) => invoice);
}
