import type { IncomingHttpHeaders } from "node:http";
import { Problem } from "@tallybook/service";
import { isInHeaders, isJsonType } from "@tallybook/usage";

/** How a body holds its events. */
export type Form =
  | "event"
  | "batch"
  | "lines"
  | "cloudevent"
  | "cloudevent_in_headers"
  | "cloudevent_batch";

export type EventPath = "/v1/events" | "/v1/events/batch";

/** What a client says by itself where nobody told it what the body is: then it is what most send. */
const unsaid: ReadonlySet<string> = new Set([
  "",
  "text/plain",
  "application/x-www-form-urlencoded",
  "application/octet-stream",
]);

const formsByType: Readonly<Record<EventPath, Readonly<Record<string, Form>>>> = {
  "/v1/events": {
    "application/json": "event",
    "application/cloudevents+json": "cloudevent",
    "application/cloudevents-batch+json": "cloudevent_batch",
  },
  "/v1/events/batch": {
    "application/json": "batch",
    "application/x-ndjson": "lines",
    "application/ndjson": "lines",
    "application/jsonl": "lines",
    "application/cloudevents-batch+json": "cloudevent_batch",
  },
};

/** What a request says of its body. Throws a Problem (415) for a form that is not taken there. */
export function formOf(path: EventPath, headers: IncomingHttpHeaders): Form {
  const type = headers["content-type"] ?? "";
  if (/charset *= *"?(?!utf-?8)/i.test(type)) throw unsupported("Send it as UTF-8.");
  const said = (type.split(";", 1)[0] ?? "").trim().toLowerCase();
  if (!said.startsWith("application/cloudevents") && isInHeaders(headers)) {
    if (path !== "/v1/events")
      throw unsupported("A CloudEvent with its attributes in headers goes to /v1/events.");
    // Without a body there is no data, and nothing to say of it.
    if (said === "" || isJsonType(said)) return "cloudevent_in_headers";
    throw unsupported("The data of a CloudEvent is JSON here: `Content-Type: application/json`.");
  }
  const mediaType = unsaid.has(said) ? "application/json" : said;
  const forms = formsByType[path];
  const form = Object.hasOwn(forms, mediaType) ? forms[mediaType] : undefined;
  if (form !== undefined) return form;
  const elsewhere = (Object.keys(formsByType) as EventPath[]).find((other) =>
    Object.hasOwn(formsByType[other], mediaType),
  );
  if (elsewhere !== undefined) throw unsupported(`${mediaType} goes to ${elsewhere}.`);
  throw unsupported(`Send one of these as Content-Type: ${Object.keys(forms).join(", ")}.`);
}

function unsupported(detail: string): Problem {
  return new Problem({ status: 415, title: "Unsupported Media Type", detail });
}
