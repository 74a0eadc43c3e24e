import type { NoteDocument } from "@tallybook/invoice";
import {
  about,
  Contents,
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
  orNull,
  output,
  pagingQuery,
  text,
  textFilter,
  time,
  whole,
} from "@tallybook/service";

import { reasonText } from "./payment-schemas.ts";
import { taxSchema } from "./schemas.ts";

/** What the list of notes can be narrowed by. */
export const noteFilters: Filters<NoteDocument> = {
  customer: textFilter("Whose.", ({ customer }) => customer),
  invoice: textFilter("Id or number.", (note) => [note.invoice, note.invoice_number]),
  direction: optionFilter("credit or debit.", ["credit", "debit"], ({ direction }) => direction),
};

const line = whole(1, 1_000_000);
const note = named(
  "Note",
  output({
    note: text,
    number: about(
      "In the series of its direction and of the entity in whose name the invoice is; the tenant's are CN-000001 and DN-000001.",
      text,
    ),
    direction: oneOf("credit", "debit"),
    invoice: text,
    invoice_number: text,
    customer: text,
    currency: text,
    entity: about("In whose name it is written; null: the tenant's own.", orNull(text)),
    amount: about(
      "The lines, and the taxes that they do not hold; minor units, as all amounts here.",
      decimalText,
    ),
    tax: about("What of the amount is tax, also where prices hold it.", decimalText),
    tax_kept: about(
      "There are taxes on its lines, and somebody has said that they stay as they are.",
      { type: "boolean" },
    ),
    lines: listOf(output({ line, description: text, amount: decimalText })),
    taxes: about("What it changes of each tax, and why there is none on what.", listOf(taxSchema)),
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
  "The taxes on the lines stay as they are; unless given, the note gives them back, or asks for them.",
  oneOf("kept"),
);
const noteId = about("An id of your own: the same note counts once.", idText);
const tag = "Notes";
/** A form of a note that is no JSON. */
const page = { type: "string" };

/** What the document says of each route. */
export const noteRoutes = {
  credit: {
    summary: "Issues a credit note, which takes something off an invoice",
    about:
      "No more than is left of each line, nor of all with their discounts. With the taxes on that, by the rates of the invoice. It is taken off what is still to be paid; what was paid already becomes the customer's credit.",
    tag,
    body: named(
      "CreditNoteOrder",
      input(
        { note: noteId, reason: reasonText },
        { lines: about("All that is left of the invoice unless given.", lines), tax },
      ),
    ),
    answers: { 201: note },
    problems: [409, 422],
  },
  debit: {
    summary: "Issues a debit note, which asks for more than an invoice did",
    about: "More than 0 on each of its lines, and the taxes on that, by the rates of the invoice.",
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
    summary: "Gets a note by its id, its number or the verification code on it",
    about:
      "The same to the byte whenever it is asked for. As a page to read and print for a reader that asks for text/html, and at its address with `.html`; for paper with `.pdf`, and its lines as a table with `.csv`.",
    tag,
    answers: {
      200: new Contents({
        "application/json": note,
        "text/html": page,
        "application/pdf": page,
        "text/csv": page,
      }),
    },
  },
} as const satisfies Readonly<Record<string, Description>>;
