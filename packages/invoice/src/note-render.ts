import type { DecimalText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";

import type { NoteDirection, NoteIssued, NoteLine } from "./life/facts.ts";
import { keepsTaxes } from "./life/note-taxes.ts";
import { taxDocument } from "./render.ts";
import type { InvoiceDocumentTax } from "./render.ts";
import { wholeTax } from "./tax/amounts.ts";
import type { InvoiceTax } from "./tax/facts.ts";

/** A credit or debit note as its reader sees it; amounts in minor units. */
export interface NoteDocument {
  readonly note: string;
  readonly number: string;
  readonly direction: NoteDirection;
  readonly invoice: string;
  readonly invoice_number: string;
  readonly customer: string;
  readonly currency: string;
  /** In whose name it is written; null: the tenant's own. */
  readonly entity: string | null;
  /** The lines, and the taxes that they do not hold. */
  readonly amount: DecimalText;
  /** What of the amount is tax, also where prices hold it. */
  readonly tax: DecimalText;
  /** There are taxes on its lines, and somebody has said that they stay as they are. */
  readonly tax_kept: boolean;
  readonly lines: readonly Omit<NoteLine, "plan">[];
  /** What it changes of each tax, and why there is none on what. */
  readonly taxes: readonly InvoiceDocumentTax[];
  readonly reason: string;
  /** Of a credit note: what it took off what was still to be paid. */
  readonly settled: DecimalText;
  /** Of a credit note: what was paid already, and is the customer's credit. */
  readonly credited: DecimalText;
  readonly issued_at: string;
}

/** The document of a note; its members stand in this order. `invoice`: the one that it refers to. */
export function renderNote(
  note: NoteIssued,
  invoice: { readonly taxes: readonly InvoiceTax[] },
): NoteDocument {
  return {
    note: note.note,
    number: note.note_number,
    direction: note.direction,
    invoice: note.invoice,
    invoice_number: note.number,
    customer: note.customer,
    currency: note.currency,
    entity: note.entity,
    amount: note.amount,
    tax: wholeTax(note.taxes),
    tax_kept: keepsTaxes(note, invoice.taxes),
    lines: note.lines.map(({ line, description, amount }) => ({ line, description, amount })),
    taxes: note.taxes.map((tax) => taxDocument(tax, { ...note, lines: byInvoiceLine(note) })),
    reason: note.reason,
    settled: note.settled,
    credited: note.credited,
    issued_at: formatTime(note.issued_at),
  };
}

/** What a note says of each line of its invoice, in their order: nothing of most. */
export function byInvoiceLine({ lines }: Pick<NoteIssued, "lines">): Pick<NoteLine, "amount">[] {
  const amounts = new Map(lines.map(({ line, amount }) => [line, amount]));
  const last = Math.max(0, ...amounts.keys());
  return Array.from({ length: last }, (_, at) => ({ amount: amounts.get(at + 1) ?? "0" }));
}
