import { add, decimal, negate } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";

import type { NoteIssued } from "./facts.ts";
import type { Receivable } from "./receivables.ts";

/** What a note changes of the lines of its invoice, and of their taxes. */
export function noteLines(
  { notedByLine, taxedByLine, taxLeft }: Receivable,
  { direction, lines, taxes }: NoteIssued,
): void {
  const signed = (amount: DecimalText) =>
    direction === "credit" ? negate(decimal(amount)) : decimal(amount);
  const taxed = new Set(taxes.flatMap((tax) => tax.lines));
  for (const { line, amount } of lines) {
    const into = taxed.has(line) ? [notedByLine, taxedByLine] : [notedByLine];
    for (const noted of into) noted.set(line, add(noted.get(line) ?? zero, signed(amount)));
  }
  for (const { nth, amount } of taxes) taxLeft[nth] = add(taxLeft[nth] ?? zero, signed(amount));
}

const zero = decimal("0");
