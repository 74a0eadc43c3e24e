import { isInHeaders, readAttributes, type HeaderValues } from "../cloud-event-headers.ts";
import { cloudEventField, isJsonType, readCloudEvent } from "../cloud-event.ts";
import type { Json } from "../json.ts";
import { usualBodyBytesMax, type Door, type Item } from "./door.ts";
import { mediaTypeOf, readJson, type DoorRequest } from "./request.ts";
import { resultsAnswer } from "./results.ts";
import { bareList, itemsOf, listOfItems, oneItem } from "./split.ts";

const one = "application/cloudevents+json";
const many = "application/cloudevents-batch+json";

/** CloudEvents 1.0 over HTTP: structured, in batches, and in binary mode, with the attributes in headers. */
export const cloudEvents: Door = {
  name: "cloudevents",
  summary: "CloudEvents, structured, binary and in batches",
  paths: { "/v1/events": [one, many], "/v1/events/batch": [many] },
  bodyBytesMax: usualBodyBytesMax,
  claims: (request) =>
    !mediaTypeOf(request).startsWith("application/cloudevents") && isInHeaders(request.headers),
  split(request) {
    switch (mediaTypeOf(request)) {
      case one:
        return oneItem(request);
      case many:
        return listOfItems(request, {
          listIn: bareList,
          detail: "a batch is a list of CloudEvents",
        });
      default:
        return inHeaders(request);
    }
  },
  read: readCloudEvent,
  fieldOf: cloudEventField,
  again: (body) => ({ path: "/v1/events", type: one, body }),
  success: resultsAnswer,
};

function inHeaders(request: DoorRequest) {
  if (request.path !== "/v1/events") {
    const detail = "A CloudEvent with its attributes in headers goes to /v1/events.";
    return { kind: "unsupported", detail } as const;
  }
  const type = mediaTypeOf(request);
  // Without a body there is no data, and nothing to say of it.
  if (type !== "" && !isJsonType(type)) {
    const detail = "The data of a CloudEvent is JSON here: `Content-Type: application/json`.";
    return { kind: "unsupported", detail } as const;
  }
  const headers = request.distinct();
  const source = (): Uint8Array => messageOf(headers, request.body);
  return itemsOf([{ index: 0, source, ...readMessage(headers, request.body) }], false);
}

/** The event of a request in binary mode. */
function readMessage(headers: HeaderValues, body: Uint8Array): Pick<Item, "read" | "id"> {
  const head = readAttributes(headers);
  if (!head.ok) return { read: head };
  const data = body.length === 0 ? { ok: true as const, value: null } : readJson(body, "it");
  if (data.ok) {
    const event = Object.fromEntries<Json>([...head.attributes, ["data", data.value]]);
    return { read: { ok: true, value: event } };
  }
  const id = head.attributes.get("id");
  return { read: { ...data, field: "data" }, ...(id === undefined ? {} : { id }) };
}

/** The headers of the attributes and the body, as they came: what can be sent again. */
function messageOf(headers: HeaderValues, body: Uint8Array): Buffer {
  const lines = Object.entries(headers).flatMap(([name, values = []]) =>
    name.startsWith("ce-") || name === "content-type"
      ? values.map((value) => `${name}: ${value}\r\n`)
      : [],
  );
  return Buffer.concat([Buffer.from(`${lines.join("")}\r\n`, "latin1"), body]);
}
