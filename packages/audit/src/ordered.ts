import { adjustmentsBetween } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import { isOrdered, orderedCause } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { add, decimal, sum } from "@tallybook/money";

import type { Sheet } from "./sheet.ts";

/**
 * From the catalog to the journal: what somebody ordered is posted once, and nothing is posted that nobody ordered. `catalog`: as known
 * at the last cut that the journal has passed.
 */
export function compareOrdered(
  catalog: Catalog,
  transactions: readonly TransactionPosted[],
  sheet: Sheet,
): void {
  const posted = Map.groupBy(transactions.filter(isOrdered), ({ cause }) => cause);
  const nameOf = (currency: string) =>
    `adjustments that were ordered = Σ journal, of them: ${currency}`;
  for (const { fact } of adjustmentsBetween(catalog, 0, catalog.offset)) {
    const { tenant, adjustment, amount } = fact;
    const cause = orderedCause(tenant, adjustment);
    const own = posted.get(cause) ?? [];
    posted.delete(cause);
    const name = nameOf(own[0]?.currency ?? "none posted");
    const asked = sum(own.map(({ evidence }) => decimal(evidence.amount)));
    sheet.compare({ tenant, name, what: `adjustment ${adjustment}` }, decimal(amount), asked);
    for (const { postings } of own) {
      const owed = postings.filter(({ account }) => account.startsWith("assets:receivable:"));
      const debits = owed.reduce((total, each) => add(total, decimal(each.amount)), zero);
      sheet.check({ tenant, name, what: `adjustment ${adjustment}` }, decimal(amount), debits);
    }
  }
  for (const { tenant, currency, cause, evidence } of [...posted.values()].flat())
    sheet.compare({ tenant, name: nameOf(currency), what: cause }, zero, decimal(evidence.amount));
}

const zero = decimal("0");
