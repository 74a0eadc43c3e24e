import fc from "fast-check";
import { expect, test } from "vitest";
import { checkReported } from "../src/check.ts";
import { readEvent } from "../src/event.ts";
import { parseJson, type Json } from "../src/json.ts";

const context = {
  tenant: "acme",
  door: "native",
  api_key: "k1",
  received_at: 1_700_000_000_000_000,
};

test("a whole event is taken as it was said, numbers in plain notation", () => {
  const read = readText(`{
    "id": "e-1", "source": "gateway", "type": "llm.completion", "customer": "cust-01", "subscription": "sub-01",
    "time": "2023-11-16T19:17:03.9799600+01:00",
    "properties": {
      "model": "code", "input_token_count": 1.20e3, "cost": 0.1000000000000000055511151231257827,
      "cached": false, "note": null, "sizes": [2, {"b": 1, "a": "é"}], "constructor": "x"
    }
  }`);
  expect(read).toEqual({
    ok: true,
    event: {
      kind: "UsageReported",
      tenant: "acme",
      source: "gateway",
      id: "e-1",
      type: "llm.completion",
      customer: "cust-01",
      subscription: "sub-01",
      time: Date.UTC(2023, 10, 16, 18, 17, 3) * 1000 + 979_960,
      properties: {
        model: "code",
        input_token_count: "1200",
        cost: "0.1000000000000000055511151231257827",
        cached: "false",
        sizes: '[2,{"a":"é","b":1}]',
        constructor: "x",
      },
      received_at: 1_700_000_000_000_000,
      door: "native",
      api_key: "k1",
      target: null,
      personal: {},
      correction: null,
      backfill: null,
    },
  });
});

test("what is left out, or null, is absent", () => {
  const absent = readText('{"id":"1","type":"t","customer":"c"}');
  expect(absent).toMatchObject({
    ok: true,
    event: { source: "", subscription: null, time: null, properties: {} },
  });
  const nulls =
    '{"id":"1","type":"t","customer":"c","source":null,"subscription":null,"time":null,"properties":null}';
  expect(readText(nulls)).toEqual(absent);
});

const good = { id: "1", type: "t", customer: "c" };

test.each([
  ["a list", [], null, "not_an_object"],
  ["a text", "x", null, "not_an_object"],
  ["no id", { ...good, id: undefined }, "id", "missing"],
  ["a null type", { ...good, type: null }, "type", "missing"],
  ["an empty customer", { ...good, customer: "" }, "customer", "empty"],
  ["an empty subscription", { ...good, subscription: "" }, "subscription", "empty"],
  ["a number as id", { ...good, id: 7 }, "id", "wrong_type"],
  ["a long id", { ...good, id: "é".repeat(257) }, "id", "too_long"],
  ["a NUL in the id", { ...good, id: "a\u0000b" }, "id", "control_character"],
  [
    "the key's separator in the source",
    { ...good, source: "a\u001fb" },
    "source",
    "control_character",
  ],
  ["a time without zone", { ...good, time: "2023-11-16T18:17:03" }, "time", "not_a_time"],
  ["a time as a number", { ...good, time: 1_700_000_000 }, "time", "wrong_type"],
  ["the 30th of February", { ...good, time: "2024-02-30T00:00:00Z" }, "time", "not_a_time"],
  ["a field of another product", { ...good, timestamp: "now" }, "timestamp", "unknown_field"],
  ["a list of properties", { ...good, properties: [] }, "properties", "wrong_type"],
  ["101 properties", { ...good, properties: numbered(101) }, "properties", "too_many"],
  [
    "a long property",
    { ...good, properties: { a: "x".repeat(17_000) } },
    "properties.a",
    "too_long",
  ],
  [
    "properties of 600 KiB",
    { ...good, properties: numbered(50, "x".repeat(12_000)) },
    "properties",
    "too_long",
  ],
  [
    "half a character",
    { ...good, properties: { a: ["\ud83d"] } },
    "properties.a[0]",
    "lone_surrogate",
  ],
])("%s is refused, naming %o", (_what, item, field, reason) => {
  expect(readText(JSON.stringify(item))).toMatchObject({ ok: false, field, reason });
});

test("a number that no quantity can be is refused at its place", () => {
  const text = '{"id":"1","type":"t","customer":"c","properties":{"n":1e999999999}}';
  expect(readText(text)).toMatchObject({ field: "properties.n", reason: "number_out_of_range" });
});

test("a hostile name does not come back whole", () => {
  const read = readText(JSON.stringify({ ...good, ["😀".repeat(1_000_000)]: 1 }));
  expect(!read.ok && (read.field?.length ?? 0)).toBeLessThan(400);
});

test("whatever is read as an event, the deduper's check has no fault to find", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "a", "\u007f"));
  const value = fc.oneof(text, fc.jsonValue());
  const item = fc.record(
    {
      id: value,
      source: value,
      type: value,
      customer: value,
      time: value,
      properties: fc.dictionary(text, value),
    },
    { requiredKeys: ["id", "type", "customer"] },
  );
  fc.assert(
    fc.property(item, (json) => {
      const read = readEvent(json as Json, context);
      if (read.ok) expect(checkReported(read.event)).toBeUndefined();
      else expect(read.detail).not.toBe("");
    }),
  );
});

function readText(text: string) {
  const json = parseJson(text);
  if (!json.ok) throw new Error(json.why);
  return readEvent(json.value, context);
}

function numbered(count: number, text = "x"): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, text]));
}
