import { afterEach, beforeEach, expect, test } from "vitest";
import { openCounter, type Counter } from "./counter.ts";

let counter: Counter;

beforeEach(async () => {
  counter = await openCounter();
  await counter.admin.apply({
    plans: [
      { plan: "dev", currency: "USD", prices: [{ price: "base", model: "flat", amount: "0" }] },
    ],
    customers: [{ customer: "acme" }],
    subscriptions: [
      { subscription: "s1", customer: "acme", plan: "dev", start: "2023-11-01T00:00:00Z" },
    ],
  });
});

afterEach(() => counter.close());

const ask = (
  subscription: string,
  given: { key?: string; headers?: Record<string, string> } = {},
) =>
  counter.send(`/internal/subscriptions/${subscription}/billing-requests`, { body: {}, ...given });

test("a request to bill is a fact, and is answered with its place", async () => {
  const { status, body } = await ask("s1");
  expect(status).toBe(202);
  const facts = counter.facts();
  expect(facts.at(-1)).toMatchObject({ kind: "BillingRequested", subscription: "s1" });
  expect((await ask("s1")).body["catalog_offset"]).toBeGreaterThan(body["catalog_offset"] ?? 0);
  expect(counter.facts()).toHaveLength(facts.length + 1);
});

test("one that is sent again under its key is the same request", async () => {
  const headers = { "idempotency-key": "bill-1" };
  const first = await ask("s1", { headers });
  const count = counter.facts().length;
  expect(await ask("s1", { headers })).toEqual(first);
  expect(counter.facts()).toHaveLength(count);
});

test("it takes a subscription that is there, and a key of finance or an admin", async () => {
  expect((await ask("nobody")).status).toBe(404);
  const { key: analyst } = await counter.admin.createApiKey("analyst");
  const { key: finance } = await counter.admin.createApiKey("finance");
  expect((await ask("s1", { key: analyst })).status).toBe(403);
  expect((await ask("s1", { key: finance })).status).toBe(202);
  const { admin_key: others } = await counter.admin.createTenant("others");
  expect((await ask("s1", { key: others.key })).status).toBe(404);
});
