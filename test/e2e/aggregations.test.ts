import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { reconcile } from "@tallybook/audit";
import { listInvoices, monthBegin, stream, withEngines } from "@tallybook/cli";
import type { Schemas } from "@tallybook/client";
import { analyticsOf } from "@tallybook/columns";
import { askClickHouse } from "@tallybook/local";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { unitsOf } from "../contract/aggregation-oracle.ts";
import { expectAnalytics } from "./support/analytics.ts";
import {
  advance,
  decemberClosed,
  expectIdentity,
  expectReplayed,
  novemberClosed,
  transactionsOf,
} from "./support/billing.ts";
import {
  callRows,
  callsOf,
  chargeOf,
  eventOf,
  finestOf,
  plainPrices,
  readingsOf,
  volumeDefault,
  volumeOf,
  volumeRows,
} from "./support/readings.ts";
import type { ReadingEvent } from "./support/readings.ts";
import { tally } from "./support/tally.ts";

const customers = ["cold", "north", "south"];
const november = Date.parse(monthBegin) * 1_000;
const inTime = readingsOf("in-time", { seed: 7, count: 600, from: november, seconds: 29 * 86_400 });
const late = readingsOf("late", {
  seed: 11,
  count: 120,
  from: november,
  seconds: 29 * 86_400 + 3_000,
});

/** Of what came in time some is taken back, some said anew, and of that some once more. */
const corrections: readonly (readonly ReadingEvent[])[] = [0, 1].map((round) =>
  inTime
    .filter((_, at) => at % (round === 0 ? 7 : 21) === 3)
    .map((each, at) => ({
      ...each,
      customer: at % 3 === 0 ? "south" : each.customer,
      model: at % 2 === 0 ? "large" : "small",
      n: `${(at * 37 + round * 11) % 950}.5`,
      m: `${(at * 53 + round * 7) % 4_000}`,
      user: `user ${(at * 3) % 60}`,
      time: each.time + (at % 4) * 1_800_000_000,
    })),
);
const takenBack = inTime.filter((_, at) => at % 13 === 5);
const standing = inTime
  .filter(({ id }) => !takenBack.some((each) => each.id === id))
  .map((each) => corrections.flat().findLast(({ id }) => id === each.id) ?? each);

/** The ids of two events that nobody corrected come again with another content; of the one that is taken instead. */
const conflicting = standing
  .filter((each) => inTime.includes(each))
  .slice(0, 2)
  .map((each) => ({ ...each, m: "1234.5" }));
const settled = standing.map((each) => (each.id === conflicting[0]?.id ? conflicting[0] : each));

const readings = [...new Set(plainPrices.map(({ meter }) => meter))];
const catalog = {
  meters: [
    ...readings.map((meter) => ({
      meter,
      event_type: "reading",
      aggregation: meter,
      value_property: meter === "unique" ? "user" : "n",
      dimensions: ["model"],
    })),
    {
      meter: "volume",
      event_type: "reading",
      aggregation: "sum",
      value_property: "m",
      dimensions: ["region", "model"],
    },
    {
      meter: "calls",
      event_type: "reading",
      aggregation: "count",
      dimensions: ["model", "region"],
    },
  ],
  plans: [
    {
      plan: "all",
      currency: "USD",
      prices: [
        ...plainPrices.map((price) => ({ ...price, model: "per_unit", per: String(price.per) })),
        {
          price: "volume",
          meter: "volume",
          model: "matrix",
          dimensions: ["model", "region"],
          rows: volumeRows.map(({ model, region, unit_amount, per }) => ({
            dimensions: { model, region },
            unit_amount,
            per: String(per),
          })),
          default_row: { ...volumeDefault, per: String(volumeDefault.per) },
        },
        {
          price: "calls",
          meter: "calls",
          model: "matrix",
          dimensions: ["model"],
          rows: callRows.map(({ model, unit_amount }) => ({ dimensions: { model }, unit_amount })),
        },
      ],
    },
  ],
  customers: customers.map((customer) => ({ customer })),
  subscriptions: customers.map((customer) => ({ customer, plan: "all", start: monthBegin })),
};

/** One deployment; the tests build on each other in their order. */
describe("a month of readings, with every aggregation and two matrices", () => {
  let dir: string;
  let stack: TestStack;

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), "tallybook-aggregations-"));
    stack = await startStack({ dir, clock: monthBegin });
    await stack.target.ask("/v1/apply", { body: catalog });
    await advance(stack.target, "2023-11-30T12:00:00Z");
  });

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  test("is billed as a plain reading of its events says", async () => {
    const half = inTime.length / 2;
    expect(await stream(stack.target, inTime.slice(0, half).map(eventOf))).toMatchObject({
      refused: [],
    });
    // A second cut, so that what is merged stands in several.
    await advance(stack.target, "2023-11-30T13:00:00Z");
    await stream(stack.target, inTime.slice(half).map(eventOf));
    await advance(stack.target, novemberClosed);
    await expectBilled(stack, inTime);
    await expectIdentity(stack);
  });

  test("what is corrected and taken back counts as if it had been sent so, and posts the difference", async () => {
    const before = await listInvoices(stack.target);
    for (const [round, list] of corrections.entries()) {
      const said = list.map((each) => ({
        ...eventOf(each),
        id: `round ${round}`,
        corrects: each.id,
        reason: "the reading was another one",
      }));
      expect(await stream(stack.target, said, { lanes: 1 })).toMatchObject({ refused: [] });
    }
    const back = takenBack.map(({ id }) => ({ id: "test", retracts: id, reason: "a test" }));
    await stream(stack.target, back, { lanes: 1 });
    await advance(stack.target, "2023-12-02T01:00:00Z");
    const adjusted = await expectBilled(stack, standing);
    expect(adjusted).toBeGreaterThan(customers.length);
    // What was finalized is as it was.
    expect(await listInvoices(stack.target)).toEqual(before);
  });

  test("who is told of a conflict takes the other content, or leaves it, with a reason", async () => {
    await stream(stack.target, conflicting.map(eventOf));
    await advance(stack.target, "2023-12-02T02:00:00Z");
    const told = async (state: string) => {
      const { out } = await tally(["conflicts", "--state", state, "--json", "--data", dir]);
      return (JSON.parse(out) as { conflicts: readonly Schemas["Conflict"][] }).conflicts;
    };
    const open = await told("open");
    const place = ({ id }: { readonly id: string }) =>
      open.find((each) => each.id === id)?.conflict ?? "";
    expect(open.map(({ id }) => id).toSorted()).toEqual(conflicting.map(({ id }) => id).toSorted());
    for (const { accepted, rejected, id } of open) {
      expect(rejected.event?.properties).toMatchObject({ m: "1234.5" });
      const first = standing.find((each) => each.id === id);
      expect(accepted.event?.properties).toMatchObject({ m: first?.m });
    }
    const whose = conflicting[0]?.customer ?? "";
    const { key } = await stack.target.ask<{ key: string }>("/v1/api-keys", {
      body: { role: "customer", customers: [whose] },
    });
    const own = await fetch(`${stack.target.url}/v1/conflicts`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const shown = (await own.json()) as { conflicts: readonly Schemas["Conflict"][] };
    expect(shown.conflicts.map(({ id }) => id).toSorted()).toEqual(
      conflicting
        .filter(({ customer }) => customer === whose)
        .map(({ id }) => id)
        .toSorted(),
    );
    const [taken, left] = conflicting.map(place);
    const reason = ["--reason", "somebody has looked", "--data", dir];
    const codes = [
      await tally(["conflicts", "accept", taken ?? "", ...reason]),
      await tally(["conflicts", "dismiss", left ?? "", ...reason]),
    ].map(({ code, err }) => [code, err]);
    expect(codes).toEqual([
      [0, ""],
      [0, ""],
    ]);
    await advance(stack.target, "2023-12-02T03:00:00Z");
    expect(await told("open")).toEqual([]);
    expect((await told("corrected")).map(({ conflict }) => conflict)).toEqual([taken]);
    expect((await told("dismissed")).map(({ conflict }) => conflict)).toEqual([left]);
    await expectBilled(stack, settled);
    await expectIdentity(stack);
  });

  test("what comes late changes each quantity as if it had been in time, and posts the difference", async () => {
    await stream(stack.target, late.map(eventOf));
    await advance(stack.target, decemberClosed);
    const adjusted = await expectBilled(stack, [...settled, ...late]);
    expect(adjusted).toBeGreaterThan(customers.length);
    await expectIdentity(stack);
  });

  test("analysts' views say what is billed, late usage and all, also after they were made again from Kafka", async () => {
    const isPriced = (meter: string, dimensions: Readonly<Record<string, string>>) =>
      meter !== "calls" || dimensions["model"] !== "odd";
    await expectAnalytics(stack, { isPriced });
    const rebuilt = await tally(["rebuild", "columns", "--data", stack.dir]);
    expect(rebuilt.out).toContain("Every table is what it was");
    await expectAnalytics(stack, { isPriced });
    const { url, database } = stack.run().clickhouse;
    const told = await askClickHouse(
      url,
      `SELECT countIf(late), count() FROM ${analyticsOf({ database })}.usage_events`,
    );
    // Of a conflict that was accepted there is a correction too.
    const corrected = corrections.flat().length + takenBack.length + 1;
    const known = late.length + corrected;
    expect(told.text).toBe(`${known}\t${inTime.length + known}`);
  });

  test("calls of a model without a row are listed, whoever made them, and everything else is billed", async () => {
    const { lists } = await withEngines(stack.run(), reconcile);
    const parked = lists.parked.filter(({ quantity }) => quantity !== "0");
    expect(
      parked.map(({ subscription, price, quantity, reason }) => [
        subscription,
        price,
        Number(quantity),
        reason,
      ]),
    ).toEqual(
      customers.map((customer) => [
        `${customer}:all`,
        "calls",
        [...settled, ...late].filter((each) => each.customer === customer && each.model === "odd")
          .length,
        "price calls has no row for model odd, and no default_row",
      ]),
    );
  });

  test("every line of an invoice with late usage comes out again from the log", async () => {
    // Of whom a conflict was accepted: its adjustment is on the second.
    const invoices = (await listInvoices(stack.target)).filter(
      ({ customer }) => customer === conflicting[0]?.customer,
    );
    expect(invoices).toHaveLength(2);
    await expectReplayed(stack, invoices);
  });
});

/** The journal says of November what the oracle says; tells how many adjustments were posted. */
async function expectBilled(stack: TestStack, events: readonly ReadingEvent[]): Promise<number> {
  const posted = (await transactionsOf(stack)).filter(
    ({ evidence }) => evidence.period_from === november,
  );
  for (const customer of customers) {
    const own = events.filter((each) => each.customer === customer);
    const wanted = new Map([
      ...plainPrices.map((price) => [price.price, chargeOf(price, own)] as const),
      ["volume", volumeOf(own)] as const,
      ["calls", callsOf(own)] as const,
    ]);
    for (const [price, { quantity, amount }] of wanted) {
      const what = `${price} of ${customer}`;
      const charges = posted.filter(
        ({ evidence }) => evidence.customer === customer && evidence.price === price,
      );
      const last = charges.at(-1)?.evidence;
      expect(unitsOf(last?.quantity ?? ""), `${what}: quantity`).toBe(quantity);
      expect(finestOf(last?.amount ?? ""), `${what}: amount`).toBe(amount);
      const receivable = charges.flatMap(({ postings }) =>
        postings.filter(({ account }) => account.startsWith("assets:")),
      );
      const sum = receivable.reduce((total, each) => total + finestOf(each.amount), 0n);
      expect(sum, `${what}: posted in all`).toBe(amount);
      const told = last?.explanation;
      const parts = told?.of === "combinations" ? told.rows.map(({ charge }) => charge) : [told];
      const ofParts = parts.reduce((total, part) => total + finestOf(part?.amount ?? ""), 0n);
      expect(ofParts, `${what}: its parts`).toBe(amount);
      const isMatrix = price === "volume" || price === "calls";
      expect(told?.of, what).toBe(isMatrix ? "combinations" : "quantity");
    }
  }
  return posted.filter(({ transaction_kind }) => transaction_kind === "adjustment").length;
}
