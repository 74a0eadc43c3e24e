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

/** Of `taxes`, of an invoice or a note. */
export const taxSchema = output({
  treatment: { enum: ["taxed", "exempt", "reverse_charge", "untaxed"] },
  tax_rate: about("Of the catalog; null where no rate of it was applied.", nullableText),
  tax_rate_version: orNull(whole(1, 1_000_000)),
  name: text,
  jurisdiction: about("Whom it is owed to; empty where nothing is.", text),
  percent: decimalText,
  inclusive: about("The lines' amounts hold it already.", { type: "boolean" }),
  reason: about("Why nothing is taken.", text),
  base: about("What it is on, exact, in major units.", decimalText),
  base_amount: about("The same as the invoice writes it, in minor units.", decimalText),
  amount: about("In minor units.", decimalText),
  lines: about("Those that it is on, from 1.", listOf(whole(1, 1_000_000))),
});

const part = output({
  subscription: text,
  plan: text,
  period,
  amount: about("What its lines come to without taxes on top, in minor units.", decimalText),
  exact: about("The same in major units, before it is rounded.", decimalText),
  lines: about("From 1.", listOf(whole(1, 1_000_000))),
});

export const invoiceSchema = named(
  "Invoice",
  output({
    invoice: text,
    status: { enum: ["draft", "finalized"] },
    number: about("Null while it is a draft.", nullableText),
    customer: text,
    plan: about("Null where it is of several subscriptions.", nullableText),
    subscription: about("Null where it is of several: parts has them.", nullableText),
    period,
    currency: text,
    entity: about("In whose name it is; null: the tenant's own, or it is a draft.", nullableText),
    total: about(
      "In minor units; of a draft what it would be without taxes, which are told when it is finalized.",
      decimalText,
    ),
    tax: about("What of the total is tax, in minor units.", decimalText),
    exact: about("Sum of the lines, in major units.", decimalText),
    rounding: about("Total less that, in major units.", decimalText),
    lines: about(
      "They add up to the total: taxes that prices do not hold are among them.",
      listOf(line),
    ),
    taxes: about("Each tax on what it is, and why there is none on what.", listOf(taxSchema)),
    parts: about(
      "Of several subscriptions, in the order of their lines; empty where it is of one.",
      listOf(part),
    ),
  }),
);

const evidence = named(
  "InvoiceEvidence",
  output({
    invoice: text,
    status: { enum: ["draft", "finalized"] },
    number: nullableText,
    plan: about("Null where it is of several subscriptions: its lines have them.", nullableText),
    plan_version: orNull(whole(1, 1_000_000)),
    exact: decimalText,
    rounding: decimalText,
    finalized_at: orNull(time),
    journal_step: whole(0, Number.MAX_SAFE_INTEGER),
    journal_hash: text,
    tax_basis: about(
      "By what its taxes were told; null of a draft, and where nothing was said of taxes.",
      orNull(
        output({
          catalog_offset: about(
            "Below which the catalog counted.",
            whole(0, Number.MAX_SAFE_INTEGER),
          ),
          told_at: time,
          source: { enum: ["rates", "status", "market", "calculator"] },
          entity: nullableText,
          entity_version: orNull(whole(1, 1_000_000)),
          owner_tax_id: about("Under which number the entity owes taxes there.", nullableText),
          country: about("Where the customer is.", nullableText),
          region: nullableText,
          status: { enum: ["taxable", "exempt", "reverse_charge"] },
          customer_tax_id: nullableText,
          reference: about("Of the form behind the status.", nullableText),
          calculation: about("Id of an outside calculator's answer.", nullableText),
        }),
      ),
    ),
    taxes: listOf(
      output({
        treatment: text,
        tax_rate: nullableText,
        tax_rate_version: orNull(whole(1, 1_000_000)),
        name: text,
        jurisdiction: text,
        percent: decimalText,
        inclusive: { type: "boolean" },
        reason: text,
        base: decimalText,
        exact: about("Before it was rounded, in major units.", decimalText),
        amount: decimalText,
        lines: listOf(whole(1, 1_000_000)),
      }),
    ),
    tax_unknown: about("Why nobody can tell the tax of a draft that is due.", nullableText),
    lines: listOf(
      output({
        line: whole(1, 1_000_000),
        transaction: text,
        transaction_kind: text,
        subscription: text,
        plan: text,
        plan_version: whole(1, 1_000_000),
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
    invoices: listOf(invoiceSchema),
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
          invoices: listOf(invoiceSchema),
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
    query: {
      ...momentQuery,
      invoices_offset: about(
        "Of .html and .pdf: they also say what was paid and credited, and what is still to be paid, by the facts of `invoices` below it; `/state` tells how far they go.",
        whole(0, Number.MAX_SAFE_INTEGER),
      ),
    },
    answers: {
      200: new Contents({
        "application/json": invoiceSchema,
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
    answers: { 200: invoiceSchema },
  },
  calculateTax: {
    summary: "Says the tax on an invoice or draft",
    about:
      "Of a draft what it would be now, by the catalog and, where the customer's market says so, by an outside calculator. 409: nobody can tell it, and it says what to do.",
    tag,
    problems: [409],
    answers: {
      200: named(
        "InvoiceTax",
        output({
          invoice: text,
          currency: text,
          total: about("With the tax, in minor units.", decimalText),
          tax: about("What of the total is tax, in minor units.", decimalText),
          lines: listOf(line),
          taxes: listOf(taxSchema),
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
