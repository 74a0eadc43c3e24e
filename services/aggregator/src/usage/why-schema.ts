import { whyReasons } from "@tallybook/audit";
import {
  about,
  decimalText,
  type Description,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";

const reason = oneOf(...whyReasons);

const answer = {
  reason,
  detail: text,
  remedy: about("What to do about it; empty where there is nothing to do.", text),
  meter: orNull(text),
  subscription: orNull(text),
  invoices: about(
    "The lines that it is on; of a draft the number is null.",
    listOf(
      output({
        invoice: text,
        number: orNull(text),
        line: whole(1, 1_000_000),
        backfills: about(
          "Of an adjustment: the backfills by which usage of it came.",
          listOf(text),
        ),
      }),
    ),
  ),
};

const offset = whole(0, Number.MAX_SAFE_INTEGER);

const ofEvent = named(
  "WhyEvent",
  output({
    kind: oneOf("event"),
    tenant: text,
    source: text,
    id: text,
    records: about(
      "Every record of the identity that is decided, in the order of the log; empty where there is none.",
      listOf(
        output({
          partition: offset,
          offset,
          customer: orNull(text),
          type: orNull(text),
          time: orNull(time),
          cut: orNull(offset),
          backfill: about(
            "The backfill that it came by; null: by the usual way, or it does not count.",
            orNull(text),
          ),
          answers: listOf(output(answer)),
        }),
      ),
    ),
  }),
);

const ofCustomer = named(
  "WhyCustomer",
  output({
    kind: oneOf("customer"),
    tenant: text,
    customer: text,
    usage: listOf(
      output({ ...answer, quantity: decimalText, count: offset, from: time, to: time }),
    ),
    uncounted: about(
      "Records that name the customer and do not count.",
      listOf(output({ ...answer, count: offset })),
    ),
  }),
);

export const whyRoute: Description = {
  summary: "Says why an event, or a customer's usage, is on an invoice or is not",
  about:
    "By the log and the journal as they are now, with what to do about it. A name that is both a customer's and an event's is the customer's, unless `as` or `source` says otherwise.",
  tag: "Usage",
  query: {
    name: about("The id of an event, or a customer.", {
      type: "string",
      minLength: 1,
      maxLength: 255,
    }),
    source: about("Of the event; empty unless given.", { type: "string" }),
    as: oneOf("event", "customer"),
  },
  answers: { 200: { oneOf: [ofEvent, ofCustomer] } },
  problems: [409],
};
