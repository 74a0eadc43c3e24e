import { parseTime, type Micros } from "@tallybook/periods";
import type { UsageReported } from "./facts.ts";
import {
  canonicalJson,
  flawOf,
  isJsonNumber,
  isJsonObject,
  numberText,
  type Flaw,
  type Json,
} from "./json.ts";

/** What ingest knows of an event that the event does not say itself. */
export interface EventContext {
  readonly tenant: string;
  readonly door: string;
  /** Id of the API key. */
  readonly api_key: string;
  readonly received_at: Micros;
}

export type UnreadableReason =
  | Flaw["reason"]
  | "not_an_object"
  | "missing"
  | "wrong_type"
  | "empty"
  | "too_long"
  | "control_character"
  | "not_a_time"
  | "unknown_field"
  | "too_many_properties"
  | "too_large";

/** `field` is null where the item as a whole is at fault, else a path like `properties.sizes[3]`. */
export interface Unreadable {
  readonly ok: false;
  readonly field: string | null;
  readonly reason: UnreadableReason;
  readonly detail: string;
}

export type EventRead = { readonly ok: true; readonly event: UsageReported } | Unreadable;

export const idBytesMax = 512;
/** Of source, type, customer, subscription and a property's name. */
export const nameBytesMax = 255;
export const propertiesMax = 100;
export const propertyBytesMax = 16 * 1024;
/** Names and values together: an event has to fit into one Kafka record. */
export const propertiesBytesMax = 512 * 1024;

/** A path is cut here, so that a hostile name does not come back whole. */
const fieldLengthMax = 300;

/** Reads one event in the native form: `{ id, source?, type, customer, subscription?, time?, properties? }`. */
export function readEvent(json: Json, context: EventContext): EventRead {
  if (!isJsonObject(json)) return unreadable(null, "not_an_object", "an event is a JSON object");
  const flaw = flawOf(json);
  if (flaw !== undefined) return unreadable(flaw.path || null, flaw.reason, flaw.detail);
  for (const field of Object.keys(json)) {
    if (!fields.has(field)) return unreadable(field, "unknown_field", "is no field of an event");
  }
  for (const rule of nameRules) {
    const wrong = flawOfField(json[rule.field] ?? null, rule);
    if (wrong !== undefined) return wrong;
  }
  const time = readTime(json["time"] ?? null);
  if (!time.ok) return time;
  const properties = readProperties(json["properties"] ?? null);
  if (!properties.ok) return properties;
  return {
    ok: true,
    event: {
      kind: "UsageReported",
      tenant: context.tenant,
      source: (json["source"] ?? "") as string,
      id: json["id"] as string,
      type: json["type"] as string,
      customer: json["customer"] as string,
      subscription: (json["subscription"] ?? null) as string | null,
      time: time.micros,
      properties: properties.texts,
      received_at: context.received_at,
      door: context.door,
      api_key: context.api_key,
      target: null,
      personal: {},
    },
  };
}

interface NameRule {
  readonly field: string;
  readonly required: boolean;
  readonly mayBeEmpty: boolean;
  readonly bytesMax: number;
}

const nameRules: readonly NameRule[] = [
  { field: "id", required: true, mayBeEmpty: false, bytesMax: idBytesMax },
  { field: "source", required: false, mayBeEmpty: true, bytesMax: nameBytesMax },
  { field: "type", required: true, mayBeEmpty: false, bytesMax: nameBytesMax },
  { field: "customer", required: true, mayBeEmpty: false, bytesMax: nameBytesMax },
  { field: "subscription", required: false, mayBeEmpty: false, bytesMax: nameBytesMax },
];
const fields = new Set([...nameRules.map((rule) => rule.field), "time", "properties"]);

function flawOfField(value: Json, rule: NameRule): Unreadable | undefined {
  const { field, bytesMax } = rule;
  if (value === null) return rule.required ? unreadable(field, "missing", "is missing") : undefined;
  if (typeof value !== "string") return unreadable(field, "wrong_type", "is not a string");
  if (value === "") return rule.mayBeEmpty ? undefined : unreadable(field, "empty", "is empty");
  return flawOfName(field, value, bytesMax);
}

function readTime(value: Json): { ok: true; micros: Micros | null } | Unreadable {
  if (value === null) return { ok: true, micros: null };
  if (typeof value !== "string") return unreadable("time", "wrong_type", "is not a string");
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
  const names = Object.keys(value);
  if (names.length > propertiesMax) {
    const detail = `holds ${names.length} properties, more than ${propertiesMax}`;
    return unreadable("properties", "too_many_properties", detail);
  }
  let bytes = 0;
  for (const name of names) {
    const text = propertyText(value[name] ?? null);
    if (text === null) continue;
    const field = `properties.${name}`;
    if (name === "") return unreadable(field, "empty", "has an empty name");
    const flaw = flawOfName(field, name, nameBytesMax);
    if (flaw !== undefined) return flaw;
    if (exceeds(text, propertyBytesMax)) return tooLong(field, propertyBytesMax);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
    texts[name] = text;
  }
  if (bytes > propertiesBytesMax) {
    const detail = `takes ${bytes} bytes, more than ${propertiesBytesMax}`;
    return unreadable("properties", "too_large", detail);
  }
  return { ok: true, texts };
}

/** Null where there is nothing to keep. */
function propertyText(value: Json): string | null {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  return isJsonNumber(value) ? numberText(value) : canonicalJson(value);
}

function flawOfName(field: string, value: string, bytesMax: number): Unreadable | undefined {
  if (exceeds(value, bytesMax)) return tooLong(field, bytesMax);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    return unreadable(field, "control_character", "holds a control character");
  }
  return undefined;
}

/** A UTF-16 unit takes at most three bytes, so that short texts need no count. */
function exceeds(text: string, bytesMax: number): boolean {
  return text.length * 3 > bytesMax && Buffer.byteLength(text) > bytesMax;
}

function tooLong(field: string, bytesMax: number): Unreadable {
  return unreadable(field, "too_long", `is longer than ${bytesMax} bytes`);
}

function unreadable(path: string | null, reason: UnreadableReason, detail: string): Unreadable {
  const field = path !== null && path.length > fieldLengthMax ? shortened(path) : path;
  return { ok: false, field, reason, detail };
}

function shortened(path: string): string {
  return `${path.slice(0, fieldLengthMax).toWellFormed()}…`;
}
