import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { reconcile } from "@tallybook/audit";
import { listInvoices, stream, withEngines } from "@tallybook/cli";
import { formatTime } from "@tallybook/periods";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { advance, expectIdentity, expectReplayed, transactionsOf } from "./support/billing.ts";

/** Each customer has one subscription, by a calendar of its own; a call's number tells when it was. */
const subscriptions = {
  kathmandu: { start: "2024-01-14T14:37:12Z" },
  berlin: {
    start: "2024-03-30T10:00:00Z",
    end: "2024-04-01T22:00:00Z",
    calendar: { time_zone: "Europe/Berlin", unit: "day" },
  },
  newyork: {
    start: "2023-11-04T14:37:12Z",
    end: "2023-11-07T05:00:00Z",
    calendar: { time_zone: "America/New_York", unit: "day" },
    proration: "none",
  },
  thirtyfirst: { start: "2024-01-31T00:00:00Z", calendar: { anchor: { day_of_month: 31 } } },
  ahead: { start: "2024-01-17T00:00:00Z", plan: "ahead" },
  weekly: {
    start: "2023-11-01T14:37:12Z",
    end: "2023-11-22T14:37:12Z",
    calendar: { unit: "week", anchor: "anniversary" },
  },
};

const inTime: readonly [string, string, number][] = [
  ["kathmandu", "2024-01-14T14:37:11.999999Z", 1_000],
  ["kathmandu", "2024-01-14T14:37:12Z", 1],
  ["kathmandu", "2024-01-31T18:14:59.999999Z", 20],
  ["kathmandu", "2024-01-31T18:15:00Z", 300],
  ["kathmandu", "2024-01-31T18:15:00.000001Z", 2],
  ["kathmandu", "2024-02-29T18:14:59.999999Z", 4_000],
  ["kathmandu", "2024-02-29T18:15:00Z", 50_000],
  ["berlin", "2024-03-30T09:59:59.999999Z", 1],
  ["berlin", "2024-03-30T10:00:00Z", 2],
  ["berlin", "2024-03-30T22:59:59.999999Z", 30],
  ["berlin", "2024-03-30T23:00:00Z", 400],
  ["berlin", "2024-03-31T21:59:59.999999Z", 5_000],
  ["berlin", "2024-03-31T22:00:00Z", 60_000],
  ["berlin", "2024-04-01T21:59:59.999999Z", 700_000],
  ["berlin", "2024-04-01T22:00:00Z", 8_000_000],
  ["newyork", "2023-11-05T03:59:59.999999Z", 1],
  ["newyork", "2023-11-05T04:00:00Z", 20],
  ["newyork", "2023-11-06T04:59:59.999999Z", 300],
  ["newyork", "2023-11-06T05:00:00Z", 4_000],
  ["newyork", "2023-11-07T04:59:59.999999Z", 50_000],
  ["newyork", "2023-11-07T05:00:00Z", 600_000],
  ["thirtyfirst", "2024-01-30T23:59:59.999999Z", 1],
  ["thirtyfirst", "2024-01-31T00:00:00Z", 20],
  ["thirtyfirst", "2024-02-28T23:59:59.999999Z", 300],
  ["thirtyfirst", "2024-02-29T00:00:00Z", 4_000],
  ["thirtyfirst", "2024-03-30T23:59:59.999999Z", 50_000],
  ["thirtyfirst", "2024-03-31T00:00:00Z", 600_000],
  ["ahead", "2024-02-10T23:59:59.999999Z", 5],
  ["ahead", "2024-02-11T00:00:00Z", 70],
  ["weekly", "2023-11-08T14:37:11.999999Z", 1],
  ["weekly", "2023-11-08T14:37:12Z", 20],
  ["weekly", "2023-11-15T14:37:11.999999Z", 300],
  ["weekly", "2023-11-15T14:37:12Z", 4_000],
  ["weekly", "2023-11-22T14:37:11.999999Z", 50_000],
  ["weekly", "2023-11-22T14:37:12Z", 600_000],
];

const late: readonly [string, string, number][] = [
  ["kathmandu", "2024-01-31T18:14:59.999998Z", 7],
  ["kathmandu", "2024-01-31T18:15:00.000002Z", 5_000],
  ["weekly", "2023-11-08T14:37:12Z", 900],
];

/** Bounds, the calls in all, the most of one, and the fee of 31. */
const billed = [
  // 15 of 31 days, and 10 of 29: of the second month all was charged in advance, and the rest given back.
  "ahead 2024-01-17T00:00:00Z … 2024-02-01T00:00:00Z: 0, at most 0, 15",
  "ahead 2024-02-01T00:00:00Z … 2024-02-11T00:00:00Z: 5, at most 5, 10.689655172413793103448275",
  "berlin 2024-03-30T10:00:00Z … 2024-03-30T23:00:00Z: 32, at most 30, 16.791666666666666666666666",
  "berlin 2024-03-30T23:00:00Z … 2024-03-31T22:00:00Z: 5400, at most 5000, 31",
  "berlin 2024-03-31T22:00:00Z … 2024-04-01T22:00:00Z: 760000, at most 700000, 31",
  // 17 days and 3:37:48 of 31.
  "kathmandu 2024-01-14T14:37:12Z … 2024-01-31T18:15:00Z: 21, at most 20, 17.15125",
  "kathmandu 2024-01-31T18:15:00Z … 2024-02-29T18:15:00Z: 4302, at most 4000, 31",
  "kathmandu 2024-02-29T18:15:00Z … 2024-03-31T18:15:00Z: 50000, at most 50000, 31",
  "newyork 2023-11-04T14:37:12Z … 2023-11-05T04:00:00Z: 1, at most 1, 31",
  "newyork 2023-11-05T04:00:00Z … 2023-11-06T05:00:00Z: 320, at most 300, 31",
  "newyork 2023-11-06T05:00:00Z … 2023-11-07T05:00:00Z: 54000, at most 50000, 31",
  "thirtyfirst 2024-01-31T00:00:00Z … 2024-02-29T00:00:00Z: 320, at most 300, 31",
  "thirtyfirst 2024-02-29T00:00:00Z … 2024-03-31T00:00:00Z: 54000, at most 50000, 31",
  "weekly 2023-11-01T14:37:12Z … 2023-11-08T14:37:12Z: 1, at most 1, 31",
  "weekly 2023-11-08T14:37:12Z … 2023-11-15T14:37:12Z: 320, at most 300, 31",
  "weekly 2023-11-15T14:37:12Z … 2023-11-22T14:37:12Z: 54000, at most 50000, 31",
];

const rebilled = [
  "kathmandu 2024-01-14T14:37:12Z … 2024-01-31T18:15:00Z: 28, at most 20, 17.15125",
  "kathmandu 2024-01-31T18:15:00Z … 2024-02-29T18:15:00Z: 9302, at most 5000, 31",
  "weekly 2023-11-08T14:37:12Z … 2023-11-15T14:37:12Z: 1220, at most 900, 31",
];

const metered = [
  { price: "calls", meter: "calls", model: "per_unit", unit_amount: "0.001" },
  { price: "peak", meter: "peak", model: "per_unit", unit_amount: "0.01" },
];
const catalog = {
  meters: [
    { meter: "calls", event_type: "call", aggregation: "sum", value_property: "n" },
    { meter: "peak", event_type: "call", aggregation: "max", value_property: "n" },
  ],
  plans: [
    {
      plan: "dev",
      currency: "USD",
      prices: [{ price: "base", model: "flat", amount: "31" }, ...metered],
    },
    {
      plan: "ahead",
      currency: "USD",
      prices: [
        { price: "base", model: "flat", amount: "31", payment_term: "in_advance" },
        ...metered,
      ],
    },
  ],
  customers: Object.keys(subscriptions).map((customer) => ({
    customer,
    time_zone: customer === "kathmandu" ? "Asia/Kathmandu" : "UTC",
  })),
  subscriptions: Object.entries(subscriptions).map(([customer, terms]) => ({
    customer,
    plan: "dev",
    ...terms,
  })),
};

/** One deployment; the tests build on each other in their order. */
describe("billing periods of six calendars, on the real engines", () => {
  let dir: string;
  let stack: TestStack;

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), "tallybook-periods-"));
    stack = await startStack({ dir, clock: "2023-11-01T00:00:00Z" });
    // All usage is sent at once, and none of it is too far ahead or too old.
    const body = { ahead_seconds: 200 * 86_400, window_seconds: null };
    await stack.target.ask("/v1/settings", { method: "PUT", body });
    await stack.target.ask("/v1/apply", { body: catalog });
    await advance(stack.target, "2023-11-01T01:00:00Z");
  });

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  test("each takes its usage to the microsecond at both ends, and owes its part of the fee", async () => {
    expect(await stream(stack.target, inTime.map(eventOf))).toMatchObject({ refused: [] });
    await advance(stack.target, "2023-11-08T12:00:00Z");
    await advance(stack.target, "2024-02-01T12:00:00Z");
    const body = { end: "2024-02-11T00:00:00Z" };
    await stack.target.ask("/v1/subscriptions/ahead:ahead/end", { method: "POST", body });
    await advance(stack.target, "2024-04-02T12:00:00Z");
    expect(await billedIn(stack)).toEqual(billed);
    await expectIdentity(stack);
  });

  test("what is of nobody's period is listed", async () => {
    const { lists } = await withEngines(stack.run(), reconcile);
    const nobodys = lists.unattributed.filter(({ meter }) => meter === "calls");
    expect(
      nobodys
        .map(({ customer, reason, quantity }) => `${customer} ${reason} ${quantity}`)
        .toSorted(),
    ).toEqual([
      "ahead after_end 70",
      "berlin after_end 8000000",
      "berlin before_activation 1",
      "kathmandu before_activation 1000",
      "newyork after_end 600000",
      "thirtyfirst before_activation 1",
      "weekly after_end 600000",
    ]);
    expect(lists.open).toMatchObject([
      { subscription: "thirtyfirst:dev", quantity: "600000" },
      { subscription: "thirtyfirst:dev", quantity: "600000" },
    ]);
  });

  test("what comes late goes to the period that holds it", async () => {
    await stream(stack.target, late.map(eventOf));
    await advance(stack.target, "2024-04-03T12:00:00Z");
    const now = await billedIn(stack);
    expect(now.filter((each) => !billed.includes(each))).toEqual(rebilled);
    expect(now).toHaveLength(billed.length);
    await expectIdentity(stack);
  });

  test("every line of every invoice comes out again from the log", async () => {
    const invoices = await listInvoices(stack.target);
    expect(invoices.length).toBeGreaterThanOrEqual(billed.length);
    await expectReplayed(stack, invoices);
  });

  test("a fee in advance is invoiced before its month is over, and the rest given back", async () => {
    const own = (await listInvoices(stack.target)).filter(({ customer }) => customer === "ahead");
    expect(
      own.flatMap(({ period, lines }) =>
        lines
          .filter(({ meter }) => meter === null)
          .map(({ description, amount }) => `${period.from} ${description}: ${amount}`),
      ),
    ).toEqual([
      "2024-01-17T00:00:00Z base, 15/31 of a period: 1500",
      "2024-02-01T00:00:00Z base: 3100",
      "2024-02-01T00:00:00Z base, 10/29 of a period, less what was charged in advance: -2031",
    ]);
  });

  test("an invoice tells its days by the clocks of its zone", async () => {
    const invoices = await listInvoices(stack.target);
    const february = invoices.find(
      ({ customer, period }) => customer === "kathmandu" && period.from === "2024-01-31T18:15:00Z",
    );
    const page = await stack.target.ask(`/v1/invoices/${february?.number}.html`, { as: "page" });
    expect(String(page)).toContain("2024-02-01 to 2024-02-29, in Asia/Kathmandu");
  });
});

function eventOf([customer, time, n]: readonly [string, string, number], index: number) {
  return { id: `${customer}-${time}-${index}`, type: "call", customer, time, properties: { n } };
}

/** What the journal says of each period in the end, in the form of the tables above. */
async function billedIn(stack: TestStack): Promise<string[]> {
  const periods = new Map<string, Record<string, string>>();
  for (const { evidence } of await transactionsOf(stack)) {
    if (evidence.price === null || evidence.in_advance) continue;
    const { customer, period_from, period_to } = evidence;
    const key = `${customer} ${formatTime(period_from)} … ${formatTime(period_to)}`;
    const known = periods.get(key) ?? {};
    known[evidence.price] = evidence.price === "base" ? evidence.amount : evidence.quantity;
    periods.set(key, known);
  }
  return [...periods]
    .map(([key, { calls, peak, base }]) => `${key}: ${calls}, at most ${peak}, ${base}`)
    .toSorted();
}
