import { applyExample, type Deployment } from "@tallybook/cli";
import { startStack, type TestStack } from "@tallybook/testkit";

/** What hooks.py asks about: a path or its beginning, and the id of what is there, the first that fits; and fields of bodies with what they may name. */
export interface Known {
  readonly paths: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

export type AskedStack = TestStack & { readonly known: Known };

const customer = "fuzzed";
const plan = "ai_developer";
const subscription = `${customer}:${plan}`;
/** Of what is ended nothing else can be asked. */
const ending = `${customer}:ending`;
/** For approval. */
const waiting = "waiting";
const dayMs = 86_400_000;

/**
 * A stack with the example's meters and plans, a customer with a subscription and a draft, and one of everything else. Time runs by
 * itself: a simulated clock would be sent to the end of days.
 */
export async function startAskedStack(): Promise<AskedStack> {
  const stack = await startStack();
  const start = timeIn(-dayMs);
  await applyExample(stack.target, {
    customers: [{ customer }, { customer: waiting, approval: "pending" }],
    subscriptions: [
      { customer, plan, start },
      { subscription: ending, customer, plan, start },
    ],
  });
  return Object.assign(stack, { known: await makeThings(stack.target) });
}

async function makeThings({ ask }: Deployment): Promise<Known> {
  const make = (path: string, body: object) =>
    ask<Readonly<Record<string, string>>>(path, { method: "POST", body });
  const made = async (path: string, body: object, field = "id") =>
    (await make(path, body))[field] ?? "";
  await make("/v1/apply", {
    features: [{ feature: "asked", type: "boolean" }],
    models: [{ model: "asked", name: "Asked" }],
    coupons: [{ coupon: "asked", percent_off: 10 }],
    tax_rates: [{ tax_rate: "asked", jurisdiction: "DE", percent: 19 }],
    entities: [{ entity: "asked", name: "Asked" }],
    contracts: [{ contract: "asked", customer, signed_on: "2024-01-01" }],
    // Nobody can ever be there.
    webhook_endpoints: [{ webhook_endpoint: "asked", url: "https://asked.invalid/hooks" }],
    document_settings: [{ document: "invoices", language: "de" }],
    reminder_schedules: [{ reminder_schedule: "invoices", days: [7] }],
  });
  const plan_id = await made("/admin/v1/catalog/plans", { name: "Asked" });
  const sku = await made("/admin/v1/catalog/skus", {
    plan_id,
    name: "Calls",
    pricing_model: "PerUnit",
    unit_amount_nanos: "2000000",
    meter_event_type: "asked",
    currency: "USD",
  });
  const customer_id = await made("/admin/v1/customers", { display_name: "A", currency: "USD" });
  const typed = { customer_id, plan_id };
  const subscription_id = await made("/v1/subscriptions", typed);
  const event = { id: "1", event_type: "asked", ...typed, subscription_id };
  await make("/v1/events", { ...event, timestamp: new Date().toISOString(), properties: {} });
  const draft = await made(`/admin/v1/subscriptions/${subscription_id}/bill`, {});
  const paid = { customer: customer_id, amount: "100", currency: "USD" };
  await make("/v1/payments", { payment: "asked", ...paid });
  const order = { subscription, amount: 1, reason: "asked" };
  const adjustment = await made("/v1/adjustments", order, "adjustment");
  // Most times of a calendar are in closed periods, or cannot be known yet.
  const [now, later] = [timeIn(0), timeIn(dayMs)];
  return {
    paths: {
      "/v1/customers/{id}/approval": waiting,
      "/v1/customers/": customer,
      "/v1/plans/": plan,
      "/v1/meters/": "input_tokens",
      "/v1/subscriptions/{id}/cancel": ending,
      "/v1/subscriptions/{id}/end": ending,
      "/v1/subscriptions/": subscription,
      "/v1/products/": "ai_platform",
      "/v1/features/": "asked",
      "/v1/models/": "asked",
      "/v1/coupons/": "asked",
      "/v1/tax-rates/": "asked",
      "/v1/entities/": "asked",
      "/v1/contracts/": "asked",
      "/v1/adjustments/": adjustment,
      "/v1/payments/": "asked",
      "/v1/document-settings/": "invoices",
      "/v1/reminder-schedules/": "invoices",
      "/v1/webhook-endpoints/": "asked",
      "/v1/webhooks/endpoints/": "asked",
      "/v1/invoices/": draft,
      "/v1/api-keys/": await made("/v1/api-keys", { role: "producer" }, "api_key"),
      "/admin/v1/catalog/products/": await made("/admin/v1/catalog/products", { name: "A" }),
      "/admin/v1/catalog/plans/": plan_id,
      "/admin/v1/catalog/skus/": sku,
      "/admin/v1/customers/": customer_id,
      "/admin/v1/subscriptions/": subscription_id,
      "/admin/v1/invoices/": draft,
      "/registry/schemas/ids/": "1",
    },
    fields: {
      plan,
      customer,
      subscription,
      ...typed,
      subscription_id,
      meter: "input_tokens",
      event_type: "asked",
      product: "ai_platform",
      feature: "asked",
      coupon: "asked",
      tax_rate: "asked",
      entity: "asked",
      contract: "asked",
      webhook_endpoint: "asked",
      document: "invoices",
      reminder_schedule: "invoices",
      subject: "usage.raw-tallybook.UsageReported",
      as_of: now,
      known_at: now,
      at: now,
      start: now,
      activated_at: now,
      time: now,
      timestamp: now,
      effective_at: later,
      end: later,
      ends_at: later,
      valid_until: later,
      redeem_by: later,
    },
  };
}

function timeIn(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}
