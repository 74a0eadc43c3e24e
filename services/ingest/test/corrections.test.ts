import { identityKey, partitionOf } from "@tallybook/usage";
import { decode } from "@tallybook/wire";
import { expect, test } from "vitest";
import { type Arrival, takeBatch } from "../src/intake.ts";

const partitions = 16;
const arrival: Arrival = {
  tenant: "acme",
  api_key: "whole",
  received_at: 0,
  window: { time: 0, lower_bound: null, ahead_seconds: 3_600 },
  partitions,
  door: "native",
  allowed: null,
  backfill: null,
};

const items = ["1", "2", "3"].flatMap((id) => [
  { id, source: "gw", type: "t", customer: "c" },
  { id: "fix", source: "gw", corrects: id, reason: "why", properties: {} },
  { id: "back", source: "gw", retracts: id, reason: "why" },
]);

test("a correction stands under its target's key, and in its partition", () => {
  const intake = takeBatch(Buffer.from(JSON.stringify(items)), arrival);
  if (intake.kind !== "read") throw new Error(intake.kind);
  expect(intake.results.map(({ status }) => status)).toEqual(items.map(() => "accepted"));
  for (const { key, partition, value } of intake.records) {
    const fact = decode(value);
    if (fact.kind !== "UsageReported") throw new Error(fact.kind);
    const own = identityKey("acme", "gw", fact.target ?? fact.id);
    expect([key, partition]).toEqual([own, partitionOf(own, partitions)]);
  }
});

test("a key with limits corrects nothing, since nobody knows here whose event it is", () => {
  const allowed = { customers: new Set(["c"]), eventTypes: null };
  const intake = takeBatch(Buffer.from(JSON.stringify(items)), { ...arrival, allowed });
  if (intake.kind !== "read") throw new Error(intake.kind);
  expect(intake.results.slice(0, 3)).toMatchObject([
    { status: "accepted" },
    { status: "refused", field: "corrects", reason: "not_in_scope" },
    { status: "refused", field: "retracts", reason: "not_in_scope" },
  ]);
});

test("what is too old to be corrected is adjusted, and not sent by a backfill", () => {
  const time = "1970-01-01T00:00:00Z";
  const old = { id: "1", type: "t", customer: "c", time };
  const correction = { id: "fix", corrects: "1", reason: "why", time };
  const bytes = Buffer.from(JSON.stringify([old, correction]));
  const window = { ...arrival.window, lower_bound: 1 };
  const intake = takeBatch(bytes, { ...arrival, window });
  if (intake.kind !== "read") throw new Error(intake.kind);
  expect(intake.results).toMatchObject([
    { reason: "too_old", detail: expect.stringContaining("send it by a backfill") },
    { reason: "too_old", detail: expect.stringContaining("order an adjustment") },
  ]);
});
