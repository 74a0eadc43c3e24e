import { formatTime } from "@tallybook/periods";
import {
  about,
  type Description,
  listOf,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";
import { resultOf, type Door, type Taken } from "@tallybook/usage";
import type { Intake } from "./intake.ts";

const anyBody = { description: "As the client sends it, with its Content-Type." };

export const tryPath = "/v1/doors/try";

/** What the document says of `POST /v1/doors/try`. */
export const tryRoute: Description = {
  summary: "Tells what a front door would make of a request",
  about:
    "By the tenant's mapping and the limits of the key, and without taking anything. Headers that the door reads are sent along.",
  tag: "Front doors",
  query: { path: about("Where the client sends it: `/api/v1/events`.", text) },
  needed: ["path"],
  body: anyBody,
  answers: {
    200: output({
      door: text,
      status: about("What the client would be answered with.", whole(200, 599)),
      items: listOf(
        output(
          { index: whole(0, 10_000), form: text },
          {
            line: whole(1, Number.MAX_SAFE_INTEGER),
            event: output({
              id: text,
              source: text,
              type: text,
              customer: text,
              subscription: orNull(text),
              time: orNull(time),
              properties: { type: "object", additionalProperties: text },
              target: orNull(text),
            }),
            id: text,
            field: { type: ["string", "null"] },
            reason: text,
            detail: text,
          },
        ),
      ),
    }),
  },
  problems: [400, 413, 415],
};

/** What is told of a request that was only tried. */
export function tried(door: Door, intake: Extract<Intake, { readonly kind: "read" }>): object {
  const { taken, isMany } = intake;
  const isTaken = taken.length === 0 || taken.some(({ ok }) => ok);
  const status = isTaken ? door.success(taken, isMany).status : 400;
  return { door: door.name, status, items: taken.map(itemView) };
}

function itemView(taken: Taken): object {
  const { status: _, index, ...own } = resultOf(taken);
  const form = taken.form.name;
  if (!taken.ok) return { index, form, ...own };
  const { id, source, type, customer, subscription, properties, target } = taken.event;
  const said = taken.event.time;
  const event = { id, source, type, customer, subscription, properties, target };
  return { index, form, event: { ...event, time: said === null ? null : formatTime(said) } };
}
