import { identityKey, partitionOf } from "@tallybook/usage";
import { decode } from "@tallybook/wire";
import { expect, test } from "vitest";
import { posted, usualArrival } from "./posted.ts";

const partitions = 16;
const arrival = { ...usualArrival, partitions };

const items = ["1", "2", "3"].flatMap((id) => [
  { id, source: "gw", type: "t", customer: "c" },
  { id: "fix", source: "gw", corrects: id, reason: "why", properties: {} },
  { id: "back", source: "gw", retracts: id, reason: "why" },
]);

test("a correction stands under its target's key, and in its partition", () => {
  const intake = posted("/v1/events/batch", items, arrival);
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
  const intake = posted("/v1/events/batch", items, { ...arrival, allowed });
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
  const window = { ...arrival.window, lower_bound: 1 };
  const intake = posted("/v1/events/batch", [old, correction], { ...arrival, window });
  expect(intake.results).toMatchObject([
    { reason: "too_old", detail: expect.stringContaining("send it by a backfill") },
    { reason: "too_old", detail: expect.stringContaining("order an adjustment") },
  ]);
});
