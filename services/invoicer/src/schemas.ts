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

const period = output({ from: time, to: time });
const nullableText: JsonSchema = { type: ["string", "null"] };

const invoice = named(
  "Invoice",
  output({
    invoice: text,
    number: text,
    customer: text,
    plan: text,
    subscription: text,
    period,
    currency: text,
    total: about("In minor units.", decimalText),
    lines: listOf(
      output({
        meter: nullableText,
        dimensions: { type: "object", additionalProperties: text },
        quantity: decimalText,
        amount: about("In minor units.", decimalText),
        description: text,
      }),
    ),
  }),
);

const evidence = named(
  "InvoiceEvidence",
  output({
    invoice: text,
    number: text,
    plan: text,
    plan_version: whole(1, 1_000_000),
    exact: decimalText,
    rounding: decimalText,
    finalized_at: time,
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

const tag = "Invoices";
const page = { type: "string" };

/** What the document says of each route. */
export const invoiceRoutes = {
  list: {
    summary: "Lists the invoices",
    tag,
    query: {
      customer: { type: "string", minLength: 1 },
      period: about("The beginning of the period's start, such as 2023-11.", {
        type: "string",
        minLength: 1,
      }),
      after: about("`next` of the page before.", whole(0, Number.MAX_SAFE_INTEGER)),
      limit: about("Of one page; 100 unless given.", whole(1, 1_000)),
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
        }),
      ),
    },
  },
  get: {
    summary: "Gets an invoice by its id or number",
    about:
      "The same to the byte whenever it is asked for. As a page to read and print for a reader that asks for text/html, and at its address with `.html`.",
    tag,
    answers: { 200: new Contents({ "application/json": invoice, "text/html": page }) },
  },
  evidence: {
    summary: "Gets what proves an invoice",
    tag,
    answers: { 200: evidence },
  },
} as const satisfies Readonly<Record<string, Description>>;
