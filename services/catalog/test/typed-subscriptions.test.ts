import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  openTypedCounter,
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

describe("a subscription", () => {
  test("begins with the day, and a trial covers its fixed fees", async () => {
    const { subscription, customer_id, plan_id } = await subscribed(counter, { trial_days: 7 });
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
    expect(await counter.got(`/admin/v1/subscriptions/${id}`)).toEqual(subscription);
    expect(await counter.got(`/v1/subscriptions/${id}`)).toMatchObject({
      subscription: id,
      calendar: { every: 1, unit: "month", anchor: "anniversary" },
    });
  });

  test("has the trial of its plan unless it says another, or none", async () => {
    expect((await subscribed(counter)).subscription).toMatchObject({ trial_days: 14 });
    const { subscription } = await subscribed(counter, { trial_days: 0 });
    expect(subscription).toMatchObject({ trial_days: 0, trial_end: null, status: "Active" });
  });

  test("of the native form is taken at the same address", async () => {
    const { customer_id, plan_id } = await subscribed(counter);
    const native = { customer: customer_id, plan: plan_id, start: "2026-11-01T00:00:00Z" };
    const { status, json } = await counter.call("POST", "/v1/subscriptions", native);
    expect([status, json["in_force"]]).toEqual([200, true]);
  });

  test.each<[string, Body, string]>([
    ["an unknown customer", { customer_id: "nobody" }, "customer_id"],
    ["an unknown plan", { plan_id: "nothing" }, "plan_id"],
    ["half a day of trial", { trial_days: 0.5 }, "trial_days"],
    ["another currency", { currency: "EUR" }, "currency"],
  ])("with %s is refused by the field", async (_what, wrong, field) => {
    const { customer_id, plan_id } = await subscribed(counter);
    const body = { customer_id, plan_id, currency: "USD", trial_days: 0, ...wrong };
    const { status, json } = await counter.call("POST", "/v1/subscriptions", body);
    expect([status, (json["errors"] as Body[])[0]?.["field"]]).toEqual([400, field]);
  });

  test("waits for its plan to have a price", async () => {
    const plan_id = await counter.planned();
    const customer = await counter.made("/admin/v1/customers", { display_name: "Acme" });
    const body = { customer_id: customer["id"], plan_id };
    expect(await counter.call("POST", "/v1/subscriptions", body)).toMatchObject({
      status: 400,
      json: { errors: [{ field: "plan_id", reason: "no_price" }] },
    });
  });
});

test("what another tenant has made is not there", async () => {
  const { subscription, customer_id, plan_id } = await subscribed(counter);
  const { json } = await counter.call("POST", "/v1/tenants", { tenant: "other" });
  const { key } = json["admin_key"] as { readonly key: string };
  const others = { authorization: `Bearer ${key}` };
  for (const path of [
    `/admin/v1/subscriptions/${String(subscription["id"])}`,
    `/admin/v1/customers/${customer_id}`,
    `/admin/v1/catalog/plans/${plan_id}`,
  ])
    expect((await counter.call("GET", path, undefined, others)).status).toBe(404);
  expect((await counter.call("GET", "/admin/v1/catalog/skus", undefined, others)).json).toEqual([]);
  const body = { plan_id, name: "Theirs", pricing_model: "Flat", amount_nanos: "1" };
  expect(await counter.call("POST", "/admin/v1/catalog/skus", body, others)).toMatchObject({
    status: 400,
    json: { errors: [{ field: "plan_id", reason: "unknown_plan" }] },
  });
});
