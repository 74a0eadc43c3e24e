import { afterEach, beforeEach, expect, test } from "vitest";
import { openCounter, type Counter } from "./counter.ts";

let counter: Counter;

beforeEach(async () => {
  counter = await openCounter();
});

afterEach(() => counter.close());

test("a rotated key stays valid until a time, and the new one may do the same", async () => {
  const old = await counter.admin.createApiKey("analyst");
  const until = "2023-11-03T00:00:00Z";
  const made = await counter.admin.rotateApiKey(old.api_key, until);
  expect(made).toMatchObject({ role: "analyst" });
  const statusOf = async (key: string) => (await counter.send("/v1/meters", { key })).status;
  expect([await statusOf(old.key), await statusOf(made.key)]).toEqual([200, 200]);
  await counter.admin.advanceClock("2023-11-02T23:59:59.999999Z");
  expect(await statusOf(old.key)).toBe(200);
  await counter.admin.advanceClock(until);
  expect([await statusOf(old.key), await statusOf(made.key)]).toEqual([401, 200]);
  const { api_keys } = await counter.admin.listApiKeys();
  expect(
    api_keys.map(({ api_key, valid_until, replaces }) => [api_key, valid_until, replaces]),
  ).toEqual([
    ["first-admin", null, null],
    [old.api_key, until, null],
    [made.api_key, null, old.api_key],
  ]);
});

test("an admin may rotate its own key, and is not locked out", async () => {
  const made = await counter.admin.rotateApiKey("first-admin");
  expect((await counter.send("/v1/api-keys", { key: made.key })).status).toBe(200);
  expect((await counter.send("/v1/api-keys")).status).toBe(200);
  await counter.admin.advanceClock("2023-11-02T00:00:00Z");
  expect((await counter.send("/v1/api-keys")).status).toBe(401);
});

test("a key that is no longer valid is not rotated, and none to an end that has passed", async () => {
  const { api_key } = await counter.admin.createApiKey("analyst");
  const passed = await counter.send(`/v1/api-keys/${api_key}/rotate`, {
    body: { valid_until: "2023-11-01T00:00:00Z" },
  });
  expect([passed.status, passed.body["detail"]]).toEqual([
    400,
    "valid_until: it is 2023-11-01T00:00:00Z already: name a later time, or revoke the key",
  ]);
  await counter.admin.revokeApiKey(api_key);
  expect((await counter.send(`/v1/api-keys/${api_key}/rotate`, { body: {} })).status).toBe(409);
  expect((await counter.send("/v1/api-keys/none/rotate", { body: {} })).status).toBe(404);
});

test("a revoked key is let in no more, also where it was rotated to end later", async () => {
  const old = await counter.admin.createApiKey("analyst");
  await counter.admin.rotateApiKey(old.api_key);
  await counter.admin.revokeApiKey(old.api_key);
  expect((await counter.send("/v1/meters", { key: old.key })).status).toBe(401);
});

test("as_of tells of a key whether it was revoked by then", async () => {
  const { api_key } = await counter.admin.createApiKey("analyst");
  await counter.admin.advanceClock("2023-11-02T00:00:00Z");
  await counter.admin.revokeApiKey(api_key);
  await counter.admin.advanceClock("2023-11-03T00:00:00Z");
  const revokedAt = async (query: string) =>
    (await counter.send(`/v1/api-keys/${api_key}${query}`)).body["revoked_at"];
  expect(await revokedAt("")).toBe("2023-11-02T00:00:00Z");
  expect(await revokedAt("?as_of=2023-11-02T00:00:00Z")).toBe("2023-11-02T00:00:00Z");
  expect(await revokedAt("?as_of=2023-11-01T23:59:59.999999Z")).toBeNull();
  const listed = async (query: string) =>
    (await counter.send(`/v1/api-keys?revoked=true${query}`)).body["api_keys"];
  expect(await listed("")).toMatchObject([{ api_key, revoked: true }]);
  expect(await listed("&as_of=2023-11-01T12:00:00Z")).toEqual([]);
});

test("only a producer's key is limited, to meters that are there", async () => {
  const refused = async (body: object) => {
    const answer = await counter.send("/v1/api-keys", { body });
    expect(answer.status).toBe(400);
    return (answer.body["errors"] as unknown as { field: string; reason: string }[]).map(
      ({ field, reason }) => `${field} ${reason}`,
    );
  };
  expect(await refused({ role: "admin", customers: ["a"] })).toEqual(["customers not_of_role"]);
  expect(await refused({ role: "producer", meters: ["m"] })).toEqual(["meters[0] unknown_meter"]);
  expect(await refused({ role: "producer", event_types: [true] })).toEqual([
    "event_types[0] not_text",
  ]);
  expect(await refused({ role: "producer", customers: "a" })).toEqual(["customers not_a_list"]);
  expect(await refused({ role: "customer", customers: [] })).toEqual(["customers missing"]);
  expect(await refused({ role: "customer", customers: ["a"], event_types: ["t"] })).toEqual([
    "event_types not_of_role",
  ]);
  const own = await counter.admin.createApiKey("customer", { customers: ["a"] });
  expect((await counter.send("/v1/customers", { key: own.key })).status).toBe(403);
  const made = await counter.admin.createApiKey("producer", { customers: ["a", "a"] });
  const { api_keys } = await counter.admin.listApiKeys();
  expect(api_keys.at(-1)).toMatchObject({ api_key: made.api_key, customers: ["a"], meters: [] });
});

test("another tenant's objects and keys are 404", async () => {
  const { admin_key } = await counter.admin.createTenant("other");
  await counter.admin.apply({
    plans: [{ plan: "p", currency: "USD", prices: [{ price: "f", model: "flat", amount: "1" }] }],
    customers: [{ customer: "c" }],
    subscriptions: [{ subscription: "s", customer: "c", plan: "p", start: "2023-11-01T00:00:00Z" }],
  });
  const ours = (await counter.admin.createApiKey("analyst")).api_key;
  const asked = [
    ["/v1/plans/p"],
    ["/v1/customers/c"],
    ["/v1/subscriptions/s"],
    ["/v1/subscriptions/s/end", { end: "2023-12-01T00:00:00Z" }],
    [`/v1/api-keys/${ours}/revoke`, {}],
    [`/v1/api-keys/${ours}/rotate`, {}],
  ] as const;
  for (const [path, body] of asked) {
    const answer = await counter.send(path, { key: admin_key.key, ...(body && { body }) });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  const { api_keys } = await counter.admin.listApiKeys();
  expect(api_keys.find(({ api_key }) => api_key === ours)).toMatchObject({ revoked: false });
});
