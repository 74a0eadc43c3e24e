import { readEvent, type EventContext, type EventRead, type Unreadable } from "./event.ts";
import { isJsonArray, isJsonObject, type Json } from "./json.ts";

/**
 * Reads one CloudEvent 1.0 in its JSON form: `subject` is the customer, `data` the properties, and of the extension
 * attributes `subscription` the subscription, and `corrects` or `retracts` with `reason` what becomes of another event. The other extensions are on their way with the event, not of it: whoever
 * passes it on may add and change them (a trace's context does at each attempt), so they are not kept. What is wrong is
 * said of the CloudEvent's attribute.
 *
 * Source: CloudEvents 1.0.2, and its JSON event format.
 */
export function readCloudEvent(json: Json, context: EventContext): EventRead {
  if (!isJsonObject(json))
    return unreadable(null, "not_an_object", "a CloudEvent is a JSON object");
  for (const attribute of Object.keys(json)) {
    const fault = checkAttribute(attribute, json[attribute] ?? null);
    if (fault !== undefined) return fault;
  }
  if ((json["specversion"] ?? null) === null) return missing("specversion");
  if (json["specversion"] !== "1.0")
    return unreadable("specversion", "unsupported", "is not 1.0, the version that is read here");
  for (const attribute of ["id", "source", "type"]) {
    if ((json[attribute] ?? null) === null) return missing(attribute);
  }
  const isCorrection = (json["corrects"] ?? json["retracts"] ?? null) !== null;
  if ((json["subject"] ?? null) === null && !isCorrection)
    return unreadable("subject", "missing", "is missing: it names the customer");
  if (json["source"] === "") return unreadable("source", "empty", "is empty");
  const read = readEvent(
    {
      id: json["id"] ?? null,
      source: json["source"] ?? null,
      type: json["type"] ?? null,
      customer: json["subject"] ?? null,
      subscription: json["subscription"] ?? null,
      // Of a retraction it is when that was sent: whoever makes CloudEvents adds it unasked.
      time: (json["retracts"] ?? null) === null ? (json["time"] ?? null) : null,
      properties: json["data"] ?? null,
      corrects: json["corrects"] ?? null,
      retracts: json["retracts"] ?? null,
      // Of any other event it is an attribute like those that are not kept.
      reason: isCorrection ? (json["reason"] ?? null) : null,
    },
    context,
  );
  return read.ok ? read : inItsWords(read);
}

function checkAttribute(name: string, value: Json): Unreadable | undefined {
  if (name === "data" || value === null) return undefined;
  if (name === "data_base64")
    return unreadable(name, "unsupported", "is not read: send JSON in `data`");
  if (!/^[a-z0-9]+$/.test(name)) {
    const detail = "is no attribute: those have lower-case letters and digits in their names";
    return unreadable(name.slice(0, 300).toWellFormed(), "unknown_field", detail);
  }
  if (isJsonArray(value) || isJsonObject(value))
    return unreadable(name, "wrong_type", "is an attribute, which holds no list and no object");
  if (name === "datacontenttype" && !isJsonType(value))
    return unreadable(name, "unsupported", "is not JSON: `data` is a JSON object here");
  return undefined;
}

/** Whether a media type is JSON's, like `application/json; charset=utf-8` or `application/vnd.acme+json`. */
export function isJsonType(mediaType: Json): boolean {
  return (
    typeof mediaType === "string" &&
    /^ *[\w.!#$&^-]+\/(json|[\w.!#$&^-]+\+json) *(;|$)/i.test(mediaType)
  );
}

/** By the native field that carries it. */
const attributeByField: Readonly<Record<string, string>> = {
  customer: "subject",
  properties: "data",
};

/** The attribute that becomes a native field. */
export function cloudEventField(field: string): string {
  const [name = ""] = /^\w+/.exec(field) ?? [];
  const attribute = Object.hasOwn(attributeByField, name) ? attributeByField[name] : undefined;
  return attribute === undefined ? field : attribute + field.slice(name.length);
}

/** What is wrong with the native event, said of the CloudEvent it was made from. */
function inItsWords(read: Unreadable): Unreadable {
  return read.field === null ? read : { ...read, field: cloudEventField(read.field) };
}

function missing(attribute: string): Unreadable {
  return unreadable(attribute, "missing", "is missing");
}

function unreadable(field: string | null, reason: string, detail: string): Unreadable {
  return { ok: false, field, reason, detail };
}
