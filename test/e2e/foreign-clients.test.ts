import { spawnSync } from "node:child_process";
import { listInvoices } from "@tallybook/cli";
import { askClickHouse } from "@tallybook/local";
import { startStack, type TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { advance, expectIdentity } from "./support/billing.ts";
import { lossy } from "./support/lossy.ts";
import { clientOf, pythonClientOf } from "./support/packages.ts";

// Traces have the time at which they were made, so the deployment's clock is near the machine's.
const now = new Date();
const hourAgo = new Date(now.getTime() - 3_600_000).toISOString();

/** What each client's customer is billed for, by meter; each unit is a cent. */
const billedBy: Record<string, Readonly<Record<string, string>>> = {};

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ clock: monthAt(-1) });
  const properties = {
    tokens: ["llm.usage", "tokens"],
    chatbot_calls: ["chatbot_calls", "meterValue"],
    input_uncached: ["llm.call", "input_uncached"],
    input_cache_read: ["llm.call", "input_cache_read"],
    output_text: ["llm.call", "output_text"],
    output_reasoning: ["llm.call", "output_reasoning"],
  };
  const customers = ["stripe", "vercel", "langfuse", "amberflo", "litellm"];
  await stack.target.ask("/v1/apply", {
    body: {
      meters: Object.entries(properties).map(([meter, [event_type, value_property]]) => ({
        meter,
        event_type,
        aggregation: "sum",
        value_property,
        dimensions: ["model"],
      })),
      plans: [
        {
          plan: "by_unit",
          currency: "USD",
          prices: Object.keys(properties).map((meter) => ({
            price: meter,
            meter,
            model: "per_unit",
            unit_amount: "0.01",
          })),
        },
      ],
      customers: customers.map((customer) => ({ customer })),
      subscriptions: customers.map((customer) => ({
        customer,
        plan: "by_unit",
        start: monthAt(-1),
        end: null,
      })),
    },
  });
  await advance(stack.target, now.toISOString());
});

afterAll(() => stack[Symbol.asyncDispose]());

function monthAt(offset: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset)).toISOString();
}

/** Runs a client that sends, with the first answer to each of its bodies lost. */
async function sending(run: typeof clientOf, folder: string): Promise<unknown> {
  await using proxy = await lossy(stack.target.url);
  const printed = await run(folder, ["send", proxy.url, stack.target.key, hourAgo]);
  expect(proxy.lost()).toBeGreaterThan(0);
  return printed;
}

test("Stripe's SDK sends meter events of both versions and as a stream, and cancels one", async () => {
  const payload = { stripe_customer_id: "stripe", tokens: "100", model: "large" };
  expect(await sending(clientOf, "stripe")).toMatchObject({
    v1: { object: "billing.meter_event", identifier: "s-1", payload },
    unnamed: { identifier: expect.stringMatching(/^stripe-node-retry-/) },
    v2: { object: "v2.billing.meter_event", identifier: "s-2" },
    cancelled: { object: "billing.meter_event_adjustment", cancel: { identifier: "s-3" } },
    failures: [
      ["StripeInvalidRequestError", 400, "payload.stripe_customer_id"],
      [expect.stringMatching(/^Stripe\w+Error$/), 401, null],
    ],
  });
  billedBy["stripe"] = { tokens: "123.75" };
});

test("of what Vercel's ai traces, each call is billed once, in JSON and in protobuf", async () => {
  await sending(clientOf, "vercel-ai");
  billedBy["vercel"] = {
    input_uncached: "112",
    input_cache_read: "128",
    output_text: "40",
    output_reasoning: "20",
  };
});

test("Langfuse's span processor sends to a path of its own, with a key as its secret one", async () => {
  await sending(clientOf, "langfuse");
  billedBy["langfuse"] = { input_uncached: "7", output_text: "2" };
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe.skipIf(!hasPython)("in Python, which these tests need and skip without", () => {
  test("Amberflo's client sends ten calls as one event, which are ten cents", async () => {
    await sending(pythonClientOf, "amberflo");
    billedBy["amberflo"] = { chatbot_calls: "10" };
  });

  test("and asks how many they were, by day and group", async () => {
    const args = ["ask", stack.target.url, stack.target.key, hourAgo];
    const day = Math.floor(Date.parse(hourAgo) / 86_400_000) * 86_400;
    const group = { group: { groupInfo: { customerId: "amberflo", model: "large" } } };
    const report = {
      secondsSinceEpochIntervals: expect.arrayContaining([day - 86_400, day]),
      clientMeters: [
        {
          ...group,
          groupValue: 10,
          values: [{ value: 10, secondsSinceEpochUtc: day, percentageFromPrevious: 0 }],
        },
      ],
    };
    const all = (await pythonClientOf("amberflo", args)) as { readonly all: readonly object[] };
    expect(all).toMatchObject({ one: report, batch: [report] });
    expect(all.all).toContainEqual(
      expect.objectContaining({
        metadata: expect.objectContaining({ meterApiName: "chatbot_calls" }),
        clientMeters: [expect.objectContaining({ groupValue: 10 })],
      }),
    );
  });
});

test("each event is billed once, whatever was sent again, and no prompt is anywhere", async () => {
  await advance(stack.target, monthAt(2));
  const billed: Record<string, Record<string, string>> = {};
  for (const { customer, lines } of await listInvoices(stack.target)) {
    const quantities = lines.filter(({ quantity }) => Number(quantity) !== 0);
    for (const { meter, quantity } of quantities) (billed[customer] ??= {})[meter ?? ""] = quantity;
  }
  expect(billed).toEqual(billedBy);
  if (hasPython) {
    // Ten cents.
    const invoices = await listInvoices(stack.target);
    const totals = invoices
      .filter(({ customer }) => customer === "amberflo")
      .map(({ total }) => total);
    expect(totals.filter((total) => Number(total) !== 0)).toEqual(["10"]);
  }
  const { url, database } = stack.run().clickhouse;
  const told = `SELECT count() FROM ${database}.usage_events WHERE toString(properties) LIKE '%SECRET%'`;
  expect((await askClickHouse(url, told)).text.trim()).toBe("0");
  await expectIdentity(stack);
});
