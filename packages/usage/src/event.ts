import { parseTime, type Micros } from "@tallybook/periods";
import { checkReported } from "./check.ts";
import type { UsageReported } from "./facts.ts";
import {
  canonicalJson,
  flawOf,
  isJsonNumber,
  isJsonObject,
  numberText,
  type Json,
  type JsonObject,
} from "./json.ts";

/** What ingest knows of an event that the event does not say itself. */
export interface EventContext {
  readonly tenant: string;
  readonly door: string;
  /** Id of the API key. */
  readonly api_key: string;
  readonly received_at: Micros;
  /** The backfill that it comes by; null unless given. */
  readonly backfill?: string | null;
}

/** `field` is null where the item as a whole is at fault, else a path like `properties.sizes[3]`. */
export interface Unreadable {
  readonly ok: false;
  readonly field: string | null;
  readonly reason: string;
  readonly detail: string;
}

export type EventRead = { readonly ok: true; readonly event: UsageReported } | Unreadable;

/** A path is cut here, so that a hostile name does not come back whole. */
const fieldLengthMax = 300;

/**
 * Reads one event in the native form: `{ id, source?, type, customer, subscription?, time?, properties? }`. One that
 * `corrects` or `retracts` another names that one's id and a `reason`, and leaves out what stays as it was.
 */
export function readEvent(json: Json, context: EventContext): EventRead {
  if (!isJsonObject(json)) return unreadable(null, "not_an_object", "an event is a JSON object");
  const flaw = flawOf(json);
  if (flaw !== undefined) return unreadable(flaw.path || null, flaw.reason, flaw.detail);
  for (const field of Object.keys(json)) {
    if (!fields.has(field)) return unreadable(field, "unknown_field", "is no field of an event");
  }
  const isCorrection = (json["corrects"] ?? json["retracts"] ?? null) !== null;
  for (const field of isCorrection ? requiredToCorrect : required) {
    if ((json[field] ?? null) === null) return unreadable(field, "missing", "is missing");
  }
  if ((json["corrects"] ?? null) !== null && (json["retracts"] ?? null) !== null)
    return unreadable(
      "retracts",
      "not_allowed",
      "stands beside `corrects`: an event does one of both",
    );
  if (!isCorrection && (json["reason"] ?? null) !== null)
    return unreadable("reason", "not_allowed", "is of an event that corrects or retracts another");
  for (const field of [...required, ...optional]) {
    const value = json[field] ?? null;
    if (value !== null && typeof value !== "string") return notText(field);
    if (value === "" && field !== "source") return unreadable(field, "empty", "is empty");
  }
  const time = readTime(json["time"] ?? null);
  if (!time.ok) return time;
  const properties = readProperties(json["properties"] ?? null);
  if (!properties.ok) return properties;
  const event: UsageReported = {
    kind: "UsageReported",
    tenant: context.tenant,
    source: (json["source"] ?? "") as string,
    id: json["id"] as string,
    type: (json["type"] ?? "") as string,
    customer: (json["customer"] ?? "") as string,
    subscription: (json["subscription"] ?? null) as string | null,
    time: time.micros,
    properties: properties.texts,
    received_at: context.received_at,
    door: context.door,
    api_key: context.api_key,
    target: (json["corrects"] ?? json["retracts"] ?? null) as string | null,
    personal: {},
    correction: isCorrection
      ? { retracts: (json["retracts"] ?? null) !== null, reason: json["reason"] as string }
      : null,
    backfill: context.backfill ?? null,
  };
  const fault = checkReported(event);
  if (fault !== undefined) {
    const field = fault.field === "target" ? targetField(json) : fault.field;
    return unreadable(field, fault.reason, fault.detail);
  }
  return { ok: true, event };
}

function targetField(json: JsonObject): string {
  return (json["corrects"] ?? null) === null ? "retracts" : "corrects";
}

const required = ["id", "type", "customer"] as const;
const requiredToCorrect = ["id", "reason"] as const;
const optional = ["source", "subscription", "corrects", "retracts", "reason"] as const;
const fields = new Set<string>([...required, ...optional, "time", "properties"]);

function readTime(value: Json): { ok: true; micros: Micros | null } | Unreadable {
  if (value === null) return { ok: true, micros: null };
  if (typeof value !== "string") return notText("time");
  const micros = parseTime(value);
  if (micros !== undefined) return { ok: true, micros };
  const detail = "is not an RFC 3339 time with a zone, like 2023-11-16T18:17:03Z";
  return unreadable("time", "not_a_time", detail);
}

function readProperties(
  value: Json,
): { ok: true; texts: Readonly<Record<string, string>> } | Unreadable {
  const texts: Record<string, string> = {};
  if (value === null) return { ok: true, texts };
  if (!isJsonObject(value)) return unreadable("properties", "wrong_type", "is not an object");
  for (const name of Object.keys(value)) {
    const text = propertyText(value[name] ?? null);
    if (text !== null) texts[name] = text;
  }
  return { ok: true, texts };
}

/** Null where there is nothing to keep. */
function propertyText(value: Json): string | null {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  return isJsonNumber(value) ? numberText(value) : canonicalJson(value);
}

function notText(field: string): Unreadable {
  return unreadable(field, "wrong_type", "is not a string");
}

function unreadable(path: string | null, reason: string, detail: string): Unreadable {
  const field = path !== null && path.length > fieldLengthMax ? shortened(path) : path;
  return { ok: false, field, reason, detail };
}

function shortened(path: string): string {
  return `${path.slice(0, fieldLengthMax).toWellFormed()}…`;
}
