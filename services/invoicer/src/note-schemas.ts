import type { NoteDirection, NoteLine } from "@tallybook/invoice";
import {
  about,
  decimalText,
  type Description,
  filterQuery,
  type Filters,
  idText,
  input,
  listOf,
  named,
  nextPage,
  oneOf,
  optionFilter,
  output,
  pagingQuery,
  text,
  textFilter,
  time,
  whole,
} from "@tallybook/service";

import { reasonText } from "./payment-schemas.ts";

/** A credit or debit note as its reader sees it. */
export interface NoteView {
  readonly note: string;
  readonly number: string;
  readonly direction: NoteDirection;
  readonly invoice: string;
  readonly invoice_number: string;
  readonly customer: string;
  readonly currency: string;
  readonly amount: string;
  readonly lines: readonly NoteLine[];
  readonly reason: string;
  readonly settled: string;
  readonly credited: string;
  readonly issued_at: string;
}

/** What the list of notes can be narrowed by. */
export const noteFilters: Filters<NoteView> = {
  customer: textFilter("Whose.", ({ customer }) => customer),
  invoice: textFilter("Id or number.", (note) => [note.invoice, note.invoice_number]),
  direction: optionFilter("credit or debit.", ["credit", "debit"], ({ direction }) => direction),
};

const line = whole(1, 1_000_000);
const note = named(
  "Note",
  output({
    note: text,
    number: about("In the series of its direction: CN-000001, DN-000001.", text),
    direction: oneOf("credit", "debit"),
    invoice: text,
    invoice_number: text,
    customer: text,
    currency: text,
    amount: about("Minor units, as all amounts here.", decimalText),
    lines: listOf(output({ line, description: text, amount: decimalText })),
    reason: text,
    settled: about("Of a credit note: what it took off what was still to be paid.", decimalText),
    credited: about(
      "Of a credit note: what was paid already, and is the customer's credit.",
      decimalText,
    ),
    issued_at: time,
  }),
);

const lines = listOf(
  input({
    line: about("Of the invoice, from 1.", line),
    amount: about("Minor units.", decimalText),
  }),
  { minItems: 1, maxItems: 1_000 },
);
const tax = about(
  "Needed where a tax is on one of the lines: no note gives it back, or asks for more of it.",
  oneOf("kept"),
);
const noteId = about("An id of your own: the same note counts once.", idText);
const tag = "Notes";

/** What the document says of each route. */
export const noteRoutes = {
  credit: {
    summary: "Issues a credit note, which takes something off an invoice",
    about:
      "No more than is left of each line, nor of all with their discounts. It is taken off what is still to be paid; what was paid already becomes the customer's credit. Taxes stay as they are, also where nothing else is left of the invoice.",
    tag,
    body: named(
      "CreditNoteOrder",
      input(
        { note: noteId, reason: reasonText },
        { lines: about("All that is left of the invoice's lines unless given.", lines), tax },
      ),
    ),
    answers: { 201: note },
    problems: [409, 422],
  },
  debit: {
    summary: "Issues a debit note, which asks for more than an invoice did",
    about: "More than 0 on each of its lines, without taxes.",
    tag,
    body: named("DebitNoteOrder", input({ note: noteId, reason: reasonText, lines }, { tax })),
    answers: { 201: note },
    problems: [409, 422],
  },
  list: {
    summary: "Lists credit and debit notes, in the order in which they were issued",
    tag,
    query: { ...pagingQuery, ...filterQuery(noteFilters) },
    answers: { 200: named("NoteList", output({ notes: listOf(note), next: nextPage })) },
  },
  get: {
    summary: "Gets a note by its id or number",
    tag,
    answers: { 200: note },
  },
} as const satisfies Readonly<Record<string, Description>>;
