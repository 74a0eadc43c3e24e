import { decode } from "@tallybook/wire";
import { expect, test } from "vitest";
import { type Arrival, takeBatch, takeEvent } from "../src/intake.ts";

const arrival: Arrival = {
  tenant: "acme",
  api_key: "limited",
  received_at: 0,
  window: { time: 0, lower_bound: null, ahead_seconds: 3_600 },
  backfill: null,
  partitions: 1,
  door: "native",
  allowed: { customers: new Set(["ours"]), eventTypes: new Set(["named"]) },
};

function bodyOf(...events: readonly object[]): Buffer {
  const items = events.map((event, index) => ({ id: String(index), ...event }));
  return Buffer.from(JSON.stringify(items));
}

test("of a batch the key sends what it may, and the rest is refused and kept with its reason", () => {
  const body = bodyOf(
    { type: "named", customer: "ours" },
    { type: "other", customer: "ours" },
    { type: "named", customer: "theirs" },
  );
  const intake = takeBatch(body, arrival);
  if (intake.kind !== "read") throw new Error(intake.kind);
  expect(intake.results).toMatchObject([
    { status: "accepted" },
    { status: "refused", field: "type", reason: "not_in_scope" },
    { status: "refused", field: "customer", detail: expect.stringContaining("customer theirs") },
  ]);
  expect(intake.records.map(({ value }) => decode(value).kind)).toEqual([
    "UsageReported",
    "UsageRefused",
    "UsageRefused",
  ]);
});

test("a CloudEvent is told its own attribute", () => {
  const attributes = { specversion: "1.0", id: "1", source: "/s", type: "named" };
  const body = Buffer.from(JSON.stringify({ ...attributes, subject: "theirs" }));
  const intake = takeEvent(body, { ...arrival, door: "cloudevents" });
  expect(intake).toMatchObject({ results: [{ field: "subject", reason: "not_in_scope" }] });
});
