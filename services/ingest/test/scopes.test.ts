import { decode } from "@tallybook/wire";
import { expect, test } from "vitest";
import { posted, usualArrival } from "./posted.ts";

const arrival = {
  ...usualArrival,
  allowed: { customers: new Set(["ours"]), eventTypes: new Set(["named"]) },
};

test("of a batch the key sends what it may, and the rest is refused and kept with its reason", () => {
  const events = [
    { id: "0", type: "named", customer: "ours" },
    { id: "1", type: "other", customer: "ours" },
    { id: "2", type: "named", customer: "theirs" },
  ];
  const intake = posted("/v1/events/batch", events, arrival);
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
  const event = { ...attributes, subject: "theirs" };
  expect(posted("/v1/events", event, arrival, "application/cloudevents+json")).toMatchObject({
    results: [{ field: "subject", reason: "not_in_scope" }],
  });
});

test.each([
  [
    "/v1/events",
    { event_id: "1", account_id: "theirs", meter: "named", quantity: 1 },
    "account_id",
  ],
  ["/v1/events", { id: "1", customer_id: "theirs", event_type: "named" }, "customer_id"],
  [
    "/api/v1/events",
    { specversion: "1.0", id: "1", source: "/s", type: "named", subject: "theirs" },
    "subject",
  ],
  [
    "/api/v1/events",
    { event: { transaction_id: "1", external_subscription_id: "theirs", code: "named" } },
    "external_subscription_id",
  ],
  [
    "/api/v1/events",
    { event: { transaction_id: "1", external_subscription_id: "of-theirs", code: "named" } },
    "external_subscription_id",
  ],
])("at %s a key with limits writes for nobody else: %j", (path, event, field) => {
  const ownerOf = (subscription: string) => (subscription === "of-theirs" ? "theirs" : undefined);
  expect(posted(path, event, { ...arrival, ownerOf }).results).toMatchObject([
    { status: "refused", field, reason: "not_in_scope" },
  ]);
});
