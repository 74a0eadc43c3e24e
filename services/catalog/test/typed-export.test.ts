import { afterEach, beforeEach, expect, test } from "vitest";
import { openTypedCounter, subscribed, type TypedCounter } from "./typed-counter.ts";

let counter: TypedCounter;

beforeEach(async () => {
  counter = await openTypedCounter();
});

afterEach(() => counter.close());

test("what the typed API has made is in the exported document, which changes nothing where it is applied", async () => {
  await counter.made("/admin/v1/catalog/products", { name: "LLM API", description: "By\nuse" });
  const { customer_id, plan_id, subscription } = await subscribed(counter, { trial_days: 7 });
  const document = await counter.got("/v1/export");
  expect(document).toMatchObject({
    products: [{ name: "LLM API", description: "By\nuse" }],
    plans: [{ plan: plan_id, name: "Pay As You Go" }],
    customers: [{ customer: customer_id, metadata: { account_type: "Organization" } }],
    subscriptions: [{ subscription: subscription["id"], trial: { covers: "fixed_fees" } }],
  });
  const { status, json } = await counter.call("POST", "/v1/apply", document);
  expect([status, json["changes"]]).toEqual([200, []]);
});
