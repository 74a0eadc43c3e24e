import { emptyCatalog } from "@tallybook/catalog";
import { decideLife, evolveReceivables, noReceivables } from "@tallybook/invoice";
import type { InvoiceFinalized, NoteDirection, NoteIssued } from "@tallybook/invoice";

/** A note on an invoice, as it is issued when that is; `lines`: numbers and amounts, null: all that is left. */
export function noteOn(
  invoice: InvoiceFinalized,
  lines: readonly (readonly [number, string])[] | null,
  direction: NoteDirection,
): NoteIssued {
  const { tenant, finalized_at: issued_at, lines: invoiced } = invoice;
  const asked = lines && lines.map(([line, amount]) => ({ line, amount }));
  const of = {
    tenant,
    note: "n1",
    direction,
    invoice: invoice.invoice,
    reason: "down on the 14th",
  };
  const decision = decideLife(
    evolveReceivables(noReceivables(), invoice),
    { order: "issue_note", ...of, lines: asked, isTaxKept: false, invoiced, actor: "k", issued_at },
    emptyCatalog(),
  );
  if (decision.kind === "new" && decision.fact.kind === "NoteIssued") return decision.fact;
  throw new Error(JSON.stringify(decision));
}
