import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { listInvoices, monthBegin, stream, withEngines } from "@tallybook/cli";
import { createClient } from "@tallybook/client";
import type { UsageEvent } from "@tallybook/client";
import { decimal, sum, toText } from "@tallybook/money";
import { formatTime, parseTime } from "@tallybook/periods";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { noFills } from "@tallybook/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  advance,
  decemberClosed,
  expectIdentity,
  expectReplayed,
  januaryClosed,
  novemberClosed,
  transactionsOf,
} from "./support/billing.ts";

const hits = { meter: "hits", event_type: "hit", aggregation: "count" };
const catalog = {
  meters: [
    {
      meter: "gpus",
      event_type: "gpu",
      aggregation: "weighted_sum",
      held: "changes",
      value_property: "n",
      dimensions: ["kind"],
    },
    {
      meter: "disk",
      event_type: "disk",
      aggregation: "weighted_sum",
      held: "levels",
      value_property: "n",
    },
    {
      meter: "mbps",
      event_type: "port",
      aggregation: "percentile",
      percent: "99.97",
      combining: "max",
      value_property: "n",
    },
    { meter: "tools", event_type: "tool", aggregation: "sum", value_property: "n" },
    { meter: "calls", event_type: "call", aggregation: "count" },
    {
      meter: "runs",
      aggregation: "composite",
      group_property: "run",
      parts: [{ meter: "tools", weight: "0.3" }, { meter: "calls" }],
      rounding: { mode: "ceiling" },
    },
    {
      meter: "minutes",
      event_type: "talk",
      aggregation: "sum",
      value_property: "n",
      rounding: { mode: "ceiling" },
    },
    {
      meter: "quarters",
      event_type: "watt",
      aggregation: "sum",
      value_property: "n",
      slot: "quarter_hour",
    },
    hits,
  ],
  plans: [
    {
      plan: "all",
      currency: "USD",
      prices: [
        // GPU-minutes and gigabyte-days of what is held for seconds.
        { price: "gpus", meter: "gpus", model: "per_unit", unit_amount: "0.01", per: "60" },
        { price: "disk", meter: "disk", model: "per_unit", unit_amount: "0.002", per: "86400" },
        { price: "mbps", meter: "mbps", model: "per_unit", unit_amount: "0.01" },
        { price: "runs", meter: "runs", model: "per_unit", unit_amount: "2" },
        { price: "minutes", meter: "minutes", model: "per_unit", unit_amount: "1" },
        { price: "quarters", meter: "quarters", model: "per_unit", unit_amount: "0.1" },
        { price: "hits", meter: "hits", model: "per_unit", unit_amount: "1" },
      ],
    },
  ],
  customers: [{ customer: "acme" }, { customer: "beta" }],
  subscriptions: [
    { customer: "acme", plan: "all", start: monthBegin },
    {
      customer: "beta",
      plan: "all",
      start: "2023-11-10T10:37:12Z",
      calendar: { anchor: "anniversary" },
    },
  ],
};
/** From its very second on, only what comes from Europe is a hit. */
const hitsOfEurope = {
  ...hits,
  filter: [{ property: "region", any_of: ["eu"] }],
  effective_at: "2023-11-20T10:00:00Z",
};

const beta = { customer: "beta" };

let sent = 0;
function event(
  type: string,
  time: string,
  n: string,
  { customer = "acme", ...more }: Readonly<Record<string, string>> = {},
): UsageEvent {
  sent += 1;
  return { id: `e-${sent}`, type, customer, time, properties: { n, ...more } };
}

const november = [
  event("gpu", "2023-11-10T00:00:00Z", "4", { kind: "h100" }),
  event("gpu", "2023-11-20T00:00:00Z", "-1", { kind: "h100" }),
  event("disk", "2023-11-01T00:00:00Z", "100"),
  event("disk", "2023-11-16T00:00:00Z", "250"),
  event("port", "2023-11-02T00:01:00Z", "900"),
  event("port", "2023-11-03T00:01:00Z", "800"),
  event("port", "2023-11-04T00:01:00Z", "650"),
  event("port", "2023-11-04T00:04:59Z", "700"),
  event("port", "2023-11-05T00:01:00Z", "600"),
  event("tool", "2023-11-02T10:00:00Z", "4", { run: "x" }),
  event("call", "2023-11-02T10:00:01Z", "1", { run: "x" }),
  event("tool", "2023-11-03T10:00:00Z", "1", { run: "y" }),
  event("talk", "2023-11-03T10:00:00Z", "1.2"),
  event("talk", "2023-11-03T11:00:00Z", "1.5"),
  event("watt", "2023-11-03T10:14:59.999999Z", "10"),
  event("watt", "2023-11-03T10:15:00Z", "20"),
  event("watt", "2023-11-03T10:29:59Z", "5"),
  event("hit", "2023-11-20T09:59:59.999999Z", "1", { region: "us" }),
  event("hit", "2023-11-20T10:00:00Z", "1", { region: "us" }),
  event("hit", "2023-11-20T10:00:00Z", "1", { region: "eu" }),
  // Before the first second of the subscription, in it, and after it, in one quarter of an hour.
  event("watt", "2023-11-10T10:37:11.999999Z", "3", beta),
  event("watt", "2023-11-10T10:37:12Z", "7", beta),
  event("watt", "2023-11-10T10:44:59Z", "2", beta),
  event("disk", "2023-11-01T00:00:00Z", "100", beta),
  event("disk", "2023-11-20T10:37:12Z", "200", beta),
];

/** One deployment; the tests build on each other in their order. */
describe("three months of meters that need more than a sum", () => {
  let dir: string;
  let stack: TestStack;

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), "tallybook-meters-"));
    stack = await startStack({ dir, clock: monthBegin });
    await stack.target.ask("/v1/apply", { body: catalog });
    await stack.target.ask("/v1/apply", { body: { meters: [hitsOfEurope] } });
    await advance(stack.target, "2023-11-30T12:00:00Z");
  });

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  test("a month is billed as its numbers come out by hand", async () => {
    const half = november.length / 2;
    expect(await stream(stack.target, november.slice(0, half))).toMatchObject({ refused: [] });
    await advance(stack.target, "2023-11-30T13:00:00Z");
    await stream(stack.target, november.slice(half));
    // At once, from two cuts of which one is open, and again when all of it is billed.
    const used = [
      "disk 453600000",
      "gpus 6307200",
      "hits 2",
      "mbps 700",
      "minutes 3",
      "quarters 35",
      "runs 4",
    ];
    expect(await usedInNovember(stack)).toEqual(used);
    await advance(stack.target, novemberClosed);
    expect(await usedInNovember(stack)).toEqual(used);
    expect(await postedSince(stack, 0)).toEqual(
      [
        // 4 for ten days and 3 for eleven, in GPU-seconds.
        "2023-11 usage gpus: 6307200 for 1051.2",
        // 100 for fifteen days and 250 for fifteen.
        "2023-11 usage disk: 453600000 for 10.5",
        // The third of 8,640 samples from the top: 900, 800, 700.
        "2023-11 usage mbps: 700 for 7",
        // x: 0.3 × 4 + 1 → 3; y: 0.3 → 1.
        "2023-11 usage runs: 4 for 8, of 5 tools, 1 calls",
        "2023-11 usage minutes: 3 for 3",
        "2023-11 usage quarters: 35 for 3.5",
        "2023-11 usage hits: 2 for 2",
      ].toSorted(),
    );
    await expectIdentity(stack);
  });

  test("what follows from single events is told by windows too, but for what is held", async () => {
    const client = createClient(stack.target);
    const week = { from: "2023-11-01T00:00:00Z", to: "2023-11-08T00:00:00Z", customer: "acme" };
    const used = async (meter: string, more: object) =>
      (await client.getUsage({ meter, ...week, ...more })).usage.map(
        ({ window_start, value }) => `${window_start.slice(0, 10)} ${value}`,
      );
    // x: 3, y: 1, each on its day; together as many.
    expect(await used("runs", { window: "day" })).toEqual(["2023-11-02 3", "2023-11-03 1"]);
    expect(await used("runs", {})).toEqual(["2023-11-01 4"]);
    // The last of 2,016 samples but none: of a week the highest, of a day its own.
    expect(await used("mbps", {})).toEqual(["2023-11-01 900"]);
    expect(await used("mbps", { window: "day", limit: 2 })).toEqual([
      "2023-11-02 900",
      "2023-11-03 800",
    ]);
    expect(await used("minutes", { window: "day" })).toEqual(["2023-11-03 3"]);
    await expect(used("gpus", {})).rejects.toMatchObject({ status: 422 });
  });

  test("a quarter-hour meter has its rollups by the quarter", async () => {
    const rows = await withEngines(stack.run(), ({ columns }) =>
      columns.readUsage({
        tenant: "default",
        from: parseTime("2023-11-03T00:00:00Z") ?? NaN,
        to: parseTime("2023-11-04T00:00:00Z") ?? NaN,
        cutMax: 1_000,
        fills: noFills,
        meters: ["quarters"],
      }),
    );
    expect(rows.map(({ slot, quantity }) => `${formatTime(slot)} ${quantity}`)).toEqual([
      "2023-11-03T10:00:00Z 10",
      "2023-11-03T10:15:00Z 25",
    ]);
  });

  test("what comes late counts as if it had come in time, and what was held is carried on", async () => {
    const before = (await transactionsOf(stack)).length;
    await stream(stack.target, [
      event("gpu", "2023-11-25T00:00:00Z", "2", { kind: "h100" }),
      event("disk", "2023-11-20T00:00:00Z", "50"),
      event("port", "2023-11-06T00:01:00Z", "850"),
      event("tool", "2023-11-03T10:00:00Z", "1", { run: "y" }),
      event("tool", "2023-11-04T10:00:00Z", "1"),
      event("talk", "2023-11-05T10:00:00Z", "0.2"),
      event("watt", "2023-11-03T10:15:01Z", "1"),
    ]);
    const used = [
      "disk 263520000",
      "gpus 7344000",
      "hits 2",
      "mbps 800",
      "minutes 3",
      "quarters 36",
      "runs 5",
    ];
    expect(await usedInNovember(stack)).toEqual(used);
    await advance(stack.target, decemberClosed);
    expect(await usedInNovember(stack)).toEqual(used);
    expect(await postedSince(stack, before)).toEqual(
      [
        "2023-11 adjustment gpus: 7344000 for 172.8",
        "2023-11 adjustment disk: 263520000 for -4.4",
        "2023-11 adjustment mbps: 800 for 1",
        // y is 0.6 and stays one; the one without a run is one more.
        "2023-11 adjustment runs: 5 for 2, of 7 tools, 1 calls",
        "2023-11 adjustment quarters: 36 for 0.1",
        // 5 and 50, for 31 days.
        "2023-12 usage gpus: 13392000 for 2232",
        "2023-12 usage disk: 133920000 for 3.1",
        "2023-12 usage mbps: 0 for 0",
        "2023-12 usage runs: 0 for 0, of 0 tools, 0 calls",
        "2023-12 usage minutes: 0 for 0",
        "2023-12 usage quarters: 0 for 0",
        "2023-12 usage hits: 0 for 0",
      ].toSorted(),
    );
    await expectIdentity(stack);
  });

  test("periods that begin at any second hold what was held then, and nothing of before", async () => {
    expect(await postedSince(stack, 0, "beta")).toEqual(
      expect.arrayContaining([
        // 100 for ten days and 200 for twenty.
        "2023-11 usage disk: 432000000 for 10",
        "2023-11 usage quarters: 9 for 0.9",
      ]),
    );
  });

  test("a late change goes through every month that was rated since", async () => {
    const before = (await transactionsOf(stack)).length;
    const late = [
      event("gpu", "2023-11-28T00:00:00Z", "-1", { kind: "h100" }),
      event("tool", "2023-11-28T00:00:00Z", "1", { run: "y" }),
      event("disk", "2023-11-30T10:37:12Z", "50", beta),
    ];
    expect(await stream(stack.target, late)).toMatchObject({ refused: [] });
    await advance(stack.target, januaryClosed);
    const posted = await postedSince(stack, before);
    expect(posted.filter((each) => !each.startsWith("2024-01"))).toEqual(
      [
        // Three days less, and a month.
        "2023-11 adjustment gpus: 7084800 for -43.2",
        "2023-12 adjustment gpus: 10713600 for -446.4",
        // 0.9 of a run is still one: only what it is made of is noted.
        "2023-11 adjustment runs: 5 for 0, of 8 tools, 1 calls",
      ].toSorted(),
    );
    expect(posted).toContain("2024-01 usage gpus: 10713600 for 1785.6");
    expect(await postedSince(stack, before, "beta")).toEqual(
      expect.arrayContaining([
        // 200 for ten days, and 50 for ten; and then for a month.
        "2023-11 adjustment disk: 302400000 for -3",
        "2023-12 usage disk: 133920000 for 3.1",
      ]),
    );
    await expectIdentity(stack);
  });

  test("every line of every invoice comes out again from the log", async () => {
    const invoices = await listInvoices(stack.target);
    const first = invoices.find(({ customer }) => customer === "acme");
    expect(invoices).toHaveLength(5);
    expect(first?.lines.map(({ description }) => description)).toContain(
      "runs (in all 5 tools, 1 calls)",
    );
    await expectReplayed(stack, invoices);
  });
});

/** What acme has used, by the question that waits until all is counted. */
async function usedInNovember(stack: TestStack): Promise<string[]> {
  const month = { from: "2023-11-01T00:00:00Z", to: "2023-12-01T00:00:00Z" };
  const usage = await createClient(stack.target).getSubscriptionUsage("acme:all", month);
  expect(usage).toMatchObject({ complete: true, waiting_for: [] });
  return usage.meters.map(({ meter_id, value }) => `${meter_id} ${value}`).toSorted();
}

/** What the journal has beyond a number of transactions: month, kind, price, quantity of the period, and what is added. */
async function postedSince(stack: TestStack, before: number, customer = "acme"): Promise<string[]> {
  return (await transactionsOf(stack))
    .slice(before)
    .filter(({ evidence }) => evidence.customer === customer)
    .filter(({ transaction_kind: kind }) => kind === "usage" || kind === "adjustment")
    .map(({ transaction_kind: kind, evidence }) => {
      const { period_from, price, quantity, shares, made_of } = evidence;
      const amount = toText(sum(shares.map((share) => decimal(share.amount))));
      const parts = made_of.map((part) => `${part.quantity} ${part.meter}`).join(", ");
      const month = formatTime(period_from).slice(0, 7);
      return `${month} ${kind} ${price}: ${quantity} for ${amount}${parts === "" ? "" : `, of ${parts}`}`;
    })
    .toSorted();
}
