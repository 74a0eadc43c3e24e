import {
  about,
  Contents,
  decimalText,
  type Description,
  type JsonSchema,
  listOf,
  named,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";

import { momentQuery } from "./moments.ts";

const period = output({ from: time, to: time });
const nullableText: JsonSchema = { type: ["string", "null"] };

const line = output({
  meter: nullableText,
  dimensions: { type: "object", additionalProperties: text },
  quantity: decimalText,
  amount: about("In minor units; of a draft what it would be.", decimalText),
  exact: about("In major units.", decimalText),
  is_tax: { type: "boolean" },
  description: text,
});

const invoice = named(
  "Invoice",
  output({
    invoice: text,
    status: { enum: ["draft", "finalized"] },
    number: about("Null while it is a draft.", nullableText),
    customer: text,
    plan: text,
    subscription: text,
    period,
    currency: text,
    total: about("In minor units; of a draft what it would be.", decimalText),
    exact: about("Sum of the lines, in major units.", decimalText),
    rounding: about("Total less that, in major units.", decimalText),
    lines: listOf(line),
  }),
);

const evidence = named(
  "InvoiceEvidence",
  output({
    invoice: text,
    status: { enum: ["draft", "finalized"] },
    number: nullableText,
    plan: text,
    plan_version: whole(1, 1_000_000),
    exact: decimalText,
    rounding: decimalText,
    finalized_at: orNull(time),
    journal_step: whole(0, Number.MAX_SAFE_INTEGER),
    journal_hash: text,
    lines: listOf(
      output({
        line: whole(1, 1_000_000),
        transaction: text,
        transaction_kind: text,
        exact: decimalText,
        amount: decimalText,
        period,
      }),
    ),
  }),
);

const billed = named(
  "Billed",
  output({
    subscription: text,
    invoices: listOf(invoice),
    complete: about("False: its drafts come to the list of invoices later.", { type: "boolean" }),
    catalog_offset: whole(0, Number.MAX_SAFE_INTEGER),
  }),
);

const tag = "Invoices";
/** A form of an invoice that is no JSON. */
const page = { type: "string" };

/** What the document says of each route. */
export const invoiceRoutes = {
  list: {
    summary: "Lists the invoices and drafts",
    about:
      "In the order of their numbers; a draft stands where it was made. Waits up to ten seconds for what was asked to be billed.",
    tag,
    query: {
      customer: { type: "string", minLength: 1 },
      subscription: { type: "string", minLength: 1 },
      status: about("Both, unless given.", { enum: ["draft", "finalized"] }),
      period: about("The beginning of the period's start, such as 2023-11.", {
        type: "string",
        minLength: 1,
      }),
      after: about("`next` of the page before.", whole(0, Number.MAX_SAFE_INTEGER)),
      limit: about("Of one page; 100 unless given.", whole(1, 1_000)),
      ...momentQuery,
    },
    answers: {
      200: named(
        "InvoicePage",
        output({
          invoices: listOf(invoice),
          next: about(
            "For the next page; null at the end.",
            orNull(whole(0, Number.MAX_SAFE_INTEGER)),
          ),
          complete: about("False: of what was asked to be billed something is still missing.", {
            type: "boolean",
          }),
        }),
      ),
    },
  },
  get: {
    summary: "Gets an invoice by its id or number",
    about:
      "The same to the byte whenever it is asked for. As a page to read and print for a reader that asks for text/html, and at its address with `.html`; for paper with `.pdf`, and all lines as a table with `.csv`.",
    tag,
    query: momentQuery,
    answers: {
      200: new Contents({
        "application/json": invoice,
        "text/html": page,
        "application/pdf": page,
        "text/csv": page,
      }),
    },
  },
  bill: {
    summary: "Bills what a subscription has used of its running period, as a draft",
    about:
      "Makes a cut at once, and answers when the draft is there: it holds everything that is accepted for the running period by then, less what was billed of it before. Fees that are owed at the period's end are left out.",
    tag,
    headers: { "Idempotency-Key": { type: "string", minLength: 1, maxLength: 255 } },
    answers: { 200: billed, 202: billed },
    problems: [409, 422],
  },
  finalize: {
    summary: "Gives a draft its number",
    about:
      "The next of the series. A finalized invoice is answered as it is. The draft is computed again from the log before; where something does not come out, it is refused with what differs, unless somebody overrides that. A draft of a period in shadow is always refused (409).",
    tag,
    query: {
      override: about("The reason, which is written down with what differs.", {
        type: "string",
        minLength: 1,
        maxLength: 1_000,
      }),
    },
    problems: [409],
    answers: { 200: invoice },
  },
  calculateTax: {
    summary: "Says the tax on an invoice or draft",
    tag,
    answers: {
      200: named(
        "InvoiceTax",
        output({
          invoice: text,
          currency: text,
          tax: about("In minor units; 0 while no rate applies.", decimalText),
          lines: listOf(line),
        }),
      ),
    },
  },
  evidence: {
    summary: "Gets what proves an invoice",
    tag,
    query: momentQuery,
    answers: { 200: evidence },
  },
} as const satisfies Readonly<Record<string, Description>>;
