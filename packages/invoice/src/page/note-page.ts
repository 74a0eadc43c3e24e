import { customerOf } from "@tallybook/catalog";
import { isZero, decimal } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";

import { spokenDay, spokenDays, zoneOf } from "../days.ts";
import type { InvoiceFinalized } from "../facts.ts";
import type { NoteIssued } from "../life/facts.ts";
import { keepsTaxes } from "../life/note-taxes.ts";
import { byInvoiceLine } from "../note-render.ts";
import { partsByLine } from "../parts.ts";
import { customerZone } from "../terms.ts";
import { noteVerificationCode } from "../verification.ts";
import type { Words } from "../words/words.ts";
import type { Detail, InvoicePage, PageTable, Row, TotalRow } from "./invoice-page.ts";
import { buyerPhrase, headDetails, lookOf, sellerOf } from "./make-page.ts";
import type { MadeAt } from "./make-page.ts";
import { totalRow } from "./make-table.ts";
import { money } from "./numbers.ts";
import { code, name, time, undirected } from "./phrase.ts";
import { sumRow, taxNumbers, taxRows } from "./tax-rows.ts";

/** What a note says, and on which invoice. */
export interface NoteOn {
  readonly note: NoteIssued;
  readonly invoice: InvoiceFinalized;
}

/** What stands on a note, in the language and with the names of its invoice. `madeAt`: where that was made. */
export function makeNotePage(of: NoteOn, madeAt: MadeAt): InvoicePage {
  const { note, invoice } = of;
  const { catalog } = madeAt;
  const { words } = lookOf(invoice, catalog);
  const buyer = customerOf(catalog, note.tenant, note.customer)?.name || note.customer;
  const heading = words.notes[note.direction].heading(note.note_number);
  return {
    language: words.language,
    title: undirected(words.title(heading, buyer)),
    made: formatTime(note.issued_at),
    ...sellerOf(invoice, madeAt),
    heading,
    details: details(of, buyer, madeAt, words),
    table: table(of, words),
    evidence: evidence(of, madeAt, words),
  };
}

function details(
  { note, invoice }: NoteOn,
  buyer: string,
  { catalog }: MadeAt,
  words: Words,
): Detail[] {
  const { tenant, customer, issued_at } = note;
  const own = customerZone(catalog, tenant, customer);
  const subscriptions = subscriptionsOf(note, invoice);
  const zones = new Set(subscriptions.map((each) => zoneOf(catalog, tenant, each)));
  const zone = zones.size === 1 ? ([...zones][0] ?? own) : own;
  const days = spokenDays(note.period_from, note.period_to, zone, words);
  const day = (at: number) => time(formatTime(at), spokenDay(at, own, words));
  const isKept = keepsTaxes(note, invoice.taxes);
  return [
    { term: words.customer, text: buyerPhrase(buyer, customer) },
    { term: words.notes.onInvoice, text: [name(note.number), ", ", day(invoice.finalized_at)] },
    {
      term: words.subscription,
      text: subscriptions.flatMap((each, at) => [...(at === 0 ? [] : [", "]), name(each)]),
    },
    { term: words.period, text: [words.inZone(days, zone)] },
    { term: words.notes.issued, text: [day(issued_at)] },
    { term: words.notes.reason, text: [name(note.reason)] },
    ...(isKept ? [{ term: words.tax.taxes, text: [words.notes.taxKept] }] : []),
    ...taxNumbers(invoice, words),
  ];
}

/** Those that its lines are of. */
function subscriptionsOf({ lines, subscription }: NoteIssued, invoice: InvoiceFinalized): string[] {
  const parts = partsByLine(invoice);
  const own = lines.flatMap(({ line }) => parts[line - 1]?.subscription ?? []);
  return own.length === 0 ? [subscription] : [...new Set(own)];
}

/** Its lines, beside what the invoice asked for on each, the taxes on them, and what became of the sum. */
function table(of: NoteOn, words: Words): PageTable {
  const { currency, direction, lines } = of.note;
  const { caption } = words.notes[direction];
  return {
    caption: caption(currency),
    thousands: words.thousands,
    columns: [
      { of: "line", title: words.columns.line },
      { of: "description", title: words.columns.description },
      { of: "exact", title: words.notes.invoiced },
      { of: "amount", title: words.columns.amount },
    ],
    groups: [
      lines.map(({ line, description, amount }): Row => ({
        of: "line",
        number: line,
        what: [name(description)],
        quantity: "",
        exact: money(of.invoice.lines[line - 1]?.amount ?? "0", currency, words),
        amount: money(amount, currency, words),
      })),
    ],
    totals: totals(of.note, words),
  };
}

function totals(note: NoteIssued, words: Words): TotalRow[] {
  const { amount, currency, direction, settled, credited, taxes } = note;
  const became = [
    [words.notes.settled, settled],
    [words.notes.credited, credited],
  ] as const;
  return [
    ...taxRows({ taxes, currency, total: amount, lines: byInvoiceLine(note) }, words),
    totalRow(words.notes[direction].total, amount, currency, words),
    ...became
      .filter(([, part]) => !isZero(decimal(part)))
      .map(([what, part]) => sumRow(what, part, currency, words)),
  ];
}

function evidence(
  { note, invoice }: NoteOn,
  madeAt: MadeAt,
  words: Words,
): InvoicePage["evidence"] {
  const verification = noteVerificationCode(note, invoice);
  return {
    heading: words.evidence,
    intro: words.replayedBy(code(`tally replay ${invoice.number} LINE`)),
    details: [
      { term: words.notes.note, text: [code(note.note)] },
      { term: words.invoiceId, text: [code(invoice.invoice)] },
      ...headDetails(invoice, madeAt, words),
      {
        term: words.code,
        text: words.checkedBy(code(verification), code(`tally notes --verify ${verification}`)),
      },
    ],
  };
}
