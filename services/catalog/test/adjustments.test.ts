import { afterEach, beforeEach, expect, test } from "vitest";
import { openCounter, type Counter } from "./counter.ts";

let counter: Counter;

beforeEach(async () => {
  counter = await openCounter();
  await counter.admin.apply({
    plans: [
      { plan: "dev", currency: "EUR", prices: [{ price: "base", model: "flat", amount: "20" }] },
    ],
    customers: [{ customer: "acme", currency: "EUR" }],
    subscriptions: [
      { subscription: "s1", customer: "acme", plan: "dev", start: "2023-11-01T00:00:00Z" },
    ],
  });
  await counter.admin.advanceClock("2023-12-15T00:00:00Z");
});

afterEach(() => counter.close());

const order = { subscription: "s1", amount: "-12.50", reason: "the port was down for a day" };
const november = { from: "2023-11-01T00:00:00Z", to: "2023-12-01T00:00:00Z" };

test("what a refused change names as its remedy can be done", async () => {
  const at = "2023-11-10T00:00:00Z";
  const refused = await counter.send("/v1/subscriptions/s1/cancel", { body: { at } });
  expect(refused).toMatchObject({
    status: 400,
    body: { errors: [{ reason: "closed_period" }] },
  });
  const [, path = ""] = /POST (\/v1\/\S+?)\)/.exec(refused.body["detail"] ?? "") ?? [];
  const { status, body } = await counter.send(path, { body: { ...order, at } });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    subscription: "s1",
    customer: "acme",
    amount: "-12.5",
    currency: "EUR",
    reason: order.reason,
    period: november,
    ordered_by: "first-admin",
  });
  const id = String(body["adjustment"]);
  expect(await counter.send(`/v1/adjustments/${id}`)).toEqual({ status: 200, body });
  expect((await counter.send("/v1/adjustments")).body).toEqual({ adjustments: [body], next: null });
});

test("it was not known before it was ordered, nor in effect", async () => {
  const before = (counter.facts().length - 1).toString();
  const { body } = await counter.send("/v1/adjustments", { body: { ...order, adjustment: "a1" } });
  const at = (query: string) => counter.send(`/v1/adjustments/a1?${query}`);
  expect((await at(`known_at=${before}`)).status).toBe(404);
  expect(await at(`known_at=${body["catalog_offset"]}`)).toEqual({ status: 200, body });
  expect((await at("as_of=2023-12-14T00:00:00Z")).status).toBe(404);
  expect((await counter.send(`/v1/adjustments?known_at=${before}`)).body).toMatchObject({
    adjustments: [],
  });
});

test("the same again is the same; something else under its id is refused", async () => {
  const named = { ...order, adjustment: "a1" };
  const first = await counter.send("/v1/adjustments", { body: named });
  const count = counter.facts().length;
  await counter.admin.advanceClock("2024-01-15T00:00:00Z");
  expect(await counter.send("/v1/adjustments", { body: named })).toEqual(first);
  expect(counter.facts()).toHaveLength(count + 1);
  expect(
    await counter.send("/v1/adjustments", { body: { ...named, amount: "-13" } }),
  ).toMatchObject({ status: 400, body: { errors: [{ field: "adjustment", reason: "taken" }] } });
  const headers = { "idempotency-key": "k1" };
  const once = await counter.send("/v1/adjustments", { body: order, headers });
  expect(await counter.send("/v1/adjustments", { body: order, headers })).toEqual(once);
});

test.each([
  ["amount", "missing", { ...order, amount: null }],
  ["amount", "zero", { ...order, amount: "0.00" }],
  ["amount", "not_an_amount", { ...order, amount: "1e3" }],
  ["amount", "not_an_amount", { ...order, amount: "0.0000000000001" }],
  ["reason", "missing", { ...order, reason: null }],
  ["subscription", "unknown_subscription", { ...order, subscription: "s2" }],
  ["at", "no_period", { ...order, at: "2023-10-01T00:00:00Z" }],
  ["note", "unknown_field", { ...order, note: "" }],
])("%s: %s", async (field, reason, body) => {
  expect(await counter.send("/v1/adjustments", { body })).toMatchObject({
    status: 400,
    body: { errors: [{ field, reason }] },
  });
});

test("it takes a key of finance or an admin, of the tenant", async () => {
  const { key: auditor } = await counter.admin.createApiKey("auditor");
  const { key: finance } = await counter.admin.createApiKey("finance");
  expect((await counter.send("/v1/adjustments", { body: order, key: auditor })).status).toBe(403);
  const { status, body } = await counter.send("/v1/adjustments", { body: order, key: finance });
  expect(status).toBe(201);
  expect((await counter.send("/v1/adjustments", { key: auditor })).status).toBe(200);
  const { admin_key: others } = await counter.admin.createTenant("others");
  const path = `/v1/adjustments/${body["adjustment"]}`;
  expect((await counter.send(path, { key: others.key })).status).toBe(404);
});
