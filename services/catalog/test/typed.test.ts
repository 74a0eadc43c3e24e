import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  openTypedCounter,
  perToken,
  subscribed,
  uuid,
  type Body,
  type TypedCounter,
} from "./typed-counter.ts";

let counter: TypedCounter;

beforeEach(async () => {
  counter = await openTypedCounter();
});

afterEach(() => counter.close());

test("a product, a plan and a customer are made with what was said of them, and found again", async () => {
  const said = { name: "LLM API", description: "By use\nper token", tags: ["llm", "api"] };
  const product = await counter.made("/admin/v1/catalog/products", { ...said, internal_code: 7 });
  expect(product).toMatchObject({ id: expect.stringMatching(uuid), ...said, status: "Active" });
  expect(product["created_at"]).toBe("2026-11-21T14:37:12Z");

  const plan = await counter.made("/admin/v1/catalog/plans", {
    name: "Pay As You Go",
    description: "No fee",
    billing_cadence: "Monthly",
    trial_days: 14,
  });
  expect(plan).toMatchObject({ name: "Pay As You Go", billing_cadence: "Monthly", trial_days: 14 });

  const customer = await counter.made("/admin/v1/customers", {
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
    expect(await counter.got(`${path}/${String(one["id"])}`)).toEqual(one);
    expect(await counter.got(path)).toEqual([one]);
    expect((await counter.call("GET", `${path}/nothing`)).status).toBe(404);
  }
});

test("a creation that is sent again under its Idempotency-Key makes nothing more", async () => {
  const plan = { name: "Pay As You Go" };
  const key = { "idempotency-key": "plan-1" };
  const first = await counter.call("POST", "/admin/v1/catalog/plans", plan, key);
  expect(await counter.call("POST", "/admin/v1/catalog/plans", plan, key)).toEqual(first);
  const sku = { ...perToken, plan_id: first.json["id"] };
  const made = await counter.call("POST", "/admin/v1/catalog/skus", sku, {
    "idempotency-key": "sku-1",
  });
  const again = await counter.call("POST", "/admin/v1/catalog/skus", sku, {
    "idempotency-key": "sku-1",
  });
  expect(again).toEqual(made);
  expect(await counter.got("/admin/v1/catalog/plans")).toHaveLength(1);
});

test("a list has pages, each with the address of the next, and knows what was known before", async () => {
  for (const name of ["a", "b", "c"]) await counter.made("/admin/v1/catalog/products", { name });
  const known = counter.kinds().length - 2;
  const path = "/admin/v1/catalog/products?limit=2";
  const { json, link } = await counter.call("GET", path);
  expect(namesIn(json)).toEqual(["a", "b"]);
  const next = /^<(.*)>; rel="next"$/.exec(link ?? "")?.[1] ?? "";
  const rest = await counter.call("GET", next);
  expect([namesIn(rest.json), rest.link]).toEqual([["c"], undefined]);
  expect(namesIn(await counter.got(`/admin/v1/catalog/products?known_at=${known}`))).toEqual([
    "a",
    "b",
  ]);
});

describe("a SKU", () => {
  test("is a price of its plan, over a meter that it publishes", async () => {
    const plan_id = await counter.planned();
    const sku = await counter.made("/admin/v1/catalog/skus", { plan_id, ...perToken });
    expect(sku).toMatchObject({
      id: expect.stringMatching(uuid),
      ...perToken,
      plan_id,
      meter_id: "llm.completion.input_tokens",
    });
    const plan = await counter.got(`/v1/plans/${plan_id}`);
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
    expect(await counter.got("/v1/meters/llm.completion.input_tokens")).toMatchObject({
      event_type: "llm.completion",
      aggregation: "sum",
      value_property: "input_tokens",
    });
  });

  test("uses the meter that is there, and a plan that nobody has taken has had all of them ever since", async () => {
    const first = await counter.planned();
    await counter.made("/admin/v1/catalog/skus", { plan_id: first, ...perToken });
    const second = await counter.planned();
    await counter.made("/admin/v1/catalog/skus", { plan_id: second, ...perToken });
    await counter.made("/admin/v1/catalog/skus", {
      ...perToken,
      plan_id: second,
      name: "Output Tokens",
      meter_property: "output_tokens",
      unit_amount_nanos: 6_000_000,
    });
    expect(counter.kinds().filter((kind) => kind === "MeterPublished")).toHaveLength(2);
    const plan = await counter.got(`/v1/plans/${second}`);
    expect(plan).toMatchObject({ version: 2, effective_at: "1970-01-01T00:00:00Z" });
    expect((plan["prices"] as Body[]).map((price) => price["unit_amount"])).toEqual([
      "0.000002",
      "0.000006",
    ]);
  });

  test("of a plan that somebody has taken holds from now on", async () => {
    const { plan_id } = await subscribed(counter);
    const sku = { ...perToken, plan_id, name: "Output", meter_property: "output_tokens" };
    await counter.made("/admin/v1/catalog/skus", sku);
    expect(await counter.got(`/v1/plans/${plan_id}`)).toMatchObject({
      version: 2,
      effective_at: "2026-11-21T14:37:12Z",
    });
  });

  test("leaves what else is said of its plan as it is", async () => {
    const native = {
      plan: "native",
      currency: "USD",
      description: "Sold to few",
      metadata: { owner: "sales" },
      prices: [{ price: "seats", model: "graduated", tiers: [{ unit_amount: "5" }] }],
    };
    expect((await counter.call("POST", "/v1/plans", native)).status).toBe(200);
    const before = await counter.got("/v1/plans/native");
    await counter.made("/admin/v1/catalog/skus", { plan_id: "native", ...perToken });
    const { description, metadata, prices, version } = await counter.got("/v1/plans/native");
    expect({ description, metadata, version }).toEqual({
      description: "Sold to few",
      metadata: { owner: "sales" },
      version: 2,
    });
    expect((prices as Body[])[0]).toEqual((before["prices"] as Body[])[0]);
  });

  test("without a property counts events, and its code is free", async () => {
    await counter.call("POST", "/v1/meters", {
      meter: "llm.completion.events",
      event_type: "other",
      aggregation: "count",
    });
    const { meter_property: _, ...counted } = perToken;
    const sku = await counter.made("/admin/v1/catalog/skus", {
      plan_id: await counter.planned(),
      ...counted,
    });
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
    const plan_id = await counter.planned();
    await counter.made("/admin/v1/catalog/skus", { ...rest, plan_id, ...fields });
    const plan = await counter.got(`/v1/plans/${plan_id}`);
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
    const body = { plan_id: await counter.planned(), ...perToken, ...wrong };
    const before = counter.kinds().length;
    const { status, json } = await counter.call("POST", "/admin/v1/catalog/skus", body);
    expect(status).toBe(400);
    // Once, and nothing that only follows from it.
    expect(json["errors"]).toEqual([
      { field, reason: expect.any(String), detail: expect.stringMatching(/\w+/) },
    ]);
    expect(counter.kinds()).toHaveLength(before);
  });

  test("over what another of its plan is over would bill the same usage twice", async () => {
    const plan_id = await counter.planned();
    const sku = await counter.made("/admin/v1/catalog/skus", { plan_id, ...perToken });
    const again = await counter.call("POST", "/admin/v1/catalog/skus", { plan_id, ...perToken });
    expect(again).toMatchObject({
      status: 400,
      json: { errors: [{ field: "meter_property", reason: "priced_twice" }] },
    });
    expect(String(again.json["detail"])).toContain(String(sku["id"]));
  });
});

function badTiers(): Body {
  const tiers = [
    { up_to: 10, unit_amount_nanos: "1" },
    { up_to: 5, unit_amount_nanos: "1" },
  ];
  return { pricing_model: "Graduated", tiers };
}

function namesIn(json: unknown): unknown[] {
  return (json as Body[]).map(({ name }) => name);
}
