import {
  about,
  decimalText,
  type Description,
  idText,
  input,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";

import { reasonText } from "./payment-schemas.ts";

const tag = "Invoices";

const state = named(
  "InvoiceState",
  output({
    invoice: text,
    number: about("Null while it is a draft.", orNull(text)),
    customer: text,
    currency: text,
    as_of: time,
    invoices_offset: about(
      "Behind the last fact of `invoices`: a page of the invoice that is asked for with it says the same, always.",
      whole(0, Number.MAX_SAFE_INTEGER),
    ),
    state: oneOf("draft", "finalized", "sent", "partly_paid", "paid", "overdue", "voided"),
    due_at: about("Null: nobody has said.", orNull(time)),
    total: about(
      "Minor units, as all amounts here; null while it is a draft.",
      orNull(decimalText),
    ),
    paid: about("By payments and the customer's credit.", decimalText),
    credited: about("Taken off by credit notes.", decimalText),
    debited: about("Added by debit notes.", decimalText),
    open: about("Still to be paid.", decimalText),
    history: listOf(
      output({
        what: oneOf(
          "finalized",
          "sent",
          "overdue",
          "reminded",
          "payment",
          "payment_reversal",
          "credit",
          "credit_reversal",
          "credit_granted",
          "credit_note",
          "debit_note",
          "voided",
        ),
        at: time,
        reference: about(
          "Of the payment, the note and so on; of a reminder, how many days after its date.",
          orNull(text),
        ),
        change: about("What it adds to what is still to be paid.", decimalText),
      }),
    ),
  }),
);

/** What the document says of each route. */
export const lifeRoutes = {
  state: {
    summary: "Says how far an invoice has come, and how",
    about:
      "An invoice itself never changes; this is what has become of it, by now or by what was written down at another time. One of which nothing is open is paid, whatever took it off.",
    tag,
    query: { as_of: about("Another time than now.", time) },
    answers: { 200: state },
  },
  send: {
    summary: "Writes down that an invoice was sent",
    about: "Nothing is sent by this; the first time counts.",
    tag,
    body: named(
      "InvoiceSending",
      input(
        {},
        {
          channel: about("How it was sent; email unless given.", idText),
          recipient: about("To whom.", idText),
        },
      ),
    ),
    answers: { 200: state },
    problems: [409, 422],
  },
  void: {
    summary: "Takes back an invoice that nobody has paid anything of",
    about:
      "What was posted for it is posted the other way round, and its charges are written off: no later invoice asks for them, unless an adjustment does. Of one that is paid, also in part, a credit note gives back.",
    tag,
    body: named("InvoiceVoiding", input({ reason: reasonText })),
    answers: { 200: state },
    problems: [409, 422],
  },
} as const satisfies Readonly<Record<string, Description>>;
