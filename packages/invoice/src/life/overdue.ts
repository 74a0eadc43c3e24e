import { toText } from "@tallybook/money";

import type { InvoiceOverdue } from "./facts.ts";
import { isKnownBy } from "./receivables.ts";
import type { Receivables } from "./receivables.ts";

/**
 * The invoices that were not paid by their date, as known at a step of the journal, whose cut's time is behind it. What was written down
 * behind that time is for a later step, so that who reads the journal again comes to the same.
 */
export function newlyOverdue(
  { dated }: Receivables,
  at: { readonly time: number; readonly step: number },
): InvoiceOverdue[] {
  return [...dated].flatMap((receivable) => {
    const { invoice, open } = receivable;
    const { invoice: id, number, tenant, customer, currency, due_at } = invoice;
    if (due_at === null || due_at >= at.time || !isKnownBy(receivable, at.time)) return [];
    return [
      {
        kind: "InvoiceOverdue",
        invoice: id,
        number,
        tenant,
        customer,
        currency,
        due_at,
        open: toText(open),
        overdue_at: at.time,
        journal_step: at.step,
      },
    ];
  });
}
