import {
  add,
  compare,
  decimal,
  isNegative,
  isZero,
  negate,
  sub,
  sum,
  toText,
} from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";

import type { InvoiceLine } from "../facts.ts";
import { knownAs, refused } from "./decision.ts";
import type { Decision, Refused } from "./decision.ts";
import type { NoteDirection, NoteIssued, NoteLine } from "./facts.ts";
import { nameKey, seriesKey } from "./receivables.ts";
import type { Receivable, Receivables } from "./receivables.ts";
import { orderedOf, voided } from "./send.ts";

/** Somebody takes something off an invoice that was made, or asks for more. */
export interface IssueNote extends Pick<
  NoteIssued,
  "tenant" | "note" | "direction" | "invoice" | "reason" | "actor" | "issued_at"
> {
  readonly order: "issue_note";
  /** Of the invoice's lines, minor units; null: all that is left of them. */
  readonly lines: readonly { readonly line: number; readonly amount: DecimalText }[] | null;
  /** All lines of the invoice: they never change. */
  readonly invoiced: readonly Pick<InvoiceLine, "amount" | "description">[];
}

/**
 * A credit note takes no more off a line than is left of it: first off what is still to be paid, and what was paid already becomes the
 * customer's credit. A debit note asks for more. Each has the next number of its series. The same note counts once.
 */
export function issueNote(
  known: Receivables,
  { order: _, lines: asked, invoiced, ...note }: IssueNote,
): Decision<NoteIssued> {
  const { tenant, direction } = note;
  const before = known.notes.get(nameKey(tenant, note.note));
  const again = knownAs("note", before, note, ["direction", "invoice", "reason"]);
  if (again !== undefined) return again;
  const found = orderedOf(known, note);
  if ("kind" in found) return found;
  if (found.isVoided) return voided(found, "nothing is left of it to credit, or to add to");
  const lines = linesOf(found, { direction, asked, invoiced });
  if ("kind" in lines) return lines;
  const amount = sum(lines.map((line) => decimal(line.amount)));
  const { invoice, open } = found;
  if (compare(amount, zero) <= 0)
    return refused(
      "unfit",
      "lines",
      `They come to ${toText(amount)} ${invoice.currency} (minor units): a note is of more than 0.`,
    );
  const payable = isNegative(open) ? zero : open;
  const settled = direction === "debit" ? zero : compare(amount, payable) < 0 ? amount : payable;
  const { number, customer, currency, subscription, plan, plan_version } = invoice;
  const { period_from, period_to } = invoice;
  const series = known.series.get(seriesKey(tenant, direction));
  return {
    kind: "new",
    fact: {
      kind: "NoteIssued",
      ...note,
      issued_at: Math.max(note.issued_at, series?.last ?? 0),
      note_number: noteNumber(direction, (series?.count ?? 0) + 1),
      number,
      customer,
      currency,
      subscription,
      plan,
      plan_version,
      period_from,
      period_to,
      lines,
      amount: toText(amount),
      settled: toText(settled),
      credited: direction === "debit" ? "0" : toText(sub(amount, settled)),
    },
  };
}

/** `place`: in the series of the direction, from 1. */
export function noteNumber(direction: NoteDirection, place: number): string {
  return `${direction === "credit" ? "CN" : "DN"}-${String(place).padStart(6, "0")}`;
}

function linesOf(
  receivable: Receivable,
  {
    direction,
    asked,
    invoiced,
  }: Pick<IssueNote, "direction" | "invoiced"> & {
    readonly asked: IssueNote["lines"];
  },
): NoteLine[] | Refused {
  const { invoice, notedByLine } = receivable;
  const left = (line: number): Decimal =>
    add(decimal(invoiced[line - 1]?.amount ?? "0"), notedByLine.get(line) ?? zero);
  if (asked === null) {
    if (direction === "debit")
      return refused("unfit", "lines", "Say which lines ask for more, and how much.");
    return invoiced.flatMap(({ description }, at) => {
      const amount = left(at + 1);
      return isZero(amount) ? [] : [{ line: at + 1, description, amount: toText(amount) }];
    });
  }
  const lines: NoteLine[] = [];
  for (const { line, amount } of asked) {
    const own = invoiced[line - 1];
    if (own === undefined)
      return refused("unfit", "lines", `${invoice.number} has lines 1 to ${invoiced.length}.`);
    if (lines.some((each) => each.line === line))
      return refused("unfit", "lines", `Line ${line} is there twice: say its whole amount once.`);
    if (direction === "credit" && !isPartOf(decimal(amount), left(line)))
      return refused(
        "conflict",
        "lines",
        `${toText(left(line))} ${invoice.currency} (minor units) is left of line ${line}: credit a part of that, with its sign.`,
      );
    lines.push({ line, description: own.description, amount });
  }
  return lines;
}

/** Whether an amount is between nothing, which it is not, and the whole. */
export function isPartOf(amount: Decimal, whole: Decimal): boolean {
  const [part, all] = isNegative(whole) ? [negate(amount), negate(whole)] : [amount, whole];
  return compare(part, zero) > 0 && compare(part, all) <= 0;
}

const zero = decimal("0");
