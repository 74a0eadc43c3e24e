import {
  about,
  type Description,
  type JsonSchema,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  pagingQuery,
  text,
  time,
  yesOrNo,
} from "@tallybook/service";

import { momentQuery } from "./moments.ts";
import { typedStatuses } from "./typed-view.ts";

const tag = "Typed API";
const notEmpty: JsonSchema = { type: "string", minLength: 1 };
/** Whole, but for amounts with more than 12 decimals. */
const nanos: JsonSchema = { type: "string", pattern: "^-?\\d+(\\.\\d+)?$" };

const line = output({
  description: text,
  amount_nanos: about("Exact.", nanos),
  is_tax: yesOrNo,
  meter_id: orNull(text),
  quantity: text,
});

const fields = {
  id: text,
  invoice_number: about("Null for a draft.", orNull(text)),
  status: about(
    "Open until nothing is to be paid any more.",
    oneOf("Draft", "Open", "Paid", "Void"),
  ),
  invoice_type: text,
  customer_id: text,
  subscription_id: about("Null where it is of several.", orNull(text)),
  subscription_ids: about("All that it is of.", listOf(text)),
  plan_id: about("Null where it is of several subscriptions.", orNull(text)),
  currency: text,
  period_start: time,
  period_end: time,
  total_nanos: about("Units of 1e-12 of the currency, rounded to its minor unit.", nanos),
  tax_nanos: nanos,
  created_at: time,
  finalized_at: orNull(time),
  line_items: about("They add up to the total; one called Rounding makes it so.", listOf(line)),
};

const invoice = named("TypedInvoice", output(fields));
const billed = named(
  "TypedBilled",
  output({
    id: about("Of the latest of the drafts; null where there is none.", orNull(text)),
    invoice_id: orNull(text),
    subscription_id: text,
    complete: about("False: its drafts come to the list of invoices later.", yesOrNo),
    invoices: about("The subscription's drafts, the latest first.", listOf(invoice)),
  }),
);

/** What the document says of the routes. */
export const typedRoutes = {
  bill: {
    summary: "Bills what a subscription has used up to now, in the typed form",
    about:
      "A cut is made at once, and everything that was accepted for the running period is rated; it answers when the draft is there. 200: nothing is new since the last bill; 202: it takes longer than half a minute.",
    tag,
    headers: { "Idempotency-Key": { type: "string", minLength: 1, maxLength: 255 } },
    answers: { 200: billed, 201: billed, 202: billed },
    problems: [409, 422],
  },
  list: {
    summary: "Lists invoices and drafts, the latest first, in the typed form",
    about:
      "It waits for what was asked to be billed before it. A header `Link` with rel=next has the address of the next page.",
    tag,
    query: {
      customer_id: notEmpty,
      subscription_id: notEmpty,
      status: oneOf(...typedStatuses),
      ...pagingQuery,
      ...momentQuery,
    },
    answers: { 200: listOf(invoice) },
  },
  get: {
    summary: "Gets an invoice or a draft, in the typed form",
    tag,
    query: momentQuery,
    answers: { 200: invoice },
  },
  tax: {
    summary: "Says the tax on an invoice, in the typed form",
    tag,
    answers: { 200: invoice },
  },
  finalize: {
    summary: "Gives a draft its number, in the typed form",
    about:
      "Asked for again it answers the same. Refused where the draft does not come out again from the log, or is of a period in shadow.",
    tag,
    problems: [409],
    answers: { 200: invoice },
  },
} satisfies Readonly<Record<string, Description>>;
