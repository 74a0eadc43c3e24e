import { webhookTypes } from "@tallybook/catalog";
import {
  about,
  type Description,
  input,
  listOf,
  named,
  nextPage,
  oneOf,
  orNull,
  output,
  pagingQuery,
  text,
  time,
  whole,
  yesOrNo,
} from "@tallybook/service";

const count = whole(0, Number.MAX_SAFE_INTEGER);
const type = oneOf(...webhookTypes);

const endpoint = named(
  "WebhookEndpointStanding",
  output({
    endpoint: text,
    url: text,
    events: about("What it is told of; everything where it is empty.", listOf(type)),
    sends: about("Whether messages are sent to it now.", yesOrNo),
    waits_for: about(
      "Why they are not: a secret nobody has made yet, a key of the deployment's, a change of an endpoint that answered 410, or the archive.",
      orNull(oneOf("secret", "key", "change", "archive")),
    ),
    secret: about(
      "The newest one.",
      orNull(
        output({ number: whole(1, 1_000_000), issued_at: time, previous_until: orNull(time) }),
      ),
    ),
    pending: count,
    dead: count,
  }),
);

const delivery = named(
  "WebhookDelivery",
  output({
    message: about("Its webhook-id.", text),
    endpoint: text,
    type,
    object: about("Id of the invoice, or of the payment.", text),
    status: oneOf("pending", "delivered", "dead"),
    attempts: count,
    last: orNull(
      output({
        outcome: oneOf("delivered", "failed", "dead", "gone"),
        status: about("Of HTTP; null where there was no answer.", orNull(count)),
        detail: text,
        attempted_at: time,
      }),
    ),
    next_at: about(
      "When it is sent again; null where it is next, or not to be sent.",
      orNull(time),
    ),
  }),
);

const tag = "Webhooks";

/** What the document says of each route. */
export const webhookRoutes = {
  endpoints: {
    summary: "Lists the endpoints of webhooks, and whether they are served",
    about: "They are made and changed as objects of the catalog: `/v1/webhook-endpoints`.",
    tag,
    answers: { 200: output({ endpoints: listOf(endpoint) }) },
  },
  secret: {
    summary: "Makes the next secret of an endpoint, and shows it this once",
    about:
      "The first one begins the sending. A later one signs from now on, and the one before it beside it until the overlap is over.",
    tag,
    query: {
      overlap: about("Hours, 24 unless given.", whole(0, 720)),
    },
    answers: {
      201: named(
        "WebhookSecret",
        output({
          endpoint: text,
          number: whole(1, 1_000_000),
          secret: about("whsec_ and base64, by Standard Webhooks. It is not shown again.", text),
          previous_until: orNull(time),
        }),
      ),
    },
    problems: [404, 409],
  },
  deliveries: {
    summary: "Lists messages and what became of them",
    about: "In the order of their facts. Of what is delivered, the last 10,000 of each endpoint.",
    tag,
    query: {
      endpoint: { type: "string", minLength: 1 },
      status: oneOf("pending", "delivered", "dead"),
      ...pagingQuery,
    },
    answers: { 200: output({ deliveries: listOf(delivery), next: nextPage }) },
  },
  replay: {
    summary: "Sends a message again, under the same id",
    tag,
    answers: { 202: delivery },
    problems: [404],
  },
  replayRange: {
    summary: "Sends an endpoint again what happened between two times",
    about:
      "By the timestamps of the messages, the second one left out: what it is told of by now, whether or not it was sent before, each under the id that it had. 10,000 messages at most.",
    tag,
    body: named(
      "WebhookReplay",
      input({ since: time, until: time }, { status: about("Only what is dead.", oneOf("dead")) }),
    ),
    answers: { 202: output({ endpoint: text, messages: count }) },
    problems: [404, 409, 422],
  },
} as const satisfies Readonly<Record<string, Description>>;
