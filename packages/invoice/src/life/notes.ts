import type { Catalog } from "@tallybook/catalog";
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
import type { Decimal } from "@tallybook/money";

import type { InvoiceLine } from "../facts.ts";
import { nextNumber } from "../numbers.ts";
import { noteSeries } from "../series.ts";
import { addedTax } from "../tax/amounts.ts";
import { knownAs, refused, standsForAnother } from "./decision.ts";
import type { Decision, Refused } from "./decision.ts";
import type { NoteIssued, NoteLine } from "./facts.ts";
import { keepsTaxes, taxesOfNote } from "./note-taxes.ts";
import { nameKey, receivableOf } from "./receivables.ts";
import type { Receivable, Receivables } from "./receivables.ts";
import { orderedOf, voided } from "./send.ts";

/** Somebody takes something off an invoice that was made, or asks for more. */
export interface IssueNote extends Pick<
  NoteIssued,
  "tenant" | "note" | "direction" | "invoice" | "reason" | "actor" | "issued_at"
> {
  readonly order: "issue_note";
  /** Of the invoice's lines, minor units; null: all that is left of them. */
  readonly lines: readonly Pick<NoteLine, "line" | "amount">[] | null;
  /** Somebody has said that the taxes on these lines stay as they are: the note gives none back, and asks for none. */
  readonly isTaxKept: boolean;
  /** All lines of the invoice: they never change. */
  readonly invoiced: readonly Pick<
    InvoiceLine,
    "amount" | "description" | "exact" | "transaction_kind"
  >[];
}

/**
 * A credit note takes no more off a line than is left of it, nor off lines than is left of them with their discounts, and gives back the taxes
 * on that: first off what is still to be paid, and what was paid already becomes the customer's credit. A debit note asks for more, and
 * for its taxes. Each is in the name of the invoice's entity, with the next number of its series. The same note counts once.
 */
export function issueNote(
  known: Receivables,
  { order: _, lines: asked, invoiced, isTaxKept, ...note }: IssueNote,
  catalog: Catalog,
): Decision<NoteIssued> {
  const { direction } = note;
  const again = noteKnown(known, note, { asked, isKept: isTaxKept });
  if (again !== undefined) return again;
  const found = orderedOf(known, note);
  if ("kind" in found) return found;
  if (found.isVoided) return voided(found, "nothing is left of it to credit, or to add to");
  const lines = linesOf(found, { direction, asked, invoiced });
  if ("kind" in lines) return lines;
  const of = { direction, lines, isWhole: asked === null };
  const taxes = isTaxKept ? [] : taxesOfNote(found, invoiced, of);
  const amount = add(sum(lines.map((line) => decimal(line.amount))), addedTax(taxes));
  const { invoice, open } = found;
  if (compare(amount, zero) <= 0)
    return refused(
      "unfit",
      "lines",
      `They come to ${toText(amount)} ${invoice.currency} (minor units): a note is of more than 0.`,
    );
  const fault = aboveCharged(found, lines, { direction, invoiced });
  if (fault !== undefined) return fault;
  const payable = isNegative(open) ? zero : open;
  const settled = direction === "debit" ? zero : compare(amount, payable) < 0 ? amount : payable;
  const { number, customer, currency, subscription, plan, plan_version } = invoice;
  const { period_from, period_to, entity } = invoice;
  const numbered = nextNumber(
    known.noteNumbers,
    noteSeries(catalog, invoice, `${direction}_note`),
    Math.max(note.issued_at, invoice.finalized_at),
  );
  return {
    kind: "new",
    fact: {
      kind: "NoteIssued",
      ...note,
      issued_at: numbered.issued_at,
      note_number: numbered.number,
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
      entity,
      taxes,
    },
  };
}

/** What the note's id stands for already, told apart by its lines too, where it names them, and by what becomes of their taxes. */
function noteKnown(
  known: Receivables,
  note: Pick<NoteIssued, "tenant" | "note" | "direction" | "invoice" | "reason">,
  { asked, isKept }: { readonly asked: IssueNote["lines"]; readonly isKept: boolean },
): ReturnType<typeof knownAs<NoteIssued>> {
  const before = known.notes.get(nameKey(note.tenant, note.note));
  const again = knownAs("note", before, note, ["direction", "invoice", "reason"]);
  if (again?.kind !== "known") return again;
  const textOf = (lines: NonNullable<IssueNote["lines"]>) =>
    lines.map(({ line, amount }) => `line ${line}: ${amount}`).toSorted();
  const [was, is] = [textOf(again.fact.lines), textOf(asked ?? again.fact.lines)];
  if (was.join() !== is.join()) return standsForAnother("note", { what: "lines", was, is });
  const invoice = receivableOf(known, note.tenant, note.invoice)?.invoice;
  const wasKept = invoice !== undefined && keepsTaxes(again.fact, invoice.taxes);
  if (isKept ? again.fact.taxes.length === 0 : !wasKept) return again;
  const told = (kept: boolean) => (kept ? "kept" : "changed with it");
  return standsForAnother("note", { what: "tax", was: told(wasKept), is: told(isKept) });
}

/** What is left of a line, minor units. */
function leftOf(
  { notedByLine }: Receivable,
  invoiced: IssueNote["invoiced"],
  line: number,
): Decimal {
  return add(decimal(invoiced[line - 1]?.amount ?? "0"), notedByLine.get(line) ?? zero);
}

/** The same for each subscription of the invoice: discounts take off what is charged for their own. */
function aboveCharged(
  receivable: Receivable,
  lines: readonly NoteLine[],
  { direction, invoiced }: Pick<IssueNote, "direction" | "invoiced">,
): Refused | undefined {
  if (direction === "debit") return undefined;
  const { parts } = receivable.invoice;
  const counts = parts.length === 0 ? [invoiced.length] : parts.map((part) => part.lines);
  let from = 0;
  for (const count of counts) {
    const fault = aboveChargedIn(receivable, lines, { invoiced, from, to: from + count });
    if (fault !== undefined) return fault;
    from += count;
  }
  return undefined;
}

/** Why more is credited of charges than discounts have left of them; adjustments, which stand behind both, stand for themselves. */
function aboveChargedIn(
  receivable: Receivable,
  lines: readonly NoteLine[],
  {
    invoiced,
    from,
    to,
  }: Pick<IssueNote, "invoiced"> & { readonly from: number; readonly to: number },
): Refused | undefined {
  const all = invoiced.slice(from, to);
  const late = all.findIndex(({ transaction_kind }) => transaction_kind === "adjustment");
  const charged = late === -1 ? all : all.slice(0, late);
  if (!charged.some(({ transaction_kind }) => transaction_kind === "discount")) return undefined;
  const left = sum(charged.map((_, at) => leftOf(receivable, invoiced, from + at + 1)));
  const own = lines.filter(({ line }) => line > from && line <= from + charged.length);
  const asked = sum(own.map(({ amount }) => decimal(amount)));
  if (compare(asked, left) <= 0) return undefined;
  const { currency } = receivable.invoice;
  return refused(
    "conflict",
    "lines",
    `With what discounts took off, ${toText(left)} ${currency} (minor units) is left of what was charged, and ${toText(asked)} is to be credited: credit the lines of the discounts with it, or less.`,
  );
}

/** Of which plan a line is, by its place from 0: of an invoice of one subscription the note says it. */
function planOf({ parts }: Receivable["invoice"], at: number): string {
  let behind = 0;
  for (const { plan, lines } of parts) {
    behind += lines;
    if (at < behind) return plan;
  }
  return "";
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
  const { invoice } = receivable;
  const left = (line: number): Decimal => leftOf(receivable, invoiced, line);
  if (asked === null) {
    if (direction === "debit")
      return refused("unfit", "lines", "Say which lines ask for more, and how much.");
    return invoiced.flatMap(({ description }, at) => {
      const amount = left(at + 1);
      const line = { line: at + 1, description, amount: toText(amount), plan: planOf(invoice, at) };
      return isZero(amount) ? [] : [line];
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
    if (direction === "debit" && compare(decimal(amount), zero) <= 0)
      return refused(
        "unfit",
        "lines",
        `Line ${line} asks for ${amount}, and a debit note for more than 0 on each line: a credit note takes off.`,
      );
    lines.push({ line, description: own.description, amount, plan: planOf(invoice, line - 1) });
  }
  return lines;
}

/** Whether an amount is between nothing, which it is not, and the whole. */
export function isPartOf(amount: Decimal, whole: Decimal): boolean {
  const [part, all] = isNegative(whole) ? [negate(amount), negate(whole)] : [amount, whole];
  return compare(part, zero) > 0 && compare(part, all) <= 0;
}

const zero = decimal("0");
