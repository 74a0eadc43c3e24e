import { emptyCatalog } from "@tallybook/catalog";
import { decideLife, evolveReceivables, noReceivables } from "@tallybook/invoice";
import type { InvoiceFinalized, InvoicesFact, NoteDirection, NoteIssued } from "@tallybook/invoice";

/** A note on an invoice, as it is issued a day behind it; `lines` as they are ordered, `before` what `invoices` says behind the invoice. */
export function noteOn(
  invoice: InvoiceFinalized,
  lines: readonly (readonly [number, string])[] | null,
  {
    direction = "credit",
    isTaxKept = false,
    before = [],
  }: {
    readonly direction?: NoteDirection;
    readonly isTaxKept?: boolean;
    readonly before?: readonly InvoicesFact[];
  } = {},
): NoteIssued {
  const known = noReceivables();
  for (const fact of [invoice, ...before]) evolveReceivables(known, fact);
  const decision = decideLife(
    known,
    {
      order: "issue_note",
      tenant: invoice.tenant,
      note: "n1",
      direction,
      invoice: invoice.invoice,
      reason: "down on the 14th",
      lines: lines && lines.map(([line, amount]) => ({ line, amount })),
      isTaxKept,
      invoiced: invoice.lines,
      actor: "k",
      issued_at: invoice.finalized_at + 86_400_000_000,
    },
    emptyCatalog(),
  );
  if (decision.kind !== "new" || decision.fact.kind !== "NoteIssued")
    throw new Error(JSON.stringify(decision));
  return decision.fact;
}
