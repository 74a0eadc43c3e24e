import { expect, test } from "vitest";
import { readEvent } from "../src/event.ts";
import type { Json } from "../src/json.ts";
import { isTypedEvent, readTypedEvent, typedField } from "../src/typed-event.ts";

const context = {
  tenant: "acme",
  door: "typed",
  api_key: "k1",
  received_at: 1_700_000_000_000_000,
};
const good = {
  id: "evt-1",
  event_type: "llm.completion",
  customer_id: "cust-1",
  subscription_id: "sub-1",
  timestamp: "2026-11-21T00:00:00.123456+00:00",
  properties: { input_tokens: 512, output_tokens: "256", model: "large" },
};

test("a typed event is the native event whose source is the subscription", () => {
  const native = {
    id: "evt-1",
    source: "sub-1",
    type: "llm.completion",
    customer: "cust-1",
    subscription: "sub-1",
    time: "2026-11-21T00:00:00.123456Z",
    properties: { input_tokens: "512", output_tokens: 256, model: "large" },
  };
  expect(readTypedEvent(good, context)).toEqual(readEvent(native, context));
  expect(readTypedEvent(good, context)).toMatchObject({ ok: true });
});

test("without a subscription the source is empty, and what may be left out is absent", () => {
  const { id, event_type, customer_id } = good;
  expect(readTypedEvent({ id, event_type, customer_id }, context)).toMatchObject({
    ok: true,
    event: { source: "", subscription: null, time: null, properties: {} },
  });
});

test("whatever else the body says is let be", () => {
  const more = { ...good, source: "elsewhere", specversion: "1.0", metadata: { deep: [[[1]]] } };
  expect(readTypedEvent(more, context)).toEqual(readTypedEvent(good, context));
});

test.each<[string, Json, string | null, string]>([
  ["a list", [], null, "not_an_object"],
  ["no id", { ...good, id: null }, "id", "missing"],
  ["no event_type", { ...good, event_type: null }, "event_type", "missing"],
  ["a number as event_type", { ...good, event_type: 7 }, "event_type", "wrong_type"],
  ["no customer_id", { ...good, customer_id: null }, "customer_id", "missing"],
  ["an empty customer_id", { ...good, customer_id: "" }, "customer_id", "empty"],
  ["a number as subscription", { ...good, subscription_id: 7 }, "subscription_id", "wrong_type"],
  [
    "a long subscription",
    { ...good, subscription_id: "x".repeat(256) },
    "subscription_id",
    "too_long",
  ],
  ["seconds as timestamp", { ...good, timestamp: 1_763_683_200 }, "timestamp", "wrong_type"],
  [
    "a timestamp without zone",
    { ...good, timestamp: "2026-11-21T00:00:00" },
    "timestamp",
    "not_a_time",
  ],
  ["a list as properties", { ...good, properties: [] }, "properties", "wrong_type"],
])("%s is refused by the field's own name", (_what, json, field, reason) => {
  expect(readTypedEvent(json, context)).toMatchObject({ ok: false, field, reason });
});

test("an event is of the typed form by a field that no other form has", () => {
  expect(isTypedEvent({ event_type: "t" })).toBe(true);
  expect(isTypedEvent({ customer_id: "c" })).toBe(true);
  expect(isTypedEvent({ id: "1", type: "t", customer: "c" })).toBe(false);
  expect(isTypedEvent([])).toBe(false);
});

test("a path within a native field keeps its end", () => {
  expect(typedField("time")).toBe("timestamp");
  expect(typedField("properties.sizes[3]")).toBe("properties.sizes[3]");
  expect(typedField("customer")).toBe("customer_id");
  expect(typedField("other")).toBe("other");
});
