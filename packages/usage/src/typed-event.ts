import { readEvent, type EventContext, type EventRead, type Unreadable } from "./event.ts";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** Whether an item is an event of the typed form: it has a field that no other form has. */
export function isTypedEvent(json: Json): boolean {
  return isJsonObject(json) && ownFields.some((field) => Object.hasOwn(json, field));
}

/**
 * Reads one event in the typed form: `{ id, event_type, customer_id, subscription_id?, timestamp?, properties? }`, with
 * `corrects` or `retracts` and `reason` as in the native form. The subscription is the source as well, so that two subscriptions may use the same ids. Further fields are let be: they are
 * somebody's notes, and the names of this form are too long to come out of a slip of the pen. What is wrong is said of the
 * field as it is called there.
 */
export function readTypedEvent(json: Json, context: EventContext): EventRead {
  if (!isJsonObject(json)) return unreadable(null, "not_an_object", "an event is a JSON object");
  const own = Object.fromEntries<Json>(
    Object.entries(fieldByNative).map(([native, name]) => [native, json[name] ?? null]),
  );
  const isCorrection = correctionFields.some((field) => (json[field] ?? null) !== null);
  const corrected = isCorrection ? correctionOf(json) : {};
  const read = readEvent({ ...own, ...corrected, source: own["subscription"] ?? null }, context);
  return read.ok ? read : inItsWords(read);
}

/** The subscription is there to find the source, and a retraction says no more. */
function correctionOf(json: JsonObject): JsonObject {
  const { corrects = null, retracts = null, reason = null } = json;
  return retracts === null
    ? { corrects, retracts, reason }
    : { corrects, retracts, reason, subscription: null };
}

/** The field of the typed form that becomes a native one. */
export function typedField(field: string): string {
  const [name = ""] = /^\w+/.exec(field) ?? [];
  const typed = Object.hasOwn(fieldByNative, name) ? fieldByNative[name] : undefined;
  return typed === undefined ? field : typed + field.slice(name.length);
}

const ownFields = ["event_type", "customer_id", "subscription_id"];
const correctionFields = ["corrects", "retracts"];

const fieldByNative: Readonly<Record<string, string>> = {
  id: "id",
  type: "event_type",
  customer: "customer_id",
  subscription: "subscription_id",
  source: "subscription_id",
  time: "timestamp",
  properties: "properties",
};

function inItsWords(read: Unreadable): Unreadable {
  return read.field === null ? read : { ...read, field: typedField(read.field) };
}

function unreadable(field: string | null, reason: string, detail: string): Unreadable {
  return { ok: false, field, reason, detail };
}
