import type { Settled } from "@tallybook/invoice";
import {
  about,
  decimalText,
  type Description,
  filterQuery,
  type Filters,
  idText,
  input,
  type JsonSchema,
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
} from "@tallybook/service";

/** A payment as its reader sees it. */
export interface PaymentView {
  readonly payment: string;
  readonly status: "recorded" | "reversed";
  readonly customer: string;
  readonly currency: string;
  readonly amount: string;
  readonly method: string;
  readonly reference: string | null;
  readonly received_at: string;
  readonly settles: readonly Settled[];
  readonly credited: string;
  readonly recorded_at: string;
  readonly reversed: {
    readonly reason: string;
    readonly reopens: readonly Settled[];
    readonly uncredited: string;
    readonly reversed_at: string;
  } | null;
}

/** What the list of payments can be narrowed by. */
export const paymentFilters: Filters<PaymentView> = {
  customer: textFilter("Who paid.", ({ customer }) => customer),
  status: optionFilter("recorded or reversed.", ["recorded", "reversed"], ({ status }) => status),
};

/** The schema of a text somebody gives as words. */
export const reasonText: JsonSchema = { type: "string", minLength: 1, maxLength: 1_000 };
export const minor: JsonSchema = { type: "string", pattern: "^[1-9]\\d{0,29}$" };

export const settledList = listOf(
  named("Settled", output({ invoice: text, number: text, amount: decimalText })),
);

const payment = named(
  "Payment",
  output({
    payment: text,
    status: oneOf("recorded", "reversed"),
    customer: text,
    currency: text,
    amount: about("Minor units.", decimalText),
    method: text,
    reference: orNull(text),
    received_at: time,
    settles: about("What it takes off invoices, minor units.", settledList),
    credited: about("What it left as the customer's credit, minor units.", decimalText),
    recorded_at: time,
    reversed: orNull(
      output({
        reason: text,
        reopens: about("What is owed again, minor units.", settledList),
        uncredited: about("What it took from the customer's credit, minor units.", decimalText),
        reversed_at: time,
      }),
    ),
  }),
);

const tag = "Payments";

/** What the document says of each route. */
export const paymentRoutes = {
  record: {
    summary: "Records that a customer has paid",
    about:
      "It is taken off the invoices that it names, in that order, else off all that are open, the oldest first; what is left is the customer's credit. The same payment counts once, however often it is sent.",
    tag,
    body: named(
      "PaymentOrder",
      input(
        {
          payment: about("An id of your own, such as the bank's.", idText),
          customer: idText,
          amount: about("Minor units, above zero.", minor),
          currency: about("The customer's.", idText),
        },
        {
          invoices: about(
            "Ids or numbers; those that are open unless given, the oldest first.",
            listOf(text, { maxItems: 1_000 }),
          ),
          method: about("How it was paid; bank_transfer unless given.", idText),
          reference: about("Where it is found again.", idText),
          received_at: about("When the money was there; now unless given.", time),
        },
      ),
    ),
    answers: { 201: payment },
    problems: [409, 422],
  },
  reverse: {
    summary: "Takes back a payment that has bounced, or was none",
    about: "What it had settled is owed again, and the credit that it left is taken back.",
    tag,
    body: named("PaymentReversal", input({ reason: reasonText })),
    answers: { 200: payment },
    problems: [409, 422],
  },
  list: {
    summary: "Lists payments, in the order in which they were recorded",
    tag,
    query: { ...pagingQuery, ...filterQuery(paymentFilters) },
    answers: {
      200: named("PaymentList", output({ payments: listOf(payment), next: nextPage })),
    },
  },
  get: {
    summary: "Gets a payment",
    tag,
    answers: { 200: payment },
  },
} as const satisfies Readonly<Record<string, Description>>;
