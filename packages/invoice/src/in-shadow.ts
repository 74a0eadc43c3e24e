import { isShadow, subscriptionOf, wholePeriodAt } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import type { TransactionPosted } from "@tallybook/journal";

import type { InvoiceDrafted } from "./facts.ts";

/**
 * Whether a transaction is of a billing period that is billed in shadow: it stands on a draft at once, whatever it is. The whole period
 * of the calendar decides, since a discount is of it, and its parts are billed together.
 */
export function isInShadow({ tenant, evidence }: TransactionPosted, catalog: Catalog): boolean {
  const { subscription, period_from, part } = evidence;
  return isShadow(catalog, { tenant, subscription, from: part?.whole_from ?? period_from });
}

/** Whether a draft, or any part of it, is of such a period: it never becomes an invoice. */
export function isDraftInShadow(
  {
    tenant,
    parts,
    ...of
  }: Pick<InvoiceDrafted, "tenant" | "subscription" | "period_from" | "parts">,
  catalog: Catalog,
): boolean {
  const all = parts.length === 0 ? [of] : parts;
  return all.some((each) => isPeriodInShadow({ tenant, ...each }, catalog));
}

function isPeriodInShadow(
  draft: Pick<InvoiceDrafted, "tenant" | "subscription" | "period_from">,
  catalog: Catalog,
): boolean {
  const { tenant, subscription, period_from } = draft;
  const known = subscriptionOf(catalog, tenant, subscription);
  const from = known === undefined ? period_from : wholePeriodAt(known, period_from).from;
  return isShadow(catalog, { tenant, subscription, from });
}
