import { csvRecord } from "@tallybook/books";
import type { CsvCell } from "@tallybook/books";
import { formatTime } from "@tallybook/periods";

import { dimensionsText } from "./csv.ts";
import type { InvoiceLine } from "./facts.ts";
import { partsByLine } from "./parts.ts";
import { majorText } from "./page/numbers.ts";
import type { NoteOn } from "./page/note-page.ts";
import { isAsked, taxName } from "./tax/lines.ts";

const names = [
  "note",
  "number",
  "direction",
  "invoice",
  "invoice_number",
  "customer",
  "subscription",
  "plan",
  "plan_version",
  "line",
  "kind",
  "description",
  "meter",
  "dimensions",
  "amount",
  "currency",
  "period_from",
  "period_to",
  "transaction",
  "reason",
] as const;

/**
 * What a note says of each line of its invoice as a table, by their numbers there, taxes that the prices do not hold behind the others: amounts in
 * major units with all digits of the currency, which add up to the note's.
 */
export function renderNoteCsv({ note, invoice }: NoteOn): string {
  const parts = partsByLine(invoice);
  const rows = linesOf({ note, invoice }).map(({ line, kind, description, amount, of }) => {
    const { subscription, plan, plan_version } = parts[line - 1] ?? note;
    const cells: Record<(typeof names)[number], CsvCell> = {
      note: text(note.note),
      number: text(note.note_number),
      direction: text(note.direction),
      invoice: text(note.invoice),
      invoice_number: text(note.number),
      customer: text(note.customer),
      subscription: text(subscription),
      plan: text(plan),
      plan_version: number(String(plan_version)),
      line: number(String(line)),
      kind: text(kind),
      description: text(description),
      meter: text(of?.meter ?? ""),
      dimensions: text(dimensionsText(of?.dimensions ?? {})),
      amount: number(majorText(amount, note.currency)),
      currency: text(note.currency),
      period_from: number(formatTime(of?.period_from ?? note.period_from)),
      period_to: number(formatTime(of?.period_to ?? note.period_to)),
      transaction: text(of?.transaction ?? ""),
      reason: text(note.reason),
    };
    return csvRecord(names.map((name) => cells[name]));
  });
  return [csvRecord(names.map(text)), ...rows].join("");
}

interface NotedLine {
  readonly line: number;
  readonly kind: string;
  readonly description: string;
  readonly amount: string;
  /** What the invoice says of it; undefined of a tax. */
  readonly of: InvoiceLine | undefined;
}

function linesOf({ note, invoice }: NoteOn): NotedLine[] {
  const lines = note.lines.map(({ line, description, amount }) => {
    const of = invoice.lines[line - 1];
    return { line, kind: of?.transaction_kind ?? "", description, amount, of };
  });
  const asked = invoice.taxes.filter(isAsked);
  const taxes = note.taxes.filter(isAsked).map((tax) => {
    const place = asked.findIndex((each) => invoice.taxes.indexOf(each) === tax.nth);
    const line = invoice.lines.length + 1 + place;
    return { line, kind: "tax", description: taxName(tax), amount: tax.amount, of: undefined };
  });
  return [...lines, ...taxes];
}

function text(of: string): CsvCell {
  return { text: of, isText: true };
}

function number(of: string): CsvCell {
  return { text: of, isText: false };
}
