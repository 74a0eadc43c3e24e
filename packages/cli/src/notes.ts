import { taxName } from "@tallybook/invoice";
import type { NoteDocument } from "@tallybook/invoice";

import { amountText } from "./invoices.ts";
import { table } from "./table.ts";

/** What `GET /v1/notes` answers. */
export interface NoteList {
  readonly notes: readonly NoteDocument[];
  /** For the next page; null at the end. */
  readonly next: string | null;
}

/** One row for each note. */
export function notesText({ notes, next }: NoteList): readonly string[] {
  if (notes.length === 0) return ["There is no note yet: an invoice is credited by one."];
  const columns = [
    { title: "number" },
    { title: "invoice" },
    { title: "customer" },
    { title: "reason" },
    { title: "amount", align: "right" },
    { title: "" },
  ] as const;
  const rows = notes.map(({ number, invoice_number, customer, reason, amount, currency }) => [
    number,
    invoice_number,
    customer,
    reason,
    amountText(amount, currency),
    currency,
  ]);
  const more = next === null ? [] : ["There are more: ask by --customer or --invoice."];
  return [...table(columns, rows), ...more];
}

/** One note with its lines, by their numbers on the invoice, and its taxes. */
export function noteText(note: NoteDocument): readonly string[] {
  const { currency, direction, number, customer, invoice_number } = note;
  const columns = [
    { title: "line", align: "right" },
    { title: "description" },
    { title: currency, align: "right" },
  ] as const;
  const lines = note.lines.map(({ line, description, amount }) => [
    String(line),
    description,
    amountText(amount, currency),
  ]);
  const taxes = note.taxes.map((tax) => {
    const held = tax.inclusive ? ", which the prices hold" : "";
    return ["", `${taxName(tax)}${held}`, amountText(tax.amount, currency)];
  });
  const kind = direction === "credit" ? "Credit" : "Debit";
  const kept = note.tax_kept ? ["Taxes   stay as they are on the invoice"] : [];
  return [
    `${kind} note ${number}  ${customer}, on invoice ${invoice_number}`,
    `Reason  ${note.reason}`,
    `Id      ${note.note}`,
    ...kept,
    "",
    ...table(columns, [...lines, ...taxes, ["", "total", amountText(note.amount, currency)]]),
  ];
}
