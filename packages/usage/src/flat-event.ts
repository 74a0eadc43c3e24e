import { readEvent, type EventContext, type EventRead } from "./event.ts";
import { timeText } from "./epoch.ts";
import { isJsonNumber, isJsonObject, type Json, type JsonObject } from "./json.ts";

/** Whether an item is an event of the flat form: it has a field that no other form has, or both of those that make one. */
export function isFlatEvent(json: Json): boolean {
  if (!isJsonObject(json)) return false;
  if (Object.hasOwn(json, "event_id") || Object.hasOwn(json, "account_id")) return true;
  return Object.hasOwn(json, "meter") && Object.hasOwn(json, "quantity");
}

/**
 * Reads one event in the flat form: `{ event_id, account_id, meter, quantity, timestamp?, … }`. Events are of the type that
 * `meter` says; the quantity, and every further field, is a property. Times are RFC 3339, or a number of seconds or
 * milliseconds since 1970. What is wrong is said of the field as it is called there.
 */
export function readFlatEvent(json: Json, context: EventContext): EventRead {
  if (!isJsonObject(json))
    return { ok: false, field: null, reason: "not_an_object", detail: "an event is a JSON object" };
  const {
    event_id = null,
    account_id = null,
    meter = null,
    quantity = null,
    timestamp = null,
  } = json;
  const fault = checkQuantity(quantity);
  if (fault !== undefined) return { ok: false, field: "quantity", ...fault };
  const read = readEvent(
    {
      id: event_id,
      customer: account_id,
      type: meter,
      time: timeText(timestamp, "told_by_size"),
      properties: propertiesOf(json),
    },
    context,
  );
  return read.ok || read.field === null ? read : { ...read, field: flatField(read.field) };
}

/** The field of the flat form that becomes a native one. */
export function flatField(field: string): string {
  if (field.startsWith("properties.")) return field.slice("properties.".length);
  return Object.hasOwn(fieldByNative, field) ? (fieldByNative[field] ?? field) : field;
}

const fieldByNative: Readonly<Record<string, string>> = {
  id: "event_id",
  customer: "account_id",
  type: "meter",
  time: "timestamp",
};
const ownFields: ReadonlySet<string> = new Set(Object.values(fieldByNative));

function propertiesOf(json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([name]) => !ownFields.has(name)));
}

function checkQuantity(quantity: Json): { reason: string; detail: string } | undefined {
  if (quantity === null) return { reason: "missing", detail: "is missing" };
  const isNumber =
    isJsonNumber(quantity) || (typeof quantity === "string" && /^-?\d+(\.\d+)?$/.test(quantity));
  return isNumber
    ? undefined
    : { reason: "wrong_type", detail: "is no number, nor the digits of one" };
}
