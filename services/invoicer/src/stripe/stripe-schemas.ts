import type { StripeEventTaken } from "@tallybook/invoice";
import {
  about,
  decimalText,
  type Description,
  filterQuery,
  type Filters,
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

import { reasonText } from "../payment-schemas.ts";

export const handOffStatuses = [
  "waiting",
  "handed",
  "paid",
  "voided_at_stripe",
  "refused",
  "withdrawing",
  "withdrawn",
] as const;

/** A hand-off as its reader sees it. */
export interface HandOffView {
  readonly invoice: string;
  readonly number: string;
  readonly customer: string;
  readonly currency: string;
  readonly amount: string;
  readonly hand_off: number;
  readonly status: (typeof handOffStatuses)[number];
  readonly reason: string | null;
  readonly stripe_account: string;
  readonly stripe_customer: string;
  readonly stripe_invoice: string | null;
  readonly hosted_url: string | null;
  readonly ordered_at: string;
}

/** What the list of hand-offs can be narrowed by. */
export const handOffFilters: Filters<HandOffView> = {
  customer: textFilter("Whose.", ({ customer }) => customer),
  status: optionFilter("How far.", handOffStatuses, ({ status }) => status),
};

/** What the list of events can be narrowed by. */
export const eventFilters: Filters<StripeEventTaken> = {
  invoice: textFilter("Id or number.", ({ invoice, number }) => [invoice, number]),
  stripe_invoice: textFilter("Stripe's id.", ({ stripe_invoice }) => stripe_invoice),
};

const handOff = named(
  "StripeHandOff",
  output({
    invoice: text,
    number: text,
    customer: text,
    currency: text,
    amount: about("What Stripe is to collect, minor units.", decimalText),
    hand_off: about("From 1: an invoice may be handed over again.", whole(1, 1_000_000)),
    status: oneOf(...handOffStatuses),
    reason: about("Why Stripe refused, or why it waits.", orNull(text)),
    stripe_account: text,
    stripe_customer: text,
    stripe_invoice: orNull(text),
    hosted_url: about("Where the customer can pay.", orNull(text)),
    ordered_at: time,
  }),
);

const event = named(
  "StripeEvent",
  output({
    event: about("Stripe's id.", text),
    type: text,
    stripe_account: text,
    invoice: orNull(text),
    number: orNull(text),
    customer: orNull(text),
    stripe_invoice: orNull(text),
    status: about("Which Stripe says that its invoice has.", orNull(text)),
    payments: about("Ids of payments that are recorded with it.", listOf(text)),
    detail: about("What a person has to know.", orNull(text)),
    happened_at: time,
    taken_at: time,
  }),
);

const tag = "Stripe";

/** What the document says of each route. */
export const stripeRoutes = {
  hand: {
    summary: "Has Stripe collect an invoice, for the first time or again",
    about:
      "What is open of it is collected. The same while it is with Stripe; again where Stripe refused it, or it was withdrawn.",
    tag,
    answers: { 202: handOff },
    problems: [404, 409],
  },
  withdraw: {
    summary: "Has Stripe collect an invoice no more",
    about: "Stripe's invoice is voided, a draft of it deleted. Refused where it is paid there.",
    tag,
    body: named("StripeWithdrawal", input({ reason: reasonText })),
    answers: { 202: handOff },
    problems: [409, 422],
  },
  list: {
    summary: "Lists what is handed to Stripe, the last hand-off of each invoice",
    tag,
    query: { ...pagingQuery, ...filterQuery(handOffFilters) },
    answers: {
      200: named("StripeHandOffList", output({ hand_offs: listOf(handOff), next: nextPage })),
    },
  },
  get: {
    summary: "Gets the last hand-off of an invoice",
    tag,
    answers: { 200: handOff },
  },
  events: {
    summary: "Lists what Stripe has told, also of what is no invoice of ours",
    tag,
    query: { ...pagingQuery, ...filterQuery(eventFilters) },
    answers: {
      200: named("StripeEventList", output({ events: listOf(event), next: nextPage })),
    },
  },
  webhook: {
    summary: "Takes what Stripe tells",
    about:
      "The address of a webhook endpoint at Stripe. There is no key: what is not signed with the account's secret, within five minutes, is refused.",
    tag,
    headers: { "stripe-signature": text },
    body: { type: "object", additionalProperties: true },
    answers: { 200: output({ taken: { type: "boolean" } }) },
    problems: [400, 503],
  },
} as const satisfies Readonly<Record<string, Description>>;
