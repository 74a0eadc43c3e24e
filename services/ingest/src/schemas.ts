import {
  about,
  Contents,
  type Description,
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
import type { EventPath } from "./forms.ts";
import { batchItemsMax } from "./intake.ts";

const notEmpty: JsonSchema = { type: "string", minLength: 1 };
const properties: JsonSchema = {
  type: ["object", "null"],
  description:
    "Numbers keep their digits; nested values are read by their path, such as `usage.tokens`.",
};

const correction: Readonly<Record<string, JsonSchema>> = {
  corrects: about("The id of the event that this one replaces.", orNull(notEmpty)),
  retracts: about("The id of the event that is taken back.", orNull(notEmpty)),
  reason: about("Why something is corrected or taken back: then required.", orNull(notEmpty)),
};

const event = named("UsageEvent", {
  ...output(
    { id: about("With `source` the event's identity.", notEmpty) },
    {
      type: about("Required, but of what corrects or retracts an event.", orNull(notEmpty)),
      customer: about("Required, but of what corrects or retracts an event.", orNull(notEmpty)),
      ...correction,
      source: { type: ["string", "null"] },
      subscription: orNull(notEmpty),
      time: about("The moment of its arrival unless given.", orNull(time)),
      properties,
    },
  ),
  additionalProperties: false,
});

const typedEvent = named("TypedEvent", {
  ...output(
    { id: notEmpty },
    {
      event_type: about("Required, but of what corrects or retracts an event.", orNull(notEmpty)),
      customer_id: about("Required, but of what corrects or retracts an event.", orNull(notEmpty)),
      subscription_id: about("Of the event's identity as well.", orNull(notEmpty)),
      timestamp: about("The moment of its arrival unless given.", orNull(time)),
      properties,
      ...correction,
    },
  ),
  description: "The typed form, which is told from the other one by these names.",
});

const cloudEvent = named("CloudEvent", {
  ...output(
    {
      specversion: { const: "1.0" },
      id: notEmpty,
      source: notEmpty,
      type: notEmpty,
    },
    {
      subject: about("Required, but of what corrects or retracts an event.", orNull(notEmpty)),
      time: orNull(time),
      subscription: orNull(notEmpty),
      data: properties,
      ...correction,
    },
  ),
  propertyNames: { pattern: "^[a-z0-9]+$" },
  description: "CloudEvents 1.0: `subject` is the customer, `data` the properties.",
});

const ofTyped = { event_id: text, accepted: { const: true } };
const accepted = named(
  "AcceptedEvent",
  output({ id: text, status: { const: "accepted" } }, ofTyped),
);

const results = named(
  "BatchAnswer",
  output({
    results: listOf(
      output(
        { index: whole(0, batchItemsMax), status: oneOf("accepted", "refused") },
        {
          id: text,
          ...ofTyped,
          line: whole(1, Number.MAX_SAFE_INTEGER),
          field: { type: ["string", "null"] },
          reason: text,
          detail: text,
        },
      ),
    ),
    accepted: whole(0, batchItemsMax),
    refused: whole(0, batchItemsMax),
  }),
);

const list = listOf({ anyOf: [event, typedEvent] }, { maxItems: batchItemsMax });
const cloudEvents = { "application/cloudevents-batch+json": listOf(cloudEvent) };
const lines: JsonSchema = { type: "string", description: "One event per line." };

const query = {
  backfill: about(
    "The id of a backfill: then it may be as old as that takes, and is held against all that was ever accepted of its time.",
    text,
  ),
};

/** By path. */
export const eventRoutes: Readonly<Record<EventPath, Description>> = {
  "/v1/events": {
    summary: "Reports a usage event",
    about:
      "Durable when it is answered with 200; the same id again does not count twice. CloudEvents are taken as well, also with their attributes in headers.",
    tag: "Usage",
    body: new Contents({
      "application/json": { anyOf: [event, typedEvent] },
      "application/cloudevents+json": cloudEvent,
      ...cloudEvents,
    }),
    query,
    answers: { 200: { anyOf: [accepted, results] } },
    problems: [409, 415],
  },
  "/v1/events/batch": {
    summary: "Reports up to 10,000 usage events, with a result for each",
    about: "200 where at least one was accepted.",
    tag: "Usage",
    body: new Contents({
      "application/json": { anyOf: [list, output({ events: list })] },
      "application/x-ndjson": lines,
      "application/ndjson": lines,
      "application/jsonl": lines,
      ...cloudEvents,
    }),
    query,
    answers: { 200: results },
    problems: [409, 415],
  },
};
