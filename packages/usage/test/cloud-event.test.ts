import { expect, test } from "vitest";
import { isInHeaders, readAttributes } from "../src/cloud-event-headers.ts";
import { isJsonType, readCloudEvent } from "../src/cloud-event.ts";
import { readEvent } from "../src/event.ts";
import type { Json } from "../src/json.ts";
import { linesOf } from "../src/lines.ts";

const context = {
  tenant: "acme",
  door: "cloudevents",
  api_key: "k1",
  received_at: 1_700_000_000_000_000,
};
const good = { specversion: "1.0", id: "1", source: "/gw", type: "llm.usage", subject: "cust-1" };

test("a CloudEvent is the native event with the same id, source, type, time and data", () => {
  const whole = {
    ...good,
    time: "2026-11-21T00:00:00.000Z",
    subscription: "sub-1",
    datacontenttype: "application/json; charset=utf-8",
    dataschema: "https://example.com/usage",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    sampledrate: 30,
    data: { model: "gpt-4o", tokens: 12 },
  };
  const native = {
    id: "1",
    source: "/gw",
    type: "llm.usage",
    customer: "cust-1",
    subscription: "sub-1",
    time: "2026-11-21T00:00:00Z",
    properties: { model: "gpt-4o", tokens: 12 },
  };
  expect(readCloudEvent(whole, context)).toEqual(readEvent(native, context));
  expect(readCloudEvent(whole, context)).toMatchObject({ ok: true });
});

test("what a CloudEvent may leave out, or null, is absent", () => {
  const absent = readCloudEvent(good, context);
  expect(absent).toMatchObject({
    ok: true,
    event: { subscription: null, time: null, properties: {} },
  });
  expect(readCloudEvent({ ...good, time: null, data: null, data_base64: null }, context)).toEqual(
    absent,
  );
});

const deep = JSON.parse(`${"[".repeat(40)}${"]".repeat(40)}`) as Json;

test.each<[string, Json, string | null, string]>([
  ["a list", [], null, "not_an_object"],
  ["no version", { ...good, specversion: null }, "specversion", "missing"],
  ["an old version", { ...good, specversion: "0.3" }, "specversion", "unsupported"],
  ["a number as version", { ...good, specversion: 1 }, "specversion", "unsupported"],
  ["no id", { ...good, id: null }, "id", "missing"],
  ["a number as id", { ...good, id: 7 }, "id", "wrong_type"],
  ["no source", { ...good, source: null }, "source", "missing"],
  ["an empty source", { ...good, source: "" }, "source", "empty"],
  ["an empty type", { ...good, type: "" }, "type", "empty"],
  ["no subject", { ...good, subject: null }, "subject", "missing"],
  ["an empty subject", { ...good, subject: "" }, "subject", "empty"],
  ["a control character", { ...good, subject: "a\u0007" }, "subject", "control_character"],
  ["half a character", { ...good, subject: "\ud800" }, "subject", "lone_surrogate"],
  ["a long subject", { ...good, subject: "x".repeat(256) }, "subject", "too_long"],
  ["a number as subscription", { ...good, subscription: 7 }, "subscription", "wrong_type"],
  ["a time without zone", { ...good, time: "2026-11-21T00:00:00" }, "time", "not_a_time"],
  ["an attribute in camel case", { ...good, subjectId: "x" }, "subjectId", "unknown_field"],
  ["a structured attribute", { ...good, extra: { a: 1 } }, "extra", "wrong_type"],
  ["text as data", { ...good, data: '{"a":1}' }, "data", "wrong_type"],
  ["a list as data", { ...good, data: [1] }, "data", "wrong_type"],
  ["deep data", { ...good, data: { a: deep } }, `data.a${"[0]".repeat(30)}`, "nested_too_deep"],
  ["bytes as data", { ...good, data_base64: "e30=" }, "data_base64", "unsupported"],
  [
    "XML as data",
    { ...good, datacontenttype: "application/xml" },
    "datacontenttype",
    "unsupported",
  ],
])("%s is refused by the CloudEvent's own name", (_what, json, field, reason) => {
  expect(readCloudEvent(json, context)).toMatchObject({ ok: false, field, reason });
});

test("a detail does not name the field that the attribute becomes", () => {
  expect(readCloudEvent({ ...good, subject: "a\u0007" }, context)).toMatchObject({
    field: "subject",
    detail: "holds a control character",
  });
});

test.each([
  ["Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"],
  ["Euro%20%e2%82%ac", "Euro €"],
  ["%41%42", "AB"],
  ["%2525", "%25"],
  ['"a \\"b\\" \\\\c"', 'a "b" \\c'],
  ['"a%20b"', "a b"],
  ["/plain/source?a=b", "/plain/source?a=b"],
  ["", ""],
])("the header value %s says %s", (value, text) => {
  expect(readAttributes({ "ce-id": [value] })).toEqual({
    ok: true,
    attributes: new Map([["id", text]]),
  });
});

test.each([
  ["%C0%A0", "malformed"],
  ["100%", "malformed"],
  ["%zz", "malformed"],
  ["caf\u00e9", "malformed"],
])("the header value %s is refused", (value, reason) => {
  expect(readAttributes({ "ce-id": [value] })).toMatchObject({ ok: false, field: "id", reason });
});

test("an attribute that is sent twice, or is called data, is refused", () => {
  expect(readAttributes({ "ce-id": ["1", "2"] })).toMatchObject({
    field: "id",
    reason: "repeated",
  });
  expect(readAttributes({ "ce-data": ["1"] })).toMatchObject({ reason: "unknown_field" });
});

test("headers carry a CloudEvent as soon as one that it must have is there", () => {
  expect(isInHeaders({ "ce-type": "t" })).toBe(true);
  expect(isInHeaders({ "ce-subject": "c", "content-type": "application/json" })).toBe(false);
});

test.each([
  ["application/json", true],
  ["Application/JSON ; charset=utf-8", true],
  ["application/vnd.acme.usage+json", true],
  ["text/json", true],
  ["application/jsonp", false],
  ["application/xml", false],
  ["json", false],
])("%s is JSON: %s", (type, is) => expect(isJsonType(type)).toBe(is));

test("lines end with LF or CRLF, blank ones are skipped and counted, and there is a bound", () => {
  const body = Buffer.from("a\r\n\n  \t\r\nb\n\rc\rd\ne");
  const { lines, count } = linesOf(body, 3);
  expect(lines.map(({ number, bytes }) => [number, Buffer.from(bytes).toString()])).toEqual([
    [1, "a"],
    [4, "b"],
    [5, "\rc\rd"],
  ]);
  expect(count).toBe(4);
  expect(linesOf(Buffer.alloc(0), 3)).toEqual({ lines: [], count: 0 });
  expect(linesOf(Buffer.from("\r\n\n"), 3)).toEqual({ lines: [], count: 0 });
});
