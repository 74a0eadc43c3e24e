import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCounter, type Counter } from "./counter.ts";

let counter: Counter;

beforeAll(async () => {
  counter = await openCounter();
  await counter.placeCut();
  const base = { price: "base", model: "flat", amount: "1" } as const;
  await counter.admin.apply({
    meters: [
      { meter: "calls", event_type: "call", aggregation: "count" },
      { meter: "bytes", event_type: "file", aggregation: "sum", value_property: "n" },
    ],
    products: [
      { product: "one", tags: ["ai", "new"] },
      { product: "two", tags: ["old"] },
    ],
    plans: [
      { plan: "small", currency: "USD", product: "one", prices: [base] },
      {
        plan: "large",
        currency: "USD",
        product: "two",
        prices: [{ price: "calls", meter: "calls", model: "per_unit", unit_amount: "1" }],
      },
      { plan: "care", currency: "USD", add_on: true, prices: [base] },
    ],
    customers: [
      { customer: "acme" },
      { customer: "part", parent: "acme" },
      { customer: "waits", approval: "pending" },
    ],
    subscriptions: [1, 2, 3, 4, 5].map((n) => ({
      subscription: `s${n}`,
      customer: n % 2 === 1 ? "acme" : "part",
      plan: n < 4 ? "small" : "large",
      start: n === 5 ? "2024-06-01T00:00:00Z" : "2023-11-01T00:00:00Z",
      ...(n === 3 ? { add_ons: ["care"] } : undefined),
    })),
  } as never);
  await counter.send("/v1/plans/large/archive", { method: "POST", body: {} });
  await counter.send("/v1/meters/bytes/archive", { method: "POST", body: {} });
  await counter.send("/v1/products/two/archive", { method: "POST", body: {} });
});

afterAll(() => counter.close());

/** The names of what a list holds. */
async function names(list: string, query: string): Promise<string[]> {
  const { status, body } = await counter.send(`/v1/${list}?${query}`);
  expect(status).toBe(200);
  const items = Object.values(body)[0] as unknown as Record<string, string>[];
  const field = list.slice(0, -1).replaceAll("-", "_");
  return items.map((item) => item[field] ?? "");
}

describe("a list is narrowed by what people look for", () => {
  test.each([
    ["subscriptions", "customer=acme", ["s1", "s3", "s5"]],
    ["subscriptions", "customer=acme&plan=small", ["s1", "s3"]],
    ["subscriptions", "plan=care", ["s3"]],
    ["subscriptions", "status=scheduled", ["s5"]],
    ["subscriptions", "status=scheduled&as_of=2024-07-01T00:00:00Z", []],
    ["subscriptions", "customer=nobody", []],
    ["plans", "archived=false", ["small", "care"]],
    ["plans", "archived=true", ["large"]],
    ["plans", "add_on=true", ["care"]],
    ["plans", "product=one", ["small"]],
    ["plans", "meter=calls", ["large"]],
    ["customers", "parent=acme", ["part"]],
    ["customers", "approval=pending", ["waits"]],
    ["customers", "archived=true", []],
    ["products", "archived=false", ["one"]],
    ["products", "tag=ai", ["one"]],
    ["meters", "event_type=file", ["bytes"]],
    ["meters", "aggregation=count", ["calls"]],
    ["meters", "archived=true", ["bytes"]],
    ["meters", "archived=false", ["calls"]],
  ])("%s?%s", async (list, query, expected) => {
    expect(await names(list, query)).toEqual(expected);
  });

  test("a value that there is none of is refused, with what there is", async () => {
    expect(await counter.send("/v1/subscriptions?status=cancelled")).toMatchObject({
      status: 400,
      body: {
        errors: [{ field: "status" }],
        detail: expect.stringContaining("pending, scheduled, trialing, active, paused, ended"),
      },
    });
    expect(await counter.send("/v1/subscriptions?customer_id=acme")).toMatchObject({
      status: 400,
      body: {
        errors: [{ field: "customer_id" }],
        detail: expect.stringContaining("limit, after, customer, plan, status"),
      },
    });
    expect((await counter.send("/v1/plans?archived=yes")).status).toBe(400);
    expect((await counter.send("/v1/subscriptions?customer=")).status).toBe(400);
  });

  test("pages hold what is meant, and a cursor stays good when what it names is not meant any more", async () => {
    const first = await counter.send("/v1/subscriptions?customer=acme&status=active&limit=1");
    expect(first.body).toMatchObject({ subscriptions: [{ subscription: "s1" }] });
    const at = "2023-11-01T00:00:01Z";
    await counter.admin.advanceClock("2023-11-01T01:00:00Z");
    const cancelled = await counter.send("/v1/subscriptions/s1/cancel", { body: { at } });
    expect(cancelled.status).toBe(200);
    const path = `/v1/subscriptions?customer=acme&status=active&limit=1&after=${first.body["next"]}`;
    expect((await counter.send(path)).body).toMatchObject({
      subscriptions: [{ subscription: "s3" }],
      next: null,
    });
  });

  test("what is there under a path is made what the body says", async () => {
    const prices = [{ price: "base", model: "flat", amount: "2" }];
    const body = { currency: "USD", product: "one", prices };
    const put = (path: string, of: object) => counter.send(path, { method: "PUT", body: of });
    expect(await put("/v1/plans/small", body)).toMatchObject({
      status: 200,
      body: { changes: [{ kind: "PlanPublished", id: "small", version: 2 }] },
    });
    expect(await put("/v1/plans/small", { ...body, plan: "other" })).toMatchObject({
      status: 400,
      body: { errors: [{ field: "plan", reason: "other_id" }] },
    });
    expect((await put("/v1/customers/acme", { email: "a@acme.example" })).status).toBe(200);
    expect((await counter.send("/v1/customers?email=a@acme.example")).body).toMatchObject({
      customers: [{ customer: "acme", email: "a@acme.example" }],
    });
  });
});
