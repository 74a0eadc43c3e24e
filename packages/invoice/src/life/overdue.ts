import { toText } from "@tallybook/money";

import type { InvoiceOverdue } from "./facts.ts";
import type { Receivables } from "./receivables.ts";

/** The invoices that were not paid by their date, as known at a step of the journal, whose cut's time is behind it. */
export function newlyOverdue(
  { dated }: Receivables,
  at: { readonly time: number; readonly step: number },
): InvoiceOverdue[] {
  return [...dated].flatMap(({ invoice, open }) => {
    const { invoice: id, number, tenant, customer, currency, due_at } = invoice;
    if (due_at === null || due_at >= at.time) return [];
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
