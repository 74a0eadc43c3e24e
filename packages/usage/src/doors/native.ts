import { readEvent } from "../event.ts";
import { flatField, isFlatEvent, readFlatEvent } from "../flat-event.ts";
import { isJsonObject, type Json } from "../json.ts";
import { isTypedEvent, readTypedEvent, typedField } from "../typed-event.ts";
import { usualBodyBytesMax, type Door, type ItemForm } from "./door.ts";
import { headerOf, mediaTypeOf, type DoorRequest } from "./request.ts";
import { resultsAnswer } from "./results.ts";
import { bareList, eventsList, itemsOfLines, listOfItems, oneItem } from "./split.ts";

const linesTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

/** Our own door. What comes in is told apart item by item: our own form, the typed one, and the flat one. */
export const native: Door = {
  name: "native",
  summary: "our own events, alone or many, and those of the typed and the flat form",
  paths: {
    "/v1/events": ["application/json"],
    "/v1/events/batch": ["application/json", ...linesTypes],
  },
  bodyBytesMax: usualBodyBytesMax,
  split(request) {
    if (request.path === "/v1/events") return oneItem(request, (item) => withKey(item, request));
    if (linesTypes.includes(mediaTypeOf(request))) return itemsOfLines(request);
    return listOfItems(request, {
      listIn: (body) => bareList(body) ?? listWithin(body),
      detail: 'a batch is a list of events, or { "events": [...] } and nothing else',
    });
  },
  formOf(item) {
    if (isTypedEvent(item)) return typed;
    return isFlatEvent(item) ? flat : native;
  },
  read: readEvent,
  fieldOf: (field) => field,
  again: (body) => ({ path: "/v1/events", type: "application/json", body }),
  success: resultsAnswer,
};

const typed: ItemForm = { name: "typed", read: readTypedEvent, fieldOf: typedField };
const flat: ItemForm = { name: "flat", read: readFlatEvent, fieldOf: flatField };

/** Whoever writes one of the other forms may write more beside the list than is read. */
function listWithin(body: Json): readonly Json[] | undefined {
  const list = eventsList(body);
  if (list === undefined || !isJsonObject(body)) return undefined;
  const [first = null] = list;
  const isLoose = isTypedEvent(first) || isFlatEvent(first);
  return isLoose || Object.keys(body).length === 1 ? list : undefined;
}

/** An event without an id of its own has that of its request, which a retry sends again. */
function withKey(item: Json, request: DoorRequest): Json {
  const key = headerOf(request, "idempotency-key");
  if (key === "" || !isJsonObject(item)) return item;
  const name = isFlatEvent(item) && !isTypedEvent(item) ? "event_id" : "id";
  return (item[name] ?? null) === null ? { ...item, [name]: key } : item;
}
