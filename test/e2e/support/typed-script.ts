import { expect } from "vitest";

// What somebody wrote for the typed API, with nothing but HTTP: for ours, the address and the key are others, and nothing else is.

export interface Typed {
  readonly url: string;
  readonly key: string;
}

type Body = Record<string, unknown>;

/** Sends a request and answers its JSON; whatever is not well is an error. */
export async function call<Answer>(
  { url, key }: Typed,
  method: string,
  path: string,
  body?: Body,
): Promise<Answer> {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as Answer;
}

export interface Made {
  readonly id: string;
  readonly status: string;
}

/** A plan with a trial, a fee and a price for tokens. */
export async function makePlanWithFee(at: Typed): Promise<Made> {
  const plan = await call<Made>(at, "POST", "/admin/v1/catalog/plans", {
    name: "Team",
    billing_cadence: "Monthly",
    trial_days: 14,
  });
  const skus = [
    { name: "Platform", pricing_model: "Flat", amount_nanos: "30000000000000" },
    {
      name: "Input Tokens",
      pricing_model: "PerUnit",
      unit_amount_nanos: "2000000",
      meter_event_type: "llm.completion",
      meter_property: "input_tokens",
    },
  ];
  for (const sku of skus)
    await call<Made>(at, "POST", "/admin/v1/catalog/skus", { plan_id: plan.id, ...sku });
  return plan;
}

/** A product with a plan that has a trial and a price for each kind of token. */
export async function makePlan(at: Typed): Promise<Made> {
  await call<Made>(at, "POST", "/admin/v1/catalog/products", {
    name: "LLM API",
    description: "Usage-based large language model API",
    tags: ["llm", "api", "usage-based"],
  });
  const plan = await call<Made>(at, "POST", "/admin/v1/catalog/plans", {
    name: "Pay As You Go",
    description: "Pay only for what you use",
    billing_cadence: "Monthly",
    trial_days: 14,
  });
  for (const [name, meter_property, unit_amount_nanos] of [
    ["Input Tokens", "input_tokens", "2000000"],
    ["Output Tokens", "output_tokens", "6000000"],
  ]) {
    await call<Made>(at, "POST", "/admin/v1/catalog/skus", {
      plan_id: plan.id,
      name,
      pricing_model: "PerUnit",
      unit_amount_nanos,
      meter_event_type: "llm.completion",
      meter_property,
      currency: "USD",
    });
  }
  return plan;
}

/** A customer who takes the plan. */
export async function subscribe(at: Typed, plan: Made, display_name: string) {
  const customer = await call<Made>(at, "POST", "/admin/v1/customers", {
    display_name,
    email: "billing@acme.example",
    currency: "USD",
    account_type: "Organization",
  });
  const subscription = await call<Made>(at, "POST", "/v1/subscriptions", {
    customer_id: customer.id,
    plan_id: plan.id,
    currency: "USD",
    trial_days: 14,
  });
  return {
    customer_id: customer.id,
    subscription_id: subscription.id,
    status: subscription.status,
  };
}

export type Subscribed = Awaited<ReturnType<typeof subscribe>>;

/** Tokens of one call, and when it was made relative to now. */
export interface Completion {
  readonly id: string;
  readonly input: number;
  readonly output: number;
  readonly afterMs?: number;
  /** Instead: when it was made. */
  readonly timestamp?: string;
}

export function eventOf(of: Subscribed, completion: Completion): Body {
  const { customer_id, subscription_id } = of;
  const { id, input, output, afterMs = 0 } = completion;
  const timestamp = completion.timestamp ?? new Date(Date.now() + afterMs).toISOString();
  const properties = { model: "large", input_tokens: input, output_tokens: String(output) };
  return { id, event_type: "llm.completion", customer_id, subscription_id, timestamp, properties };
}

export interface Usage {
  readonly period_start: string;
  readonly period_end: string;
  readonly complete_to: string;
  readonly meters: readonly {
    readonly meter_id: string;
    readonly value: string;
    readonly unit: string;
  }[];
}

/** What a usage answer says of the two kinds of tokens. */
export function tokensOf({ meters }: Usage): Record<string, string | undefined> {
  const valueOf = (property: string) =>
    meters.find(({ meter_id }) => meter_id.includes(property))?.value;
  return { input: valueOf("input_tokens"), output: valueOf("output_tokens") };
}

export interface Invoice {
  readonly id: string;
  readonly invoice_number: string | null;
  readonly total_nanos: string;
  readonly status: string;
  readonly line_items: readonly {
    readonly description: string;
    readonly amount_nanos: string;
    readonly is_tax: boolean;
  }[];
}

/** Bills what was used up to now, and finalizes the one draft that comes of it. */
export async function billNow(at: Typed, of: Subscribed): Promise<Invoice> {
  await call(at, "POST", `/admin/v1/subscriptions/${of.subscription_id}/bill`);
  const query = `customer_id=${of.customer_id}&status=Draft`;
  const drafts = await call<Invoice[]>(at, "GET", `/admin/v1/invoices?${query}`);
  expect(drafts).toHaveLength(1);
  const [draft] = drafts;
  if (draft === undefined) throw new Error("no draft");
  expect(draft).toMatchObject({ status: "Draft", invoice_number: null });
  await call(at, "POST", `/admin/v1/invoices/${draft.id}/calculate-tax`);
  return call<Invoice>(at, "POST", `/admin/v1/invoices/${draft.id}/finalize`);
}

/** The invoice as a table: what each line is for, and its amount in dollars. */
export function tableOf({ line_items, total_nanos }: Invoice): string {
  const rows = line_items.map(({ description, amount_nanos }): [string, string] => [
    description,
    amount_nanos,
  ]);
  return [...rows, ["total", total_nanos] as const]
    .map(([what, nanos]) => `${what.padEnd(60)}${(Number(nanos) / 1e12).toFixed(6).padStart(12)}`)
    .join("\n");
}
