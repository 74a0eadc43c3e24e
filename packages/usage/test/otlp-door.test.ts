import { describe, expect, test } from "vitest";
import { taken, told } from "./sent.ts";

const path = "/v1/traces";
const protobuf = "application/x-protobuf";

type Attributes = Readonly<Record<string, string | number>>;

function pairs(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: value } : { stringValue: value },
  }));
}

function traceOf(...spans: readonly (Attributes & { readonly span?: string })[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: pairs({ "service.name": "shop", "customer.id": "by-resource" }) },
        scopeSpans: [
          {
            scope: { name: "ai" },
            spans: spans.map(({ span = "64f5697032b87945", ...attributes }) => ({
              traceId: "0EF106b1d33191deab3668ed9021efd0",
              spanId: span,
              name: "ai.generateText.doGenerate",
              startTimeUnixNano: "1795242142433000000",
              endTimeUnixNano: "1795242142457420942",
              attributes: pairs(attributes),
            })),
          },
        ],
      },
    ],
  };
}

const inner = {
  "ai.operationId": "ai.generateText.doGenerate",
  "ai.telemetry.functionId": "f1",
  "ai.telemetry.metadata.customerId": "cust-1",
  "ai.prompt.messages": "SECRET",
  "ai.response.text": "SECRET",
  "gen_ai.system": "openai.chat",
  "gen_ai.request.model": "gpt-4o",
  "gen_ai.response.model": "gpt-4o-mini",
  "gen_ai.response.id": "chatcmpl-abc123",
  "ai.usage.cachedInputTokens": 64,
  "ai.usage.inputTokenDetails.cacheReadTokens": 64,
  "ai.usage.reasoningTokens": 0,
  "gen_ai.usage.input_tokens": 120,
  "gen_ai.usage.output_tokens": 30,
};
const outer = {
  "ai.operationId": "ai.generateText",
  "ai.telemetry.metadata.customerId": "cust-1",
  "ai.usage.inputTokens": 120,
  "ai.usage.outputTokens": 30,
};
const event = {
  id: "0ef106b1d33191deab3668ed9021efd0-64f5697032b87945",
  source: "",
  type: "llm.call",
  customer: "cust-1",
  subscription: null,
  time: 1795242142457420,
  properties: {
    model: "gpt-4o-mini",
    provider: "openai.chat",
    operation: "ai.generateText.doGenerate",
    function: "f1",
    response: "chatcmpl-abc123",
    service: "shop",
    input_uncached: "56",
    input_cache_read: "64",
    input_cache_write: "0",
    output_text: "30",
    output_reasoning: "0",
  },
  target: null,
};
const { "ai.telemetry.metadata.customerId": _, ...ofNobody } = inner;

describe("OTLP traces", () => {
  test("of the two spans that Vercel's ai makes for a call, the one with the call's usage is an event", () => {
    const json = traceOf({ span: "62c06ae97193e846", ...outer }, inner);
    expect(told(path, { json })).toEqual({
      door: "otlp",
      events: [event],
      answer: { status: 200, body: {} },
    });
    expect(told("/api/public/otel/v1/traces", { json })).toMatchObject({ events: [event] });
  });

  test("what holds calls, such as an agent, is none, and a trace without one is no error", () => {
    const agent = { ...inner, "gen_ai.operation.name": "invoke_agent" };
    expect(told(path, { json: traceOf(agent, outer) })).toEqual({
      door: "otlp",
      events: [],
      answer: { status: 200, body: {} },
    });
  });

  test("the customer is an attribute of the span, else of its resource, or the one that the tenant names", () => {
    expect(told(path, { json: traceOf(ofNobody) })).toMatchObject({
      events: [{ customer: "by-resource" }],
    });
    const named = { ...inner, "app.tenant": "t-9" };
    expect(told(path, { json: traceOf(named), mapping: { customer: "app.tenant" } })).toMatchObject(
      {
        events: [{ customer: "t-9" }],
      },
    );
    expect(told(path, { json: traceOf(inner), mapping: { customer: "app.tenant" } })).toMatchObject(
      {
        events: [{ status: "refused", field: "app.tenant", reason: "missing" }],
        answer: {
          body: { partialSuccess: { rejectedSpans: "1", errorMessage: "app.tenant: is missing" } },
        },
      },
    );
  });

  test("what is kept of a refused span is one that the door reads, without what was said in it", () => {
    const [refused] = taken(path, {
      json: traceOf(inner),
      mapping: { customer: "app.tenant" },
    }).items;
    const text = Buffer.from(refused?.item.source() ?? []).toString();
    expect(text).not.toContain("SECRET");
    expect(told(path, { text })).toMatchObject({ events: [event] });
  });

  test("ids that are none are refused", () => {
    const json = traceOf({ ...inner, span: "nine" }, { ...inner, span: "" });
    expect(told(path, { json })).toMatchObject({
      events: [
        { status: "refused", field: "spanId", reason: "malformed" },
        { status: "refused", field: "spanId", reason: "malformed" },
      ],
    });
  });

  test("protobuf says the same", () => {
    const bytes = protobufOf(inner);
    expect(told(path, { bytes, type: protobuf })).toEqual({
      door: "otlp_protobuf",
      events: [event],
      answer: { status: 200, body: null },
    });
  });

  test("bytes that are no protobuf are refused, wherever they end", () => {
    const whole = protobufOf(inner);
    const kinds = new Set(
      Array.from({ length: whole.length }, (_, length) => {
        const { split } = taken(path, { bytes: whole.subarray(0, length), type: protobuf });
        return split.kind;
      }),
    );
    // Some beginnings are whole messages themselves.
    expect([...kinds].toSorted()).toEqual(["items", "unreadable"]);
    for (const bytes of [[0xff], [0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f], [0x03], [0x00, 0x01]]) {
      const { split } = taken(path, { bytes: Uint8Array.from(bytes), type: protobuf });
      expect(split).toMatchObject({ kind: "unreadable", fault: { reason: "not_otlp" } });
    }
  });

  test("metrics are refused with why", () => {
    expect(() => taken("/v1/metrics", { json: {} })).toThrow(/have no ids/);
  });
});

/** Field `number` with bytes in it. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}

/** The same trace as an exporter writes it in protobuf, by opentelemetry-proto. */
function protobufOf(attributes: Attributes): Buffer {
  const pair = ([key, value]: [string, string | number]): Buffer => {
    const any =
      typeof value === "number"
        ? Buffer.concat([varint(3 * 8), varint(value)])
        : field(1, Buffer.from(value));
    return Buffer.concat([field(1, Buffer.from(key)), field(2, any)]);
  };
  const end = Buffer.alloc(8);
  end.writeBigUInt64LE(1795242142457420942n);
  const span = Buffer.concat([
    field(1, Buffer.from("0ef106b1d33191deab3668ed9021efd0", "hex")),
    field(2, Buffer.from("64f5697032b87945", "hex")),
    field(5, Buffer.from("ai.generateText.doGenerate")),
    Buffer.concat([varint(8 * 8 + 1), end]),
    ...Object.entries(attributes).map((each) => field(9, pair(each))),
  ]);
  const resource = field(1, field(1, pair(["service.name", "shop"])));
  return field(1, Buffer.concat([resource, field(2, field(2, span))]));
}
