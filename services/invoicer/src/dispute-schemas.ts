import {
  about,
  decimalText,
  type Description,
  input,
  type JsonSchema,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";

const reason: JsonSchema = { type: "string", minLength: 1, maxLength: 1_000 };
const line = whole(1, 1_000_000);
const count = whole(0, Number.MAX_SAFE_INTEGER);
const outcome = oneOf("correction", "credit_note", "rejection");

const dispute = named(
  "Dispute",
  output({
    dispute: text,
    status: oneOf("open", "settled"),
    invoice: text,
    number: text,
    customer: text,
    line,
    currency: text,
    amount: about("What of the line is disputed, minor units.", decimalText),
    reason: text,
    replay: about(
      "What the line came to when it was computed again from the log as the dispute was opened.",
      output({
        verdict: oneOf("exact", "columns_differ", "different", "unable"),
        detail: text,
        digest: about("SHA-256 of the replay, hex.", text),
      }),
    ),
    opened_at: time,
    settled: orNull(output({ outcome, reason: text, reference: orNull(text), settled_at: time })),
  }),
);

const tag = "Disputes";

/** What the document says of each route. */
export const disputeRoutes = {
  open: {
    summary: "Opens a dispute of a line",
    about:
      "The line is computed again from the log, and the dispute keeps what came out. While it is open, its amount is under dispute: reminders leave it out. One at a time of each line.",
    tag,
    body: named(
      "DisputeOrder",
      input(
        { line, reason },
        { amount: about("A part of the line, minor units; all of it unless given.", decimalText) },
      ),
    ),
    answers: { 201: dispute },
    problems: [409, 422],
  },
  ofInvoice: {
    summary: "Gets the disputes of an invoice, and what of it is under dispute",
    tag,
    answers: {
      200: named(
        "InvoiceDisputes",
        output({
          invoice: text,
          number: text,
          currency: text,
          total: decimalText,
          under_dispute: about(
            "Of the total, minor units: whoever reminds of the invoice leaves it out.",
            decimalText,
          ),
          disputes: listOf(dispute),
        }),
      ),
    },
    problems: [409],
  },
  settle: {
    summary: "Settles a dispute",
    about:
      "By a correction or a credit note, which it refers to, or by rejecting it; always with a reason.",
    tag,
    body: named(
      "Settlement",
      input(
        { outcome, reason },
        {
          reference: about(
            "The correction, adjustment or credit note; not of a rejection.",
            reason,
          ),
        },
      ),
    ),
    answers: { 200: dispute },
    problems: [409, 422],
  },
  list: {
    summary: "Lists all disputes, with their rate and age",
    tag,
    answers: {
      200: named(
        "DisputeList",
        output({
          report: output({
            invoices: about("Finalized ones.", count),
            disputed_invoices: about("That were ever disputed.", count),
            open: count,
            settled: output({ correction: count, credit_note: count, rejection: count }),
            under_dispute: about("Of open ones by currency, minor units.", {
              type: "object",
              additionalProperties: decimalText,
            }),
            oldest_seconds: orNull(count),
            median_settled_seconds: orNull(count),
          }),
          disputes: listOf(dispute),
        }),
      ),
    },
  },
} as const satisfies Readonly<Record<string, Description>>;
