import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { listInvoices } from "@tallybook/cli";
import { askClickHouse } from "@tallybook/local";
import { startStack, type TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { advance, expectIdentity } from "./support/billing.ts";
import { lossy } from "./support/lossy.ts";
import { clientOf, pythonClientOf } from "./support/packages.ts";
import { tally } from "./support/tally.ts";

/** What each client has used when all is over, by model; each token is a cent. */
const tokensBy: Record<string, readonly string[]> = {};

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ clock: "2026-10-20T00:00:00Z" });
  const customers = ["om-js", "om-py", "lago-js", "lago-py", "ce", "flat", "typed"];
  await stack.target.ask("/v1/apply", {
    body: {
      meters: [
        {
          meter: "tokens",
          event_type: "llm.usage",
          aggregation: "sum",
          value_property: "tokens",
          dimensions: ["model"],
        },
        {
          meter: "quantity",
          event_type: "llm.flat",
          aggregation: "sum",
          value_property: "quantity",
          dimensions: ["model"],
        },
      ],
      plans: [
        {
          plan: "by_token",
          currency: "USD",
          prices: [
            { price: "tokens", meter: "tokens", model: "per_unit", unit_amount: "0.01" },
            { price: "quantity", meter: "quantity", model: "per_unit", unit_amount: "0.01" },
          ],
        },
      ],
      customers: customers.map((customer) => ({ customer })),
      subscriptions: customers.map((customer) => ({
        customer,
        plan: "by_token",
        start: "2026-10-01T00:00:00Z",
        end: null,
      })),
    },
  });
  await advance(stack.target, "2026-10-28T00:00:00Z");
});

afterAll(() => stack[Symbol.asyncDispose]());

/** Runs a client that sends, with the first answer to each of its bodies lost. */
async function sending(run: typeof clientOf, folder: string): Promise<unknown> {
  await using proxy = await lossy(stack.target.url);
  const printed = await run(folder, ["send", proxy.url, stack.target.key]);
  expect(proxy.lost()).toBeGreaterThan(0);
  return printed;
}

function asking(run: typeof clientOf, folder: string): Promise<unknown> {
  return run(folder, ["ask", stack.target.url, stack.target.key]);
}

describe("OpenMeter's SDK for JavaScript", () => {
  test("sends events alone and in batches, of which the bad one is rejected", async () => {
    await sending(clientOf, "openmeter");
    tokensBy["om-js"] = ["1000.5", "3"];
  });

  test("asks for usage by days of a zone, one of them with 25 hours", async () => {
    const [from, to] = ["2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"];
    const row = { windowStart: from, windowEnd: to, subject: "om-js" };
    const nextDay = { windowStart: to, windowEnd: "2026-10-26T23:00:00.000Z", subject: "om-js" };
    const days = {
      from: "2026-10-24T00:00:00.000Z",
      to: "2026-10-28T00:00:00.000Z",
      windowSize: "DAY",
      data: [
        { ...row, value: 1000.5, groupBy: { model: "large" } },
        { ...nextDay, value: 3, groupBy: { model: "small" } },
      ],
    };
    const minute = (start: string, end: string) => ({
      windowStart: `2026-10-${start}:00.000Z`,
      windowEnd: `2026-10-${end}:00.000Z`,
    });
    expect(await asking(clientOf, "openmeter")).toMatchObject({
      days,
      posted: days,
      whole: { data: [{ value: 1000.5, subject: "om-js", groupBy: {} }] },
      minutes: {
        windowSize: "MINUTE",
        data: [
          { ...minute("24T22:30", "24T22:31"), value: 1000 },
          { ...minute("25T22:30", "25T22:31"), value: 0.5 },
          { ...minute("25T23:30", "25T23:31"), value: 3 },
        ],
      },
      meters: [{ slug: "tokens", aggregation: "SUM" }, { slug: "quantity" }],
      meter: { eventType: "llm.usage", valueProperty: "$.tokens", groupBy: { model: "$.model" } },
      models: ["large", "small"],
      subject: { key: "om-js" },
      subjects: expect.arrayContaining(["om-js", "om-py"]),
      events: [
        { event: { id: "3" } },
        { event: { id: "2" } },
        { event: { id: "1", source: "gw" } },
      ],
      pages: [2, 1],
      failure: ["HTTPError", 404, expect.stringContaining("There is no meter nothing")],
    });
  });
});

describe("Lago's client for JavaScript", () => {
  test("sends events alone and in batches, of which the bad one is rejected", async () => {
    expect(await sending(clientOf, "lago")).toMatchObject({
      one: { event: { transaction_id: "lago-js-1", external_subscription_id: "lago-js:by_token" } },
      many: { events: [{ transaction_id: "lago-js-1" }, { transaction_id: "lago-js-2" }] },
    });
    tokensBy["lago-js"] = ["100.25"];
  });

  test("asks for what a running period comes to", async () => {
    expect(await asking(clientOf, "lago")).toMatchObject({
      customer_usage: {
        from_datetime: "2026-10-01T00:00:00Z",
        currency: "USD",
        amount_cents: 100,
        charges_usage: [
          {
            units: "100.25",
            events_count: 2,
            amount_cents: 100,
            billable_metric: { code: "tokens", aggregation_type: "sum_agg" },
          },
          { units: "0", events_count: 0, amount_cents: 0 },
        ],
      },
    });
  });
});

test("CloudEvents' SDK sends each event in every mode, and it counts once", async () => {
  const statuses = await sending(clientOf, "cloudevents");
  expect(statuses).toEqual([503, 200, 503, 200, 503, 200, 503, 200, 503, 200]);
  tokensBy["ce"] = ["1003.125"];
});

test("the flat and the typed form are taken beside each other, by keys that a retry sends again", async () => {
  const flat = { account_id: "flat", meter: "llm.flat", model: "large", quantity: 7 };
  const typed = {
    event_type: "llm.usage",
    customer_id: "typed",
    subscription_id: "typed:by_token",
    properties: { tokens: "5" },
  };
  for (const [body, key] of [
    [flat, "one"],
    [flat, "one"],
    [{ ...flat, event_id: "two", quantity: "0.5" }, "one"],
    [typed, "one"],
    [typed, "one"],
  ] as const) {
    const answer = await fetch(`${stack.target.url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${stack.target.key}`, "idempotency-key": key },
      body: JSON.stringify(body),
    });
    expect(await answer.json()).toMatchObject({ status: "accepted" });
  }
  tokensBy["flat"] = ["7.5"];
  tokensBy["typed"] = ["5"];
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe.skipIf(!hasPython)("in Python, which these tests need and skip without", () => {
  test("OpenMeter's client takes 204 alone, and sends again what it was not told of", async () => {
    await sending(pythonClientOf, "openmeter");
    tokensBy["om-py"] = ["150"];
    expect(await asking(pythonClientOf, "openmeter")).toEqual({
      usage: {
        windowSize: "HOUR",
        data: [
          {
            value: 150,
            windowStart: "2026-10-25T12:00:00Z",
            windowEnd: "2026-10-25T13:00:00Z",
            subject: "om-py",
            groupBy: {},
          },
        ],
      },
      csv: expect.stringMatching(
        /^window_start,window_end,subject,model,value\r\n.*,om-py,large,150\r\n$/,
      ),
      subjects: expect.arrayContaining(["om-js", "om-py"]),
    });
  });

  test("Lago's client sends timestamps as texts", async () => {
    expect(await sending(pythonClientOf, "lago")).toEqual({ one: "lago-py-1" });
    tokensBy["lago-py"] = ["15"];
    expect(await asking(pythonClientOf, "lago")).toEqual({ cents: 15, units: "15" });
  });
});

test("a mapping says which field is the customer, and a captured request shows what becomes of it", async () => {
  const [id, time] = ["captured", "2026-10-26T00:00:00Z"];
  const data = { user: "om-js", tokens: 12 };
  const body = { specversion: "1.0", id, source: "gw", type: "llm.usage", time, data };
  const file = path.join(stack.dir, "captured.json");
  const headers = { "Content-Type": "application/json", Authorization: "Bearer somebody's" };
  writeFileSync(file, JSON.stringify([{ method: "POST", url: "/api/v1/events", headers, body }]));
  const trying = () => tally(["doors", "try", file, "--data", stack.dir]);
  expect(await trying()).toMatchObject({
    code: 1,
    out: expect.stringContaining("item 1 is rejected: subject is missing"),
  });
  const answer = await stack.target.ask<{ catalog_offset: number }>("/v1/doors/openmeter", {
    method: "PUT",
    body: { customer: "data.user" },
  });
  expect(answer.catalog_offset).toBeGreaterThan(0);
  await expect.poll(trying, { timeout: 20_000 }).toMatchObject({
    code: 0,
    out: expect.stringContaining("customer: om-js"),
  });
  await stack.target.ask("/v1/doors/openmeter/archive", { method: "POST" });
  await expect.poll(trying, { timeout: 20_000 }).toMatchObject({ code: 1 });
});

test("what was rejected is listed, shown as it came, and taken when it is put right", async () => {
  const rejected = (...args: readonly string[]) =>
    tally(["rejected", ...args, "--data", stack.dir, "--json"]);
  const listed = async () => {
    const { out } = await rejected("list", "--reason", "missing");
    const page = JSON.parse(out) as { rejected: { rejected: string; field: string | null }[] };
    return page.rejected.filter(({ field }) => field === "code");
  };
  // Once for each time that it was sent.
  await expect.poll(async () => (await listed()).length, { timeout: 20_000 }).toBe(2);
  const id = (await listed())[0]?.rejected ?? "";
  const { out } = await rejected("show", id);
  const shown = JSON.parse(out) as { content: string };
  expect(shown).toMatchObject({
    door: "lago",
    verdict: "refused",
    again: { path: "/api/v1/events" },
  });
  expect(await rejected("resubmit", id)).toMatchObject({ code: 1 });
  const file = path.join(stack.dir, "mended.json");
  const event = { ...(JSON.parse(shown.content) as object), code: "llm.usage" };
  writeFileSync(file, JSON.stringify({ event }));
  for (const _ of ["first", "repeat"])
    expect(await rejected("resubmit", id, "--with", file)).toMatchObject({ code: 0 });
  tokensBy["lago-js"] = ["101.25"];
  expect(await rejected("show", "0-999999")).toMatchObject({
    code: 1,
    err: expect.stringContaining("There is no rejected record"),
  });
});

test("each event is billed once, whatever was sent again", async () => {
  await advance(stack.target, "2026-11-01T01:00:00Z");
  const invoices = await listInvoices(stack.target);
  const billed = invoices.map(({ customer, lines }) => [
    customer,
    lines.map(({ quantity }) => quantity),
  ]);
  expect(Object.fromEntries(billed)).toMatchObject(tokensBy);
  const doors = `SELECT door, uniqExact(source, id) FROM ${stack.run().clickhouse.database}.usage_events GROUP BY door ORDER BY door FORMAT TSV`;
  const { text } = await askClickHouse(stack.run().clickhouse.url, doors);
  const events = { cloudevents: 3, flat: 2, lago: hasPython ? 5 : 3, openmeter: hasPython ? 8 : 3 };
  expect(text.trim().split("\n")).toEqual(
    Object.entries({ ...events, typed: 1 }).map(([door, count]) => `${door}\t${count}`),
  );
  await expectIdentity(stack);
});
