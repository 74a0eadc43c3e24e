import { entityOf, invoicingEntity, usualNumbering } from "@tallybook/catalog";
import type { Catalog, NumberedKind } from "@tallybook/catalog";

import type { NumberSeries } from "./numbers.ts";

/**
 * The series that a document for a customer is numbered in: that of the entity which invoices the customer, where it has series of
 * its own, else the tenant's. As the catalog last says it.
 */
export function seriesFor(
  catalog: Catalog,
  of: { readonly tenant: string; readonly customer: string },
  kind: NumberedKind,
): NumberSeries {
  const { prefixes, digits } = invoicingEntity(catalog, of)?.numbering ?? usualNumbering;
  return { tenant: of.tenant, prefix: prefixes[kind], digits };
}

/** The series of the notes on an invoice: that of the entity in whose name it is, whoever invoices its customer since. */
export function noteSeries(
  catalog: Catalog,
  { tenant, entity }: { readonly tenant: string; readonly entity: string | null },
  kind: Exclude<NumberedKind, "invoice">,
): NumberSeries {
  const own = entity === null ? undefined : entityOf(catalog, tenant, entity)?.numbering;
  const { prefixes, digits } = own ?? usualNumbering;
  return { tenant, prefix: prefixes[kind], digits };
}
