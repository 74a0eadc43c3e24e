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
import { batchItemsMax, type Door, failureAt } from "@tallybook/usage";

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

const flatEvent = named("FlatEvent", {
  ...output(
    {
      event_id: about("The event's identity.", notEmpty),
      account_id: about("Who is billed.", notEmpty),
      meter: about("The type of event that meters measure.", notEmpty),
      quantity: { type: ["number", "string"] },
    },
    {
      timestamp: about(
        "RFC 3339, or seconds or milliseconds since 1970; the moment of its arrival unless given.",
        { type: ["string", "number", "null"] },
      ),
    },
  ),
  description: "The flat form: every further field is a property.",
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

const list = listOf({ anyOf: [event, typedEvent, flatEvent] }, { maxItems: batchItemsMax });
const cloudEvents = { "application/cloudevents-batch+json": listOf(cloudEvent) };
const lines: JsonSchema = { type: "string", description: "One event per line." };

const query = {
  backfill: about(
    "The id of a backfill: then it may be as old as that takes, and is held against all that was ever accepted of its time.",
    text,
  ),
};

/** What is said of the paths whose forms are ours. */
const ownRoutes: Readonly<Record<string, Omit<Description, "query" | "problems">>> = {
  "/v1/events": {
    summary: "Reports a usage event",
    about:
      "Durable when it is answered with 200; the same id again does not count twice. CloudEvents are taken as well, also with their attributes in headers.",
    tag: "Usage",
    body: new Contents({
      "application/json": { anyOf: [event, typedEvent, flatEvent] },
      "application/cloudevents+json": cloudEvent,
      ...cloudEvents,
    }),
    answers: { 200: { anyOf: [accepted, results] } },
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
    answers: { 200: results },
  },
};

/** What the document says of the doors at a path. */
export function describeDoors(path: string, atPath: readonly Door[]): Description {
  const own = ownRoutes[path] ?? foreignRoute(path, atPath);
  return { ...own, query, problems };
}

const problems = [409, 415];
/** With those that every route has. */
const errors = [400, 401, 403, 413, 503, ...problems];

/** The status of a success, and its body where it has one. */
function answerOf(door: Door): [number, JsonSchema | null] {
  const { status, body } = door.success([], true);
  return [status, body === null ? null : { type: "object" }];
}

/** Of a door whose form somebody else has written down. */
function foreignRoute(path: string, atPath: readonly Door[]) {
  const types = new Set(atPath.flatMap(({ paths }) => paths[path] ?? []));
  const schemas = [...types].map((type): [string, JsonSchema] => [type, {}]);
  return {
    summary: `Takes ${atPath.map(({ summary }) => summary).join("; or ")}`,
    about: "Answered as its clients expect: docs/doors.md.",
    tag: "Front doors",
    body: new Contents(Object.fromEntries(schemas)),
    answers: { ...errorsAt(path), ...Object.fromEntries(atPath.map(answerOf)) },
  };
}

/** Errors as the clients of a path read them, where they read no problem details. */
function errorsAt(path: string): Description["answers"] {
  if (failureAt(path, { status: 400, detail: "" }) === undefined) return {};
  return Object.fromEntries(errors.map((status) => [status, { type: "object" }]));
}
