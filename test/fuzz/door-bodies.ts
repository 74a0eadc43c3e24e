import type { Random } from "@tallybook/cli";
import { hostileText, hostileValue, pick } from "./hostile.ts";

/** What a client of another system sends to its front door. */
export interface ForeignForm {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  /** One item, as good as it gets. */
  item(chance: Random, id: string): Record<string, unknown>;
  /** Its body from the texts of items. */
  body(items: readonly string[]): string;
  /** At most so many items in a body. */
  readonly itemsMax: number;
}

const json = "application/json";
const time = "2023-11-01T00:10:00Z";
const seconds = Date.parse(time) / 1_000;
const alone = ([item = "{}"]: readonly string[]): string => item;
const list = (items: readonly string[]): string => `[${items.join(",")}]`;
const events = (items: readonly string[]): string => `{"events": ${list(items)}}`;

export const foreignForms: readonly ForeignForm[] = [
  {
    name: "openmeter",
    path: "/api/v1/events",
    type: "application/cloudevents-batch+json",
    item: (_, id) => ({
      specversion: "1.0",
      id,
      source: "om",
      type: "llm",
      subject: "acme",
      time,
      data: { tokens: 1 },
    }),
    body: list,
    itemsMax: 5,
  },
  {
    name: "lago",
    path: "/api/v1/events",
    type: json,
    item: lago,
    body: ([item = "{}"]) => `{"event":${item}}`,
    itemsMax: 1,
  },
  {
    name: "lago_batch",
    path: "/api/v1/events/batch",
    type: json,
    item: lago,
    body: events,
    itemsMax: 5,
  },
  {
    name: "stripe",
    path: "/v1/billing/meter_events",
    type: "application/x-www-form-urlencoded",
    item: (_, identifier) => ({ ...meterEvent(identifier), timestamp: seconds }),
    body: ([item = "{}"]) => formOf(item),
    itemsMax: 1,
  },
  {
    name: "stripe_adjustment",
    path: "/v1/billing/meter_event_adjustments",
    type: "application/x-www-form-urlencoded",
    item: (_, identifier) => ({ event_name: "llm", type: "cancel", cancel: { identifier } }),
    body: ([item = "{}"]) => formOf(item),
    itemsMax: 1,
  },
  {
    name: "stripe_v2",
    path: "/v2/billing/meter_events",
    type: json,
    item: (_, id) => meterEvent(id),
    body: alone,
    itemsMax: 1,
  },
  {
    name: "stripe_adjustment_v2",
    path: "/v2/billing/meter_event_adjustments",
    type: json,
    item: (_, identifier) => ({ event_name: "llm", type: "cancel", cancel: { identifier } }),
    body: alone,
    itemsMax: 1,
  },
  {
    name: "stripe_stream",
    path: "/v2/billing/meter_event_stream",
    type: json,
    item: (_, id) => meterEvent(id),
    body: events,
    itemsMax: 5,
  },
  { name: "litellm", path: "/v1/litellm", type: json, item: liteLlmCall, body: list, itemsMax: 5 },
  {
    name: "litellm_lines",
    path: "/v1/litellm",
    type: json,
    item: liteLlmCall,
    body: (items) => items.join("\n"),
    itemsMax: 5,
  },
  {
    name: "amberflo",
    path: "/ingest/",
    type: json,
    item: (chance, uniqueId) => ({
      uniqueId,
      meterApiName: "calls",
      meterValue: chance.below(100),
      customerId: "acme",
      meterTimeInMillis: seconds * 1_000,
      dimensions: { model: "large" },
    }),
    body: list,
    itemsMax: 5,
  },
  { name: "otlp", path: "/v1/traces", type: json, item: span, body: traceOf, itemsMax: 5 },
  {
    name: "langfuse",
    path: "/api/public/otel/v1/traces",
    type: json,
    item: span,
    body: traceOf,
    itemsMax: 5,
  },
  {
    name: "otlp_protobuf",
    path: "/v1/traces",
    type: "application/x-protobuf",
    item: span,
    // Bytes that begin as a message: what follows is spoiled anyhow.
    body: (items) =>
      `\n${String.fromCharCode(Math.min(127, items.join("").length))}${items.join("")}`,
    itemsMax: 2,
  },
  {
    name: "session",
    path: "/v2/billing/meter_event_session",
    type: json,
    item: () => ({}),
    body: alone,
    itemsMax: 1,
  },
];

function lago(_: Random, transaction_id: string): Record<string, unknown> {
  const properties = { tokens: 12 };
  return {
    transaction_id,
    external_subscription_id: "acme",
    code: "llm",
    timestamp: seconds,
    properties,
  };
}

function meterEvent(identifier: string): Record<string, unknown> {
  return {
    event_name: "llm",
    identifier,
    timestamp: time,
    payload: { stripe_customer_id: "acme", value: "12", model: "large" },
  };
}

function liteLlmCall(chance: Random, litellm_call_id: string): Record<string, unknown> {
  const details = { cached_tokens: chance.below(100) };
  const usage_object = { prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: details };
  return {
    litellm_call_id,
    end_user: "acme",
    model: "large",
    status: pick(chance, ["success", "failure"]),
    endTime: seconds,
    messages: [{ role: "user", content: hostileText(chance) }],
    response: hostileValue(chance),
    metadata: { usage_object },
  };
}

function span(chance: Random, id: string): Record<string, unknown> {
  const attributes = {
    "gen_ai.usage.input_tokens": chance.below(1_000),
    "gen_ai.usage.output_tokens": 5,
    "customer.id": "acme",
    "gen_ai.input.messages": hostileText(chance),
  };
  return {
    traceId: Buffer.from(id).toString("hex").padEnd(32, "0").slice(0, 32),
    spanId: Buffer.from(id).toString("hex").padStart(16, "0").slice(-16),
    endTimeUnixNano: `${seconds}000000000`,
    attributes: Object.entries(attributes).map(([key, value]) => ({
      key,
      value: typeof value === "number" ? { intValue: value } : { stringValue: value },
    })),
  };
}

function traceOf(items: readonly string[]): string {
  return `{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"spans":[${items.join(",")}]}]}]}`;
}

/** The members of an object's text as Stripe's SDK writes a form; a text that is no object's stays what it is. */
function formOf(text: string): string {
  let item: unknown;
  try {
    item = JSON.parse(text);
  } catch {
    return text;
  }
  return fieldsOf(item, "").join("&");
}

function fieldsOf(value: unknown, name: string): string[] {
  if (typeof value !== "object" || value === null) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return [`${name}=${encodeURIComponent(text.toWellFormed())}`];
  }
  return Object.entries(value).flatMap(([key, each]) => {
    const part = encodeURIComponent(key.toWellFormed());
    return fieldsOf(each, name === "" ? part : `${name}[${part}]`);
  });
}
