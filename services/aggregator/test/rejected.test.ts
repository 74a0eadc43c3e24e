import { parseJson, readEvent } from "@tallybook/usage";
import type { UsageRefused } from "@tallybook/usage";
import { expect, test } from "vitest";
import { contentView } from "../src/rejected/view.ts";

const context = { tenant: "t", door: "native", api_key: "k", received_at: 1_700_000_000_000_000 };

function viewOf(fact: Parameters<typeof contentView>[0]) {
  return contentView(fact) as {
    readonly content: string | null;
    readonly again: { readonly path: string; readonly body: string } | null;
  };
}

test.each([
  { id: "1", source: "gw", type: "t", customer: "c", subscription: "s", properties: { a: "1" } },
  { id: "1", type: "t", customer: "c", time: "2023-11-16T00:00:00.000001Z" },
  { id: "2", corrects: "1", reason: "why", properties: { a: "2" } },
  { id: "2", corrects: "1", reason: "why", customer: "d", time: "2023-11-16T00:00:00Z" },
  { id: "3", retracts: "1", reason: "why" },
])("an event that the deduper rejected is sent again as it was: %j", (json) => {
  const read = readEvent(json, context);
  if (!read.ok) throw new Error(read.detail);
  const { content, again } = viewOf(read.event);
  expect(again).toEqual({ path: "/v1/events", content_type: "application/json", body: content });
  const body = parseJson(content ?? "");
  const other = readEvent(body.ok ? body.value : null, context);
  const isPlain = read.event.target === null;
  const time = read.event.time ?? (isPlain ? context.received_at : null);
  expect(other).toEqual({ ok: true, event: { ...read.event, time } });
});

function refused(door: string, bytes: string | Buffer): UsageRefused {
  const said = { reason: "missing", field: "id", detail: "is missing", api_key: "k" };
  const kept = { bytes: Buffer.from(bytes), received_at: 0, door };
  return { kind: "UsageRefused", tenant: "t", ...said, ...kept };
}

test.each([
  ["native", "{}", "/v1/events", "{}"],
  ["typed", "{}", "/v1/events", "{}"],
  ["flat", "{}", "/v1/events", "{}"],
  ["cloudevents", "{}", "/v1/events", "{}"],
  ["openmeter", "{}", "/api/v1/events", "{}"],
  ["lago", '{"code":"c"}', "/api/v1/events", '{"event":{"code":"c"}}'],
  ["lago", ' { "event" : {}}', "/api/v1/events", ' { "event" : {}}'],
  ["amberflo", "{}", "/ingest", "{}"],
  ["stripe", "a=1", "/v1/billing/meter_events", "a=1"],
  ["stripe_v2", "{}", "/v2/billing/meter_events", "{}"],
])("what the door %s refused, %s, goes to it again", (door, bytes, path, body) => {
  expect(viewOf(refused(door, bytes))).toMatchObject({ content: bytes, again: { path, body } });
});

test.each([
  ["cloudevents", "ce-id: 1\r\n\r\n{}"],
  ["litellm", "{}"],
  ["a door that is no more", "{}"],
  ["native", "x".repeat(64 * 1024)],
  ["native", Buffer.from([0x22, 0xc3, 0x22])],
])("nothing is made up of what the door %s kept in part, or not at all", (door, bytes) => {
  expect(viewOf(refused(door, bytes)).again).toBeNull();
});
