import type { Catalog } from "@tallybook/catalog";
import type { TransactionPosted } from "@tallybook/journal";
import { decimal, sum, toText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import { byPlace, draftOf, dueDrafts, madeAt } from "./bill.ts";
import type { Bills, DueDraft } from "./bill.ts";
import type { InvoiceDrafted, InvoiceFinalized } from "./facts.ts";
import { finalizeDrafted, invoiceId } from "./finalize.ts";
import { isDraftInShadow, isInShadow } from "./in-shadow.ts";
import { periodKey } from "./keys.ts";

/**
 * The drafts to be made at the head that was just read, in order of tenant, customer, subscription and period: one for each period
 * whose usage the step billed before its end, one for each period in shadow of which it posted anything, and one for each invoice that
 * is due and does not reconcile. `finalized`: the invoices that are made at the same head, and stand before them.
 */
export function newDrafts(
  bills: Bills,
  catalog: Catalog,
  finalized: readonly InvoiceFinalized[],
  due: readonly DueDraft[] = dueDrafts(bills, catalog),
): InvoiceDrafted[] {
  const { begun, head } = madeAt(bills);
  const countByPeriod = new Map(bills.countByPeriod);
  const nthOf = (of: Pick<InvoiceDrafted, "tenant" | "subscription" | "period_from">) => {
    const key = periodKey(of.tenant, of.subscription, of.period_from);
    const nth = countByPeriod.get(key) ?? 0;
    countByPeriod.set(key, nth + 1);
    return nth;
  };
  for (const invoice of finalized) nthOf(invoice);
  const held = due.filter(({ residuals }) => residuals.length > 0).map(({ draft }) => draft);
  const inShadow = [...bills.pending.values()].map((pending) =>
    pending.filter((each) => isInShadow(each, catalog)),
  );
  const asked = [...bills.drafts.pending.values(), ...inShadow]
    .flatMap((pending) => [...Map.groupBy(pending, wholeFrom).values()])
    .map((charges) => draftOf(charges, charges, catalog));
  return [...asked, ...held].sort(byPlace).map((draft) => ({
    kind: "InvoiceDrafted",
    invoice: invoiceId(draft, nthOf(draft)),
    ...draft,
    exact: toText(sum(draft.lines.map(({ exact }) => decimal(exact)))),
    drafted_at: begun.time,
    journal_step: head.step,
    journal_hash: head.hash,
    catalog_offset: begun.catalog_offset,
  }));
}

/**
 * A draft with the next number of its tenant's series; undefined where the tenant has no such draft that is not finalized, and where it
 * is of a period in shadow. `catalog` is the one of now: a shadow may have grown since.
 */
export function finalizedDraft(
  { drafts, countByTenant, begun }: Bills,
  { tenant, invoice }: Pick<InvoiceDrafted, "tenant" | "invoice">,
  catalog: Catalog,
): InvoiceFinalized | undefined {
  const draft = drafts.open.get(invoice);
  if (draft === undefined || draft.tenant !== tenant || isDraftInShadow(draft, catalog))
    return undefined;
  return finalizeDrafted(draft, {
    place: countByTenant.get(tenant) ?? 0,
    finalized_at: Math.max(draft.drafted_at, begun?.time ?? 0),
  });
}

/** Parts of one period of the calendar are billed together. */
function wholeFrom({ evidence }: TransactionPosted): Micros {
  return evidence.part?.whole_from ?? evidence.period_from;
}
