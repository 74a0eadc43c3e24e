import { createHash } from "node:crypto";
import { authenticate, type CatalogFact } from "@tallybook/catalog";
import { ApiProblem, createClient, type Client } from "@tallybook/client";
import { createMemoryLog, type MemoryLog } from "@tallybook/log";
import {
  createAccess,
  createHttpServer,
  createLogger,
  listen,
  type HttpServer,
} from "@tallybook/service";
import { decode, encode, topics } from "@tallybook/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prepareCatalog, type FirstSettings } from "../src/first-facts.ts";
import { followPlacedCuts, type PlacedCuts } from "../src/placed-cuts.ts";
import { openRegistry, type Registry } from "../src/registry.ts";
import { addCatalogRoutes, parseBody } from "../src/routes.ts";

const clock = Date.UTC(2023, 10, 1) * 1_000;
const settings: FirstSettings = {
  clock,
  window_seconds: 3_024_000,
  ahead_seconds: 3_600,
  grace_seconds: 3_600,
  cut_interval_seconds: 3_600,
};
const adminKey = { api_key: "first-admin", hash: createHash("sha256").update("secret").digest() };
const meter = {
  meter: "input_tokens",
  event_type: "llm.completion",
  aggregation: "sum",
  value_property: "input_token_count",
  dimensions: ["model"],
} as const;

let log: MemoryLog;
let registry: Registry;
let cuts: PlacedCuts;
let server: HttpServer;
let url: string;
let admin: Client;

beforeEach(async () => {
  log = createMemoryLog();
  await log.prepareTopics([
    { topic: topics.catalog, partitions: 1 },
    { topic: topics.cuts, partitions: 1 },
  ]);
  await start();
});

afterEach(stop);

test("a new catalog begins with its settings, its clock and the first admin's key, and only once", async () => {
  expect(facts().map(({ kind }) => kind)).toEqual([
    "SettingsSet",
    "ClockAdvanced",
    "TenantCreated",
    "ApiKeyCreated",
  ]);
  expect(facts()[0]).toMatchObject({
    simulated: true,
    window_seconds: 3_024_000,
    recorded_at: clock,
  });
  await stop();
  await start();
  expect(facts()).toHaveLength(4);
});

test("a client reads its own writes, and applying the same again changes nothing", async () => {
  const document = {
    meters: [meter],
    plans: [
      {
        plan: "ai_developer",
        currency: "USD",
        prices: [
          { price: "monthly", model: "flat", amount: "20" },
          {
            price: "input",
            meter: "input_tokens",
            model: "graduated",
            per: 1_000_000,
            tiers: [
              { up_to: 1_000_000, unit_amount: "0.50" },
              { up_to: 10_000_000, unit_amount: 0.3 },
            ],
            beyond: "last_tier",
          },
        ],
      },
    ],
    customers: [{ customer: "cust-00" }],
    subscriptions: [{ customer: "cust-00", plan: "ai_developer", start: "2023-11-01T00:00:00Z" }],
  } as const;
  const applied = admin.apply(document);
  await seeCut(5);
  expect(await applied).toEqual({
    changes: [
      { kind: "MeterPublished", id: "input_tokens", version: 1 },
      { kind: "PlanPublished", id: "ai_developer", version: 1 },
      { kind: "CustomerCreated", id: "cust-00" },
      { kind: "SubscriptionStarted", id: "cust-00:ai_developer" },
    ],
    catalog_offset: 7,
    in_force: true,
  });
  expect(await admin.apply(document)).toEqual({
    changes: [],
    catalog_offset: null,
    in_force: true,
  });
  expect((await admin.listMeters()).meters).toMatchObject([
    { ...meter, version: 1, history: "none" },
  ]);
  const plan = await admin.getPlan("ai_developer");
  // As it was written, with what was left out.
  expect(plan.prices[1]).toEqual({
    price: "input",
    meter: "input_tokens",
    description: "input",
    model: "graduated",
    per: "1000000",
    tiers: [
      { up_to: "1000000", unit_amount: "0.5", flat_amount: null, cap_amount: null },
      { up_to: "10000000", unit_amount: "0.3", flat_amount: null, cap_amount: null },
    ],
    beyond: "last_tier",
    zero_usage: "nothing",
  });
  expect(plan.versions).toHaveLength(1);
  expect(await admin.getCustomer("cust-00")).toMatchObject({
    customer: "cust-00",
    name: "cust-00",
    currency: "USD",
    time_zone: "UTC",
  });
  expect((await admin.listSubscriptions()).subscriptions).toMatchObject([
    {
      subscription: "cust-00:ai_developer",
      customer: "cust-00",
      plan: "ai_developer",
      start: "2023-11-01T00:00:00Z",
      end: null,
      calendar: { time_zone: "UTC", every: 1, unit: "month", anchor: "calendar" },
      proration: "by_second",
      status: "active",
    },
  ]);
});

test("a meter that is published is answered when a cut that knows it is placed", async () => {
  let isAnswered = false;
  const published = admin.publishMeter(meter).finally(() => {
    isAnswered = true;
  });
  await expect.poll(() => facts().at(-1)?.kind).toBe("MeterPublished");
  await seeCut(4);
  await admin.listMeters();
  expect(isAnswered).toBe(false);
  await seeCut(5);
  expect(await published).toMatchObject({ catalog_offset: 4, in_force: true });
});

test("a change of a published price is a new version, the old one stays", async () => {
  const plan = (amount: string) => ({
    plan: "p",
    currency: "EUR",
    prices: [{ price: "fee", model: "flat", amount } as const],
  });
  await admin.publishPlan(plan("10"));
  await admin.advanceClock("2023-11-15T00:00:00Z");
  expect((await admin.publishPlan(plan("12.50"))).changes).toEqual([
    { kind: "PlanPublished", id: "p", version: 2 },
  ]);
  const { versions, effective_at } = await admin.getPlan("p");
  expect(versions.map(({ prices }) => prices[0])).toMatchObject([
    { amount: "10" },
    { amount: "12.5" },
  ]);
  expect(effective_at).toBe("2023-11-15T00:00:00Z");
});

test("every fault of a document is named with its field", async () => {
  const problem = await refused(
    admin.apply({
      meters: [{ meter: "m", event_type: "t", aggregation: "sum" }],
      plans: [{ plan: "p", currency: "XXQ", prices: [] }],
    }),
  );
  expect(problem.status).toBe(400);
  expect(problem.errors.map(({ field }) => field)).toEqual(
    expect.arrayContaining(["meters[0].value_property", "plans[0].currency"]),
  );
  expect(facts()).toHaveLength(4);
});

test("one object's faults are named as that object's", async () => {
  const problem = await refused(admin.createCustomer({ customer: "c", currency: "XXQ" }));
  expect(problem.errors[0]?.field).toBe("currency");
});

test.each([
  ["NaN", '{"meters": NaN}', "not_json"],
  ["two documents", "{}{}", "not_json"],
  ["a prototype", '{"__proto__": {"meters": []}}', "forbidden_name"],
  ["half a character", '{"customers":[{"customer":"\\ud800"}]}', "lone_surrogate"],
])("a body with %s is refused", async (_what, body, reason) => {
  const headers = { authorization: "Bearer secret", "content-type": "application/json" };
  const answer = await fetch(`${url}/v1/apply`, { method: "POST", body, headers });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ errors: [{ reason }] });
});

test("a price's digits are taken from the source text", async () => {
  const amount = "12345678901234567.123456789012";
  const body = `{"plan":"p","currency":"USD","prices":[{"price":"f","model":"flat","amount":${amount}}]}`;
  const headers = { authorization: "Bearer secret", "content-type": "application/json" };
  await fetch(`${url}/v1/plans`, { method: "POST", body, headers });
  expect((await admin.getPlan("p")).prices[0]).toMatchObject({ amount });
});

test("a subscription ends once, at any moment of a period that is not billed", async () => {
  await admin.apply({
    plans: [{ plan: "p", currency: "USD", prices: [{ price: "f", model: "flat", amount: "1" }] }],
    customers: [{ customer: "c" }],
    subscriptions: [
      { subscription: "a/b c", customer: "c", plan: "p", start: "2023-11-01T00:00:00Z" },
    ],
  });
  const { errors } = await refused(admin.endSubscription("a/b c", "2023-11-01T00:00:00Z"));
  expect(errors[0]).toMatchObject({ field: "end" });
  const { changes } = await admin.endSubscription("a/b c", "2023-12-15T14:37:12Z");
  expect(changes).toEqual([{ kind: "SubscriptionEnded", id: "a/b c" }]);
  expect((await admin.getSubscription("a/b c")).end).toBe("2023-12-15T14:37:12Z");
  expect((await refused(admin.endSubscription("nobody", "2024-01-01T00:00:00Z"))).status).toBe(404);
});

test("a calendar is told as it was written, and ends with its subscription", async () => {
  await admin.apply({
    plans: [{ plan: "p", currency: "USD", prices: [{ price: "f", model: "flat", amount: "1" }] }],
    customers: [{ customer: "c", time_zone: "Asia/Kathmandu" }],
    subscriptions: [
      {
        subscription: "s",
        customer: "c",
        plan: "p",
        start: "2023-11-01T14:37:12Z",
        calendar: { every: 3, anchor: { day_of_month: 31, month: "2024-02" } },
        proration: "by_day_used",
      },
    ],
  });
  await admin.endSubscription("s", "2023-12-15T14:37:12Z");
  expect(await admin.getSubscription("s")).toMatchObject({
    end: "2023-12-15T14:37:12Z",
    calendar: {
      time_zone: "Asia/Kathmandu",
      every: 3,
      unit: "month",
      anchor: { day_of_month: 31, month: "2024-02" },
    },
    proration: "by_day_used",
  });
});

test("simulated time moves forward only; to ask for the same time again is no second cut", async () => {
  expect(await admin.getClock()).toEqual({ simulated: true, time: "2023-11-01T00:00:00Z" });
  const first = await admin.advanceClock("2023-12-01T01:00:00Z");
  expect(await admin.advanceClock("2023-12-01T01:00:00Z")).toEqual(first);
  expect(facts().at(first.catalog_offset)).toMatchObject({ kind: "ClockAdvanced" });
  const back = await refused(admin.advanceClock("2023-12-01T00:59:59Z"));
  expect(back.errors[0]).toMatchObject({ field: "time", reason: "in_the_past" });
});

test("an asked for cut is a fact", async () => {
  const { catalog_offset } = await admin.requestCut("month's end");
  expect(facts()[catalog_offset]).toMatchObject({ kind: "CutRequested", reason: "month's end" });
});

test("settings change one by one, what cannot be is refused", async () => {
  expect(await admin.setSettings({ window_seconds: null, grace_seconds: 60 })).toEqual({
    simulated: true,
    window_seconds: null,
    ahead_seconds: 3_600,
    grace_seconds: 60,
    cut_interval_seconds: 3_600,
  });
  await admin.setSettings({ grace_seconds: 60 });
  expect(facts().filter(({ kind }) => kind === "SettingsSet")).toHaveLength(2);
  const problem = await refused(admin.setSettings({ ahead_seconds: -1 }));
  expect(problem.errors[0]?.field).toBe("ahead_seconds");
});

test("a new tenant's admin rules its own, and nothing of another's is there for it", async () => {
  await admin.createCustomer({ customer: "ours" });
  const { admin_key } = await admin.createTenant("acme", "Acme Inc.");
  const acme = createClient({ url, key: admin_key.key });
  expect((await acme.listCustomers()).customers).toEqual([]);
  expect((await refused(acme.getCustomer("ours"))).status).toBe(404);
  expect((await refused(acme.createTenant("other"))).status).toBe(403);
  expect((await refused(acme.advanceClock("2024-01-01T00:00:00Z"))).status).toBe(403);
  expect((await refused(acme.setSettings({ grace_seconds: 0 }))).status).toBe(403);
  expect((await refused(admin.createTenant("acme"))).status).toBe(409);
  expect((await refused(admin.createTenant("unknown"))).status).toBe(409);
  expect(JSON.stringify(facts(), (_, value: unknown) => value)).not.toContain(admin_key.key);
});

test("what a key may do follows from its role, and ends when it is revoked", async () => {
  const analyst = await admin.createApiKey("analyst");
  const producer = createClient({ url, key: (await admin.createApiKey("producer")).key });
  const reader = createClient({ url, key: analyst.key });
  expect((await reader.listMeters()).meters).toEqual([]);
  expect((await refused(reader.createCustomer({ customer: "c" }))).status).toBe(403);
  expect((await refused(reader.listApiKeys())).status).toBe(403);
  expect((await refused(producer.listMeters())).status).toBe(403);
  await admin.revokeApiKey(analyst.api_key);
  await admin.revokeApiKey(analyst.api_key);
  expect((await refused(reader.listMeters())).status).toBe(401);
  expect(facts().filter(({ kind }) => kind === "ApiKeyRevoked")).toHaveLength(1);
  expect((await refused(admin.revokeApiKey("first-admin"))).status).toBe(409);
  const { api_keys } = await admin.listApiKeys();
  expect(api_keys.map(({ role, revoked }) => [role, revoked])).toEqual([
    ["admin", false],
    ["analyst", true],
    ["producer", false],
  ]);
});

test("every route but health asks for a key", async () => {
  for (const path of [
    "/v1/meters",
    "/v1/api-keys",
    "/v1/clock",
    "/v1/settings",
    "/v1/customers/x",
  ]) {
    const answer = await fetch(url + path);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
  }
});

test("orders that come at once are decided one after the other", async () => {
  const orders = Array.from({ length: 20 }, () => admin.createCustomer({ customer: "one" }));
  const changes = (await Promise.all(orders)).flatMap((applied) => applied.changes);
  expect(changes).toHaveLength(1);
  expect(facts().filter(({ kind }) => kind === "CustomerCreated")).toHaveLength(1);
});

test("a second writer fences the first, which stops", async () => {
  const second = await openRegistry(log, () => 0, { idleMs: 1 });
  expect((await refused(admin.createCustomer({ customer: "c" }))).status).toBe(503);
  await expect(registry.failed).rejects.toThrow("successor");
  await second.close();
});

async function start(): Promise<void> {
  registry = await openRegistry(log, () => 0, { idleMs: 1 });
  await registry.execute(prepareCatalog(settings, adminKey), { tenant: "", actor: "system" });
  cuts = await followPlacedCuts(log, 1);
  const logger = createLogger("catalog", () => {});
  server = createHttpServer({ logger, bodyBytesMax: 8 * 1024 * 1024, parseBody });
  const access = createAccess((sha256Hex) => authenticate(registry.catalog(), sha256Hex, 0));
  addCatalogRoutes(server, { registry, cuts, access });
  url = await listen(server, { port: 0 });
  admin = createClient({ url, key: "secret" });
}

async function stop(): Promise<void> {
  await server.close();
  await cuts.close();
  await registry.close();
}

function facts(): CatalogFact[] {
  return log.recordsOf(topics.catalog, 0).map(({ value }) => decode(value) as CatalogFact);
}

/** Places a cut that knows the facts below the offset. */
async function seeCut(catalogOffset: number): Promise<void> {
  const producer = await log.producer();
  const cut = log.recordsOf(topics.cuts, 0).length / 2;
  const opened = { cut, time: clock, catalog_offset: catalogOffset, spools: [], complete: true };
  const values = [encode({ kind: "CutOpened", ...opened }), encode({ kind: "CutPlaced", cut })];
  await producer.send(
    values.map((value) => ({ topic: topics.cuts, partition: 0, key: null, value })),
  );
}

async function refused(answer: Promise<unknown>): Promise<ApiProblem> {
  const error = await answer.then(
    () => new Error("it was not refused"),
    (problem: unknown) => problem,
  );
  if (error instanceof ApiProblem) return error;
  throw error as Error;
}
