import { timeText } from "../epoch.ts";
import { readEvent, type EventRead } from "../event.ts";
import {
  isJsonNumber,
  isJsonObject,
  numberText,
  flawOf,
  type Json,
  type JsonObject,
} from "../json.ts";
import {
  batchItemsMax,
  usualBodyBytesMax,
  type Door,
  type DoorContext,
  type Item,
  type Split,
  type Taken,
} from "./door.ts";
import { isModelCall, propertiesOf, reducedSpan, tokensOf, usualCustomers } from "./otlp-calls.ts";
import { spansInJson, spansInProtobuf, type Attributes, type SpansRead } from "./otlp-spans.ts";
import { itemsOf, unreadable } from "./split.ts";

const paths = ["/v1/traces", "/api/public/otel/v1/traces"];
const invalidArgument = 3;
const unavailable = 14;

const traces = {
  bodyBytesMax: usualBodyBytesMax,
  maps: ["customer", "subscription", "tokens"],
  reduced,
  read: readSpan,
  fieldOf,
  failure: ({ status, detail }: { readonly status: number; readonly detail: string }) => ({
    code: status >= 500 ? unavailable : invalidArgument,
    message: detail,
  }),
} as const;

/**
 * OTLP traces over HTTP, in JSON: each span of a call of a model is an event, by its trace and its own id, and other spans are none. Langfuse's
 * SDK sends the same to a path of its own. Its exporters take any 2xx for success; what was refused of the rest they log.
 */
export const otlp: Door = {
  ...traces,
  name: "otlp",
  summary: "OTLP traces in JSON, of which calls of models are usage",
  paths: pathsWith("application/json"),
  split(request) {
    const read = request.json();
    if (!read.ok) return unreadable({ reason: read.reason, detail: "the body is not JSON" });
    return splitSpans(spansInJson(read.value));
  },
  success: (taken) => ({ status: 200, body: partialSuccess(taken) }),
};

/** The same in protobuf. */
export const otlpProtobuf: Door = {
  ...traces,
  name: "otlp_protobuf",
  mappedAs: "otlp",
  summary: "OTLP traces in protobuf, of which calls of models are usage",
  paths: pathsWith("application/x-protobuf"),
  split: (request) => splitSpans(spansInProtobuf(request.body)),
  success: () => ({ status: 200, body: null }),
};

/** OTLP's metrics have no ids and count what is sent again twice: nothing can be billed from them. */
export const otlpMetrics: Door = {
  ...traces,
  name: "otlp_metrics",
  mappedAs: "otlp",
  summary: "nothing: metrics of OTLP have no ids, and are refused",
  paths: { "/v1/metrics": ["application/json", "application/x-protobuf"] },
  split: () => ({
    kind: "unsupported",
    detail: "Metrics have no ids, so what is sent again counts twice: send traces to /v1/traces.",
  }),
  success: () => ({ status: 200, body: {} }),
};

function reduced(items: readonly Item[]) {
  const groups = items.map(({ source }) => Buffer.from(source()).toString().slice(head.length, -2));
  return { type: "application/json", body: Buffer.from(`${head}${groups.join(",")}]}`) };
}

const head = '{"resourceSpans":[';

function pathsWith(type: string): Record<string, readonly string[]> {
  return Object.fromEntries(paths.map((path) => [path, [type]]));
}

function splitSpans(read: SpansRead): Split {
  if (typeof read === "string")
    return unreadable({ reason: "not_otlp", detail: `the body ${read}` });
  const calls = read.filter(({ attributes }) => isModelCall(attributes));
  if (calls.length > batchItemsMax) return { kind: "too_many", count: calls.length };
  return itemsOf(
    calls.map((span, index): Item => ({
      index,
      read: { ok: true, value: { ...span } },
      source: () => Buffer.from(JSON.stringify(reducedSpan(span))),
    })),
    true,
  );
}

function readSpan(item: Json, context: DoorContext): EventRead {
  if (!isJsonObject(item))
    return { ok: false, field: null, reason: "not_an_object", detail: "a span is an object" };
  const { mapping } = context;
  const attributes = membersOf(item["attributes"]);
  const resource = membersOf(item["resource"]);
  const of = (name: string): Json => nameOf(attributes[name] ?? resource[name] ?? null);
  const tokens = tokensOf(attributes, mapping.tokens);
  if (!tokens.ok) return tokens;
  const id = idOf(item);
  if (typeof id !== "string") return id;
  const named = (from: Attributes) =>
    usualCustomers.find((name) => nameOf(from[name] ?? null) !== null);
  const customer = mapping.customer ?? named(attributes) ?? named(resource) ?? usualCustomers[0];
  const read = readEvent(
    {
      id,
      type: "llm.call",
      customer: of(customer),
      subscription: mapping.subscription === null ? null : of(mapping.subscription),
      time: timeOf(item["endTimeUnixNano"] ?? null),
      properties: { ...propertiesOf(attributes, resource), ...tokens.classes },
    },
    context,
  );
  return read.ok || read.field !== "customer" ? inItsWords(read) : { ...read, field: customer };
}

function idOf({
  traceId = null,
  spanId = null,
}: JsonObject): string | Extract<EventRead, { ok: false }> {
  const isHex = (value: Json, digits: number): value is string =>
    typeof value === "string" && value.length === digits && /^[0-9a-f]+$/i.test(value);
  const fault = (field: string) =>
    ({ ok: false, field, reason: "malformed", detail: "is no id of hex digits" }) as const;
  if (!isHex(traceId, 32)) return fault("traceId");
  return isHex(spanId, 16) ? `${traceId}-${spanId}`.toLowerCase() : fault("spanId");
}

/** Whole microseconds: what is below them is no part of a time here. */
function timeOf(value: Json): Json {
  const text = isJsonNumber(value) && flawOf(value) === undefined ? numberText(value) : value;
  if (typeof text !== "string" || !/^\d{10,20}$/.test(text)) return text;
  const seconds = `${text.slice(0, -9)}.${text.slice(-9, -3)}`;
  return timeText(seconds, "seconds");
}

function nameOf(value: Json): Json {
  if (value === "") return null;
  return isJsonNumber(value) && flawOf(value) === undefined ? numberText(value) : value;
}

function membersOf(value: Json | undefined): Attributes {
  return isJsonObject(value) ? value : {};
}

function partialSuccess(taken: readonly Taken[]): object {
  const refused = taken.flatMap((one) => (one.ok ? [] : [one.fault]));
  const [first] = refused;
  if (first === undefined) return {};
  const errorMessage = `${first.field ?? "the span"}: ${first.detail}`;
  return { partialSuccess: { rejectedSpans: String(refused.length), errorMessage } };
}

function inItsWords(read: EventRead): EventRead {
  return read.ok || read.field === null ? read : { ...read, field: fieldOf(read.field) };
}

function fieldOf(field: string): string {
  return fieldByNative[field] ?? field;
}

const fieldByNative: Readonly<Record<string, string>> = {
  id: "spanId",
  customer: usualCustomers[0],
  time: "endTimeUnixNano",
};
