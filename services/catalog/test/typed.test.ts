import { createHash } from "node:crypto";
import { authenticate, type CatalogFact } from "@tallybook/catalog";
import { createMemoryLog, type MemoryLog } from "@tallybook/log";
import { createAccess, createHttpServer, createLogger, type HttpServer } from "@tallybook/service";
import { decode, encode, topics } from "@tallybook/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prepareCatalog } from "../src/first-facts.ts";
import { followPlacedCuts, type PlacedCuts } from "../src/placed-cuts.ts";
import { openRegistry, type Registry } from "../src/registry.ts";
import { addCatalogRoutes, parseBody } from "../src/routes.ts";

const clock = Date.UTC(2026, 10, 21, 14, 37, 12) * 1_000;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
type Body = Record<string, unknown>;

let log: MemoryLog;
let registry: Registry;
let cuts: PlacedCuts;
let server: HttpServer;

beforeEach(async () => {
  log = createMemoryLog();
  await log.prepareTopics([
    { topic: topics.catalog, partitions: 1 },
    { topic: topics.cuts, partitions: 1 },
  ]);
  registry = await openRegistry(log, () => 0, { idleMs: 1 });
  const settings = {
    clock,
    window_seconds: 3_024_000,
    ahead_seconds: 3_600,
    grace_seconds: 3_600,
    cut_interval_seconds: 3_600,
  };
  const adminKey = { api_key: "first-admin", hash: createHash("sha256").update("secret").digest() };
  await registry.execute(prepareCatalog(settings, adminKey), { tenant: "", actor: "system" });
  cuts = await followPlacedCuts(log, 1);
  server = createHttpServer({
    logger: createLogger("catalog", () => {}),
    bodyBytesMax: 8 * 1024 * 1024,
    parseBody,
  });
  const access = createAccess((sha256Hex) =>
    authenticate(registry.catalog(), sha256Hex, registry.now()),
  );
  addCatalogRoutes(server, { registry, cuts, access });
});

afterEach(async () => {
  await server.close();
  await cuts.close();
  await registry.close();
});

const perToken = {
  name: "Input Tokens",
  pricing_model: "PerUnit",
  unit_amount_nanos: "2000000",
  meter_event_type: "llm.completion",
  meter_property: "input_tokens",
  currency: "USD",
};

test("a product, a plan and a customer are made with what was said of them, and found again", async () => {
  const said = { name: "LLM API", description: "By use\nper token", tags: ["llm", "api"] };
  const product = await made("/admin/v1/catalog/products", { ...said, internal_code: 7 });
  expect(product).toMatchObject({ id: expect.stringMatching(uuid), ...said, status: "Active" });
  expect(product["created_at"]).toBe("2026-11-21T14:37:12Z");

  const plan = await made("/admin/v1/catalog/plans", {
    name: "Pay As You Go",
    description: "No fee",
    billing_cadence: "Monthly",
    trial_days: 14,
  });
  expect(plan).toMatchObject({ name: "Pay As You Go", billing_cadence: "Monthly", trial_days: 14 });

  const customer = await made("/admin/v1/customers", {
    display_name: "Acme Corp",
    email: "billing@acme.example",
    currency: "USD",
    account_type: "Organization",
  });
  expect(customer).toMatchObject({ display_name: "Acme Corp", account_type: "Organization" });

  for (const [path, one] of [
    ["/admin/v1/catalog/products", product],
    ["/admin/v1/catalog/plans", plan],
    ["/admin/v1/customers", customer],
  ] as const) {
    expect(await got(`${path}/${String(one["id"])}`)).toEqual(one);
    expect(await got(path)).toEqual([one]);
    expect((await call("GET", `${path}/nothing`)).status).toBe(404);
  }
});

test("a creation that is sent again under its Idempotency-Key makes nothing more", async () => {
  const plan = { name: "Pay As You Go" };
  const key = { "idempotency-key": "plan-1" };
  const first = await call("POST", "/admin/v1/catalog/plans", plan, key);
  expect(await call("POST", "/admin/v1/catalog/plans", plan, key)).toEqual(first);
  const sku = { ...perToken, plan_id: first.json["id"] };
  const made = await call("POST", "/admin/v1/catalog/skus", sku, { "idempotency-key": "sku-1" });
  const again = await call("POST", "/admin/v1/catalog/skus", sku, { "idempotency-key": "sku-1" });
  expect(again).toEqual(made);
  expect(await got("/admin/v1/catalog/plans")).toHaveLength(1);
});

test("a list has pages, each with the address of the next, and knows what was known before", async () => {
  for (const name of ["a", "b", "c"]) await made("/admin/v1/catalog/products", { name });
  const known = log.recordsOf(topics.catalog, 0).length - 2;
  const path = "/admin/v1/catalog/products?limit=2";
  const { json, link } = await call("GET", path);
  expect(namesIn(json)).toEqual(["a", "b"]);
  const next = /^<(.*)>; rel="next"$/.exec(link ?? "")?.[1] ?? "";
  const rest = await call("GET", next);
  expect([namesIn(rest.json), rest.link]).toEqual([["c"], undefined]);
  expect(namesIn(await got(`/admin/v1/catalog/products?known_at=${known}`))).toEqual(["a", "b"]);
});

describe("a SKU", () => {
  test("is a price of its plan, over a meter that it publishes", async () => {
    const plan_id = await planned();
    const sku = await made("/admin/v1/catalog/skus", { plan_id, ...perToken });
    expect(sku).toMatchObject({
      id: expect.stringMatching(uuid),
      ...perToken,
      plan_id,
      meter_id: "llm.completion.input_tokens",
    });
    const plan = await got(`/v1/plans/${plan_id}`);
    expect(plan).toMatchObject({ version: 1, currency: "USD", name: "Pay As You Go" });
    expect(plan["prices"]).toEqual([
      {
        price: sku["id"],
        meter: "llm.completion.input_tokens",
        description: "Input Tokens",
        model: "per_unit",
        unit_amount: "0.000002",
        per: "1",
      },
    ]);
    expect(await got("/v1/meters/llm.completion.input_tokens")).toMatchObject({
      event_type: "llm.completion",
      aggregation: "sum",
      value_property: "input_tokens",
    });
  });

  test("uses the meter that is there, and a plan that nobody has taken has had all of them ever since", async () => {
    const first = await planned();
    await made("/admin/v1/catalog/skus", { plan_id: first, ...perToken });
    const second = await planned();
    await made("/admin/v1/catalog/skus", { plan_id: second, ...perToken });
    await made("/admin/v1/catalog/skus", {
      ...perToken,
      plan_id: second,
      name: "Output Tokens",
      meter_property: "output_tokens",
      unit_amount_nanos: 6_000_000,
    });
    expect(kinds().filter((kind) => kind === "MeterPublished")).toHaveLength(2);
    const plan = await got(`/v1/plans/${second}`);
    expect(plan).toMatchObject({ version: 2, effective_at: "1970-01-01T00:00:00Z" });
    expect((plan["prices"] as Body[]).map((price) => price["unit_amount"])).toEqual([
      "0.000002",
      "0.000006",
    ]);
  });

  test("of a plan that somebody has taken holds from now on", async () => {
    const { plan_id } = await subscribed();
    const sku = { ...perToken, plan_id, name: "Output", meter_property: "output_tokens" };
    await made("/admin/v1/catalog/skus", sku);
    expect(await got(`/v1/plans/${plan_id}`)).toMatchObject({
      version: 2,
      effective_at: "2026-11-21T14:37:12Z",
    });
  });

  test("without a property counts events, and its code is free", async () => {
    await call("POST", "/v1/meters", {
      meter: "llm.completion.events",
      event_type: "other",
      aggregation: "count",
    });
    const { meter_property: _, ...counted } = perToken;
    const sku = await made("/admin/v1/catalog/skus", { plan_id: await planned(), ...counted });
    expect(sku["meter_id"]).toBe("llm.completion.events-2");
  });

  test.each([
    [
      { pricing_model: "Flat", amount_nanos: "20000000000000" },
      { model: "flat", amount: "20" },
    ],
    [
      {
        pricing_model: "Tiered",
        tiers: [
          { up_to: 1000, unit_amount_nanos: "2000000", flat_amount_nanos: "1000000000000" },
          { up_to: null, unit_amount_nanos: "1000000" },
        ],
      },
      {
        model: "graduated",
        tiers: [
          { up_to: "1000", unit_amount: "0.000002", flat_amount: "1", cap_amount: null },
          { up_to: null, unit_amount: "0.000001", flat_amount: null, cap_amount: null },
        ],
      },
    ],
    [
      { pricing_model: "Volume", tiers: [{ unit_amount_nanos: "1" }] },
      { model: "volume", tiers: [{ unit_amount: "0.000000000001" }] },
    ],
    [
      { pricing_model: "package", package_size: 1000, package_amount_nanos: "500000000000" },
      { model: "package", package_size: "1000", package_amount: "0.5" },
    ],
  ])("is charged by its model: %j", async (fields, price) => {
    const { unit_amount_nanos: _, ...rest } = perToken;
    const plan_id = await planned();
    await made("/admin/v1/catalog/skus", { ...rest, plan_id, ...fields });
    const plan = await got(`/v1/plans/${plan_id}`);
    expect(plan["prices"]).toMatchObject([price]);
  });

  test.each<[string, Body, string]>([
    ["no plan", { plan_id: null }, "plan_id"],
    ["an unknown plan", { plan_id: "nothing" }, "plan_id"],
    ["no name", { name: null }, "name"],
    ["a number as name", { name: 7 }, "name"],
    ["no model", { pricing_model: null }, "pricing_model"],
    ["an unknown model", { pricing_model: "PerMoon" }, "pricing_model"],
    ["no amount", { unit_amount_nanos: null }, "unit_amount_nanos"],
    ["dollars as nanos", { unit_amount_nanos: "0.000002" }, "unit_amount_nanos"],
    ["less than nothing", { unit_amount_nanos: "-1" }, "unit_amount_nanos"],
    ["no event type", { meter_event_type: null }, "meter_event_type"],
    ["a list as property", { meter_property: ["a"] }, "meter_property"],
    ["no currency of ISO 4217", { currency: "QQQ" }, "currency"],
    ["tiers that end before they begin", badTiers(), "tiers[1].up_to"],
    ["tiers that are no list", { pricing_model: "Volume", tiers: "none" }, "tiers"],
    ["a tier that is no object", { pricing_model: "Volume", tiers: [7] }, "tiers[0]"],
  ])("with %s is refused by the field", async (_what, wrong, field) => {
    const body = { plan_id: await planned(), ...perToken, ...wrong };
    const before = kinds().length;
    const { status, json } = await call("POST", "/admin/v1/catalog/skus", body);
    expect(status).toBe(400);
    expect((json["errors"] as Body[])[0]).toMatchObject({
      field,
      detail: expect.stringMatching(/\w+/),
    });
    expect(kinds()).toHaveLength(before);
  });

  test("over what another of its plan is over would bill the same usage twice", async () => {
    const plan_id = await planned();
    const sku = await made("/admin/v1/catalog/skus", { plan_id, ...perToken });
    const again = await call("POST", "/admin/v1/catalog/skus", { plan_id, ...perToken });
    expect(again).toMatchObject({
      status: 400,
      json: { errors: [{ field: "meter_property", reason: "priced_twice" }] },
    });
    expect(String(again.json["detail"])).toContain(String(sku["id"]));
  });
});

describe("a subscription", () => {
  test("begins with the day, and a trial covers its fixed fees", async () => {
    const { subscription, customer_id, plan_id } = await subscribed({ trial_days: 7 });
    expect(subscription).toMatchObject({
      id: expect.stringMatching(uuid),
      customer_id,
      plan_id,
      status: "Trialing",
      currency: "USD",
      start_date: "2026-11-21T00:00:00Z",
      end_date: null,
      trial_days: 7,
      trial_end: "2026-11-28T00:00:00Z",
    });
    const id = String(subscription["id"]);
    expect(await got(`/admin/v1/subscriptions/${id}`)).toEqual(subscription);
    expect(await got(`/v1/subscriptions/${id}`)).toMatchObject({
      subscription: id,
      calendar: { every: 1, unit: "month", anchor: "anniversary" },
    });
  });

  test("has the trial of its plan unless it says another, or none", async () => {
    expect((await subscribed()).subscription).toMatchObject({ trial_days: 14 });
    const { subscription } = await subscribed({ trial_days: 0 });
    expect(subscription).toMatchObject({ trial_days: 0, trial_end: null, status: "Active" });
  });

  test("of the native form is taken at the same address", async () => {
    const { customer_id, plan_id } = await subscribed();
    const native = { customer: customer_id, plan: plan_id, start: "2026-11-01T00:00:00Z" };
    const { status, json } = await call("POST", "/v1/subscriptions", native);
    expect([status, json["in_force"]]).toEqual([200, true]);
  });

  test.each<[string, Body, string]>([
    ["an unknown customer", { customer_id: "nobody" }, "customer_id"],
    ["an unknown plan", { plan_id: "nothing" }, "plan_id"],
    ["half a day of trial", { trial_days: 0.5 }, "trial_days"],
    ["another currency", { currency: "EUR" }, "currency"],
  ])("with %s is refused by the field", async (_what, wrong, field) => {
    const { customer_id, plan_id } = await subscribed();
    const body = { customer_id, plan_id, currency: "USD", trial_days: 0, ...wrong };
    const { status, json } = await call("POST", "/v1/subscriptions", body);
    expect([status, (json["errors"] as Body[])[0]?.["field"]]).toEqual([400, field]);
  });

  test("waits for its plan to have a price", async () => {
    const plan_id = await planned();
    const customer = await made("/admin/v1/customers", { display_name: "Acme" });
    const body = { customer_id: customer["id"], plan_id };
    expect(await call("POST", "/v1/subscriptions", body)).toMatchObject({
      status: 400,
      json: { errors: [{ field: "plan_id", reason: "no_price" }] },
    });
  });
});

function badTiers(): Body {
  const tiers = [
    { up_to: 10, unit_amount_nanos: "1" },
    { up_to: 5, unit_amount_nanos: "1" },
  ];
  return { pricing_model: "Graduated", tiers };
}

async function planned(): Promise<string> {
  const plan = await made("/admin/v1/catalog/plans", { name: "Pay As You Go", trial_days: "14" });
  return String(plan["id"]);
}

async function subscribed(more: Body = {}) {
  const plan_id = await planned();
  await made("/admin/v1/catalog/skus", { plan_id, ...perToken });
  const customer = await made("/admin/v1/customers", { display_name: "Acme", currency: "usd" });
  const customer_id = String(customer["id"]);
  const body = { customer_id, plan_id, currency: "USD", ...more };
  return { subscription: await made("/v1/subscriptions", body), customer_id, plan_id };
}

/** Posts, while cuts are placed as fast as they are waited for; the answer has to be 201. */
async function made(path: string, body: Body): Promise<Body> {
  const { status, json } = await call("POST", path, body);
  expect([status, json]).toEqual([201, expect.anything()]);
  return json;
}

async function got(path: string): Promise<Body> {
  const { status, json } = await call("GET", path);
  expect(status).toBe(200);
  return json;
}

function namesIn(json: unknown): unknown[] {
  return (json as Body[]).map(({ name }) => name);
}

async function call(
  method: "GET" | "POST",
  url: string,
  body?: Body,
  more: Readonly<Record<string, string>> = {},
) {
  const headers = { authorization: "Bearer secret", ...more };
  let isAnswered = false;
  const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
  const answer = server.inject({ method, url, headers, ...payload }).finally(() => {
    isAnswered = true;
  });
  for (let known = -1; !isAnswered;) {
    const count = kinds().length;
    if (count > known) await seeCut((known = count));
    await Promise.race([answer, new Promise((resolve) => setImmediate(resolve))]);
  }
  const response = await answer;
  const { link } = response.headers;
  return {
    status: response.statusCode,
    json: response.json<Body>(),
    link: typeof link === "string" ? link : undefined,
  };
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

function kinds(): string[] {
  const facts = log.recordsOf(topics.catalog, 0);
  return facts.map(({ value }) => (decode(value) as CatalogFact).kind);
}
