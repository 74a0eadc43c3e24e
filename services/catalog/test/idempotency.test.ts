import { afterEach, beforeEach, expect, test } from "vitest";
import { createIdempotency } from "../src/idempotency.ts";
import { openCounter, type Counter } from "./counter.ts";

let counter: Counter;

beforeEach(async () => {
  counter = await openCounter();
});

afterEach(() => counter.close());

const headers = { "idempotency-key": "order-1" };
const acme = { customer: "acme" };

test("a command that is sent again is answered as before, and does nothing", async () => {
  const first = await counter.send("/v1/customers", { body: acme, headers });
  expect(first.body).toMatchObject({ changes: [{ kind: "CustomerCreated", id: "acme" }] });
  const facts = counter.facts().length;
  expect(await counter.send("/v1/customers", { body: acme, headers })).toEqual(first);
  await counter.restart();
  expect(await counter.send("/v1/customers", { body: acme, headers })).toEqual(first);
  expect(counter.facts()).toHaveLength(facts);
  // Without the key it is a new command, and there is nothing to do.
  const anew = await counter.send("/v1/customers", { body: acme });
  expect(anew.body).toMatchObject({ changes: [], catalog_offset: null });
});

test("what a command came to stands right behind its key, in the same commit", async () => {
  await counter.send("/v1/customers", { body: acme, headers });
  expect(counter.facts().slice(-2)).toMatchObject([
    { kind: "CommandAnswered", key: "order-1", step: 0, facts: 1 },
    { kind: "CustomerCreated", customer: "acme" },
  ]);
});

test("a command with nothing to do is remembered too", async () => {
  await counter.send("/v1/customers", { body: acme });
  const first = await counter.send("/v1/customers", { body: acme, headers });
  expect(first.body).toMatchObject({ changes: [], catalog_offset: null });
  expect(await counter.send("/v1/customers", { body: acme, headers })).toEqual(first);
});

test("the same key with another body, or at another path, is refused with 422", async () => {
  await counter.send("/v1/customers", { body: acme, headers });
  const other = await counter.send("/v1/customers", { body: { customer: "other" }, headers });
  expect(other.status).toBe(422);
  expect(other.body["detail"]).toContain("choose a new one");
  expect((await counter.send("/v1/cuts", { body: {}, headers })).status).toBe(422);
  expect((await counter.send("/v1/customers/other")).status).toBe(404);
});

test("what was refused is decided again", async () => {
  const unfit = await counter.send("/v1/customers", { body: { customer: "" }, headers });
  expect(unfit.status).toBe(400);
  expect((await counter.send("/v1/customers", { body: acme, headers })).status).toBe(200);
});

test("while a command is under way the same key is refused with 409, and another one is not", async () => {
  const { alone } = createIdempotency();
  const command = { key: "order-1", step: 0, request: Buffer.alloc(32) };
  const first = Promise.withResolvers<string>();
  const answer = alone("acme", command, () => first.promise);
  const again = () => alone("acme", command, async () => "again");
  await expect(again()).rejects.toMatchObject({ details: { status: 409 } });
  await expect(alone("other", command, async () => "other")).resolves.toBe("other");
  first.resolve("first");
  expect([await answer, await again()]).toEqual(["first", "again"]);
});

test("commands with one key that come at once are carried out once", async () => {
  const sent = Array.from({ length: 8 }, () =>
    counter.send("/v1/customers", { body: acme, headers }),
  );
  for (const { status } of await Promise.all(sent)) expect([200, 409]).toContain(status);
  expect(counter.facts().filter(({ kind }) => kind === "CustomerCreated")).toHaveLength(1);
});

test("after seven days of the deployment's clock a key is a new one", async () => {
  await counter.send("/v1/customers", { body: acme, headers });
  await counter.admin.advanceClock("2023-11-07T23:59:59Z");
  expect((await counter.send("/v1/cuts", { body: {}, headers })).status).toBe(422);
  await counter.admin.advanceClock("2023-11-08T00:00:00Z");
  expect((await counter.send("/v1/cuts", { body: {}, headers })).status).toBe(202);
});

test("a secret is told once", async () => {
  const body = { role: "producer" };
  const first = await counter.send("/v1/api-keys", { body, headers });
  expect(first.body["key"]).toMatch(/^tally_/);
  const again = await counter.send("/v1/api-keys", { body, headers });
  expect(again).toEqual({ status: 201, body: { ...first.body, key: null } });
});

test("another tenant's keys are its own", async () => {
  const { admin_key } = await counter.admin.createTenant("other");
  await counter.send("/v1/customers", { body: acme, headers });
  const theirs = { body: { customer: "theirs" }, headers, key: admin_key.key };
  expect((await counter.send("/v1/customers", theirs)).status).toBe(200);
});

test.each([
  ["an empty key", " "],
  ["a space within", "a b"],
  ["256 characters", "a".repeat(256)],
])("%s is refused with 400", async (_what, key) => {
  const answer = await counter.send("/v1/customers", {
    body: acme,
    headers: { "idempotency-key": key },
  });
  expect(answer.status).toBe(400);
});
