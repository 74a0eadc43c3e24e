import { describe, expect, test } from "vitest";
import { doorRequest, enter, resultOf, usualMapping } from "../src/index.ts";
import type { Answer, Mapping, Taken, UsageReported } from "../src/index.ts";

const received = Date.UTC(2026, 10, 21, 6, 20, 4, 125) * 1_000;

interface Sent {
  readonly json?: unknown;
  readonly text?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly mapping?: Partial<Mapping>;
  readonly owners?: Readonly<Record<string, string>>;
}

/** What a door makes of a request, without anything around it. */
function sent(path: string, { json, text, type = "application/json", ...more }: Sent) {
  const body = Buffer.from(text ?? JSON.stringify(json));
  const headers = { "content-type": type, ...more.headers };
  const entered = enter(doorRequest({ path, headers, body }));
  if ("unsupported" in entered) return { unsupported: entered.unsupported };
  const { door, split } = entered;
  if (split.kind !== "items") return { door: door.name, split };
  const taken = split.items.map((item): Taken => {
    const { read } = item;
    if (!read.ok) return { item, form: door, ok: false, fault: read };
    const form = door.formOf?.(read.value) ?? door;
    const made = form.read(read.value, {
      tenant: "t",
      door: form.name,
      api_key: "k",
      received_at: received,
      mapping: { ...usualMapping, ...more.mapping },
      ownerOf: (subscription) => more.owners?.[subscription],
    });
    return made.ok
      ? { item, form, ok: true, event: made.event }
      : { item, form, ok: false, fault: made };
  });
  const answer: Answer = door.success(taken, split.isMany);
  return { door: door.name, events: taken.map(told), answer };
}

function told(taken: Taken): Partial<UsageReported> | object {
  if (!taken.ok) {
    const { index: _, ...own } = resultOf(taken);
    return own;
  }
  const { id, source, type, customer, subscription, time, properties, door } = taken.event;
  return { id, source, type, customer, subscription, time, properties, door };
}

const cloudEvent = {
  specversion: "1.0",
  id: "evt-1",
  source: "gw",
  type: "tokens",
  subject: "cust-1",
  time: "2026-11-21T00:00:00Z",
  data: { model: "gpt-4o", tokens: "12" },
};
const lagoEvent = {
  transaction_id: "tx-1",
  external_subscription_id: "sub-1",
  code: "llm_tokens",
  timestamp: 1_763_683_200,
  properties: { tokens: 12, model: "gpt-4o" },
};

describe("OpenMeter", () => {
  const taken = {
    id: "evt-1",
    source: "gw",
    type: "tokens",
    customer: "cust-1",
    subscription: null,
    time: Date.UTC(2026, 10, 21) * 1_000,
    properties: { model: "gpt-4o", tokens: "12" },
    door: "openmeter",
  };

  test.each([
    ["application/cloudevents+json", cloudEvent],
    ["application/cloudevents-batch+json", [cloudEvent]],
    ["application/json", [cloudEvent]],
    ["application/json", cloudEvent],
  ])("as %s an event is the same, and answered with 204 and nothing", (type, json) => {
    expect(sent("/api/v1/events", { type, json })).toEqual({
      door: "openmeter",
      events: [taken],
      answer: { status: 204, body: null },
    });
  });

  test("of a list the good ones are taken, and each bad one has its reason", () => {
    const { subject: _, ...nobody } = cloudEvent;
    expect(sent("/api/v1/events", { json: [nobody, cloudEvent, 7] })).toMatchObject({
      events: [
        { id: "evt-1", status: "refused", field: "subject", reason: "missing" },
        taken,
        { status: "refused", reason: "not_an_object" },
      ],
      answer: { status: 204 },
    });
  });

  test("a mapping finds customer and subscription elsewhere, and makes classes of tokens", () => {
    const data = { user: { id: 42 }, plan: "s-1", prompt: 120, cached: 64, completion: "30" };
    const tokens = {
      input: "data.prompt",
      cache_read: "data.cached",
      cache_write: null,
      output: "data.completion",
      reasoning: "data.reasoning",
      totals: true,
    };
    const mapping = { customer: "data.user.id", subscription: "data.plan", tokens };
    const json = { ...cloudEvent, data };
    expect(sent("/api/v1/events", { json, mapping })).toMatchObject({
      events: [
        {
          customer: "42",
          subscription: "s-1",
          properties: {
            prompt: "120",
            input_uncached: "56",
            input_cache_read: "64",
            input_cache_write: "0",
            output_text: "30",
            output_reasoning: "0",
          },
        },
      ],
    });
    const swapped = { ...json, data: { ...data, cached: 121 } };
    expect(sent("/api/v1/events", { json: swapped, mapping })).toMatchObject({
      events: [{ field: "data.prompt", reason: "parts_exceed_total" }],
    });
    expect(
      sent("/api/v1/events", {
        json: swapped,
        mapping: { ...mapping, tokens: { ...tokens, totals: false } },
      }),
    ).toMatchObject({ events: [{ properties: { input_uncached: "120" } }] });
  });

  test.each([
    [{ user: {} }, "missing"],
    [{ user: { id: "" } }, "empty"],
    [{ user: { id: ["x"] } }, "wrong_type"],
  ])("a customer that is not where the mapping says is refused: %j", (data, reason) => {
    const mapping = { customer: "data.user.id" };
    expect(sent("/api/v1/events", { json: { ...cloudEvent, data }, mapping })).toMatchObject({
      events: [{ field: "subject", reason }],
    });
  });

  test.each([1.5, -1, 1e21, "many", "1e400", null, "0x10"])(
    "%j is no count of tokens, unless nothing is said",
    (prompt) => {
      const text = JSON.stringify({ ...cloudEvent, data: { prompt } }).replace('"1e400"', "1e400");
      const tokens = { input: "data.prompt", output: "data.completion" };
      const whole = { cache_read: null, cache_write: null, reasoning: null, totals: true };
      expect(
        sent("/api/v1/events", { text, mapping: { tokens: { ...tokens, ...whole } } }),
      ).toMatchObject({
        events: [
          prompt === null
            ? { properties: { input_uncached: "0" } }
            : { field: "data.prompt", reason: "not_a_count" },
        ],
      });
    },
  );
});

describe("Lago", () => {
  test("an event names a subscription, whose customer is known", () => {
    const owners = { "sub-1": "cust-1" };
    expect(sent("/api/v1/events", { json: { event: lagoEvent }, owners })).toEqual({
      door: "lago",
      events: [
        {
          id: "tx-1",
          source: "",
          type: "llm_tokens",
          customer: "cust-1",
          subscription: "sub-1",
          time: 1_763_683_200_000_000,
          properties: { tokens: "12", model: "gpt-4o" },
          door: "lago",
        },
      ],
      answer: {
        status: 200,
        body: {
          event: {
            lago_id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
            transaction_id: "tx-1",
            lago_customer_id: null,
            code: "llm_tokens",
            timestamp: "2025-11-21T00:00:00Z",
            precise_total_amount_cents: null,
            properties: { tokens: "12", model: "gpt-4o" },
            lago_subscription_id: null,
            external_subscription_id: "sub-1",
            created_at: "2026-11-21T06:20:04.125Z",
          },
        },
      },
    });
  });

  test("a name that is no subscription's is the customer's own", () => {
    expect(sent("/api/v1/events", { json: { event: lagoEvent } })).toMatchObject({
      events: [{ customer: "sub-1", subscription: null }],
    });
  });

  test.each([
    ["1763683200", 1_763_683_200_000_000],
    ["1763683200.5", 1_763_683_200_500_000],
    [1_763_683_200.123457, 1_763_683_200_123_457],
    ["2025-11-21T00:00:00Z", 1_763_683_200_000_000],
    [null, null],
    [undefined, null],
  ])("of a timestamp %j the time is %j", (timestamp, time) => {
    expect(sent("/api/v1/events", { json: { event: { ...lagoEvent, timestamp } } })).toMatchObject({
      events: [{ time }],
    });
  });

  test.each(["yesterday", "", -1, [1], 1e18])("%j is no timestamp", (timestamp) => {
    expect(sent("/api/v1/events", { json: { event: { ...lagoEvent, timestamp } } })).toMatchObject({
      events: [{ status: "refused", field: "timestamp" }],
    });
  });

  test("of a batch the good ones are answered, and the bad ones have their reasons", () => {
    const { code: _, ...without } = lagoEvent;
    const other = { ...lagoEvent, transaction_id: "tx-2", precise_total_amount_cents: "12.5" };
    const json = { events: [without, other] };
    expect(sent("/api/v1/events/batch", { json })).toMatchObject({
      door: "lago",
      events: [
        { id: "tx-1", status: "refused", field: "code", reason: "missing" },
        { id: "tx-2", properties: { precise_total_amount_cents: "12.5" } },
      ],
      answer: { status: 200, body: { events: [{ transaction_id: "tx-2" }] } },
    });
  });

  test("a body without events is kept whole", () => {
    for (const json of [{}, [lagoEvent], { events: 1 }, null])
      expect(sent("/api/v1/events/batch", { json })).toMatchObject({
        split: { kind: "unreadable", fault: { reason: "not_a_batch" } },
      });
  });
});

describe("the flat form", () => {
  const flat = {
    event_id: "e-1",
    account_id: "acme",
    meter: "llm.tokens",
    model: "large",
    quantity: "0.1000000000000000000001",
    cached: true,
    timestamp: "2026-11-21T00:00:00Z",
  };

  test("quantity and every further field are properties, digit by digit", () => {
    expect(sent("/v1/events", { json: flat })).toEqual({
      door: "native",
      events: [
        {
          id: "e-1",
          source: "",
          type: "llm.tokens",
          customer: "acme",
          subscription: null,
          time: Date.UTC(2026, 10, 21) * 1_000,
          properties: { model: "large", quantity: "0.1000000000000000000001", cached: "true" },
          door: "flat",
        },
      ],
      answer: {
        status: 200,
        body: { id: "e-1", status: "accepted", event_id: "e-1", accepted: true },
      },
    });
  });

  test.each([
    [1_763_683_200, 1_763_683_200_000_000],
    ["1763683200250", 1_763_683_200_250_000],
    [1_763_683_200_250, 1_763_683_200_250_000],
  ])("a timestamp %j is told by its size", (timestamp, time) => {
    expect(sent("/v1/events", { json: { ...flat, timestamp } })).toMatchObject({
      events: [{ time }],
    });
  });

  test.each([
    [{ quantity: undefined }, "quantity", "missing"],
    [{ quantity: "a lot" }, "quantity", "wrong_type"],
    [{ account_id: undefined }, "account_id", "missing"],
    [{ event_id: "" }, "event_id", "empty"],
    [{ meter: undefined }, "meter", "missing"],
    [{ timestamp: "soon" }, "timestamp", "not_a_time"],
    [{ model: { name: "\ud800" } }, "model.name", "lone_surrogate"],
  ])("%j is refused in its words", (change, field, reason) => {
    expect(sent("/v1/events", { json: { ...flat, ...change } })).toMatchObject({
      events: [{ field, reason }],
    });
  });

  test("in a batch it stands beside the others", () => {
    const native = { id: "n", type: "t", customer: "c" };
    const typed = { id: "t", event_type: "t", customer_id: "c", subscription_id: "s" };
    expect(sent("/v1/events/batch", { json: { events: [flat, native, typed] } })).toMatchObject({
      events: [{ door: "flat" }, { door: "native" }, { door: "typed", source: "s" }],
    });
  });
});

test("an event without an id has that of its request, and one with an id keeps it", () => {
  const headers = { "idempotency-key": "once" };
  const typed = { event_type: "t", customer_id: "c", subscription_id: "s" };
  const flat = { account_id: "c", meter: "m", quantity: 1 };
  const native = { id: "own", type: "t", customer: "c" };
  for (const [json, id] of [
    [typed, "once"],
    [flat, "once"],
    [native, "own"],
  ] as const)
    expect(sent("/v1/events", { json, headers })).toMatchObject({ events: [{ id }] });
});

test("what no door of a path reads is told what they do read", () => {
  expect(sent("/api/v1/events", { json: cloudEvent, type: "text/xml" })).toEqual({
    unsupported:
      "Send one of these as Content-Type: application/json, application/cloudevents+json, application/cloudevents-batch+json.",
  });
  expect(sent("/api/v1/events", { text: "{", type: "" })).toMatchObject({
    door: "openmeter",
    split: { kind: "unreadable", fault: { reason: "not_json" } },
  });
});
