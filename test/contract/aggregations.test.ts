import { rowsOf } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { toText } from "@tallybook/money";
import { mergedQuantity, noFills, quantityOf } from "@tallybook/usage";
import type { PartCompared, UsageRow } from "@tallybook/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { aggregated, heldOfChanges, heldOfLevels, ranked, unitsOf } from "./aggregation-oracle.ts";
import {
  aggregations,
  combinings,
  customers,
  meters,
  openReadings,
  regions,
  second,
  seen,
  start,
} from "./support/readings.ts";
import type { ReadingsStage } from "./support/readings.ts";

describe("every aggregation, on ClickHouse, against a plain reading of the events", () => {
  let stage: ReadingsStage;
  let columns: Columns;
  let compared: readonly PartCompared[];

  beforeAll(async () => {
    stage = await openReadings();
    ({ columns, compared } = stage);
  }, 60_000);

  afterAll(() => stage?.[Symbol.asyncDispose](), 30_000);

  test("what is there is what the log holds, to the last digest", async () => {
    expect(await columns.proveParts(compared)).toEqual({ ok: true });
  });

  for (const aggregation of aggregations) {
    for (const cutMax of [1, 2]) {
      test(`${aggregation} up to cut ${cutMax}, as a whole, per customer and per dimension`, async () => {
        const rows = (
          await columns.readUsage({
            tenant: "t",
            from: 0,
            to: start + 86_400 * second,
            cutMax,
            fills: noFills,
          })
        ).filter(({ meter }) => meter === aggregation);
        const known = seen.filter(({ cut }) => cut <= cutMax);
        // What cannot be measured is listed, and not in the quantity.
        const events = known.filter(({ n }) => aggregation !== "sum" || unitsOf(n) >= 0n);
        const pairs = [
          [rows, events],
          ...customers.map((name) => [
            rows.filter(({ customer }) => customer === name),
            events.filter(({ customer }) => customer === name),
          ]),
          ...regions.map((name) => [
            rows.filter(({ dimensions }) => dimensions["région"] === name),
            events.filter(({ region }) => region === name),
          ]),
        ] as [typeof rows, typeof events][];
        for (const [found, oracle] of pairs)
          expect(unitsOf(toText(mergedQuantity(found)))).toBe(aggregated(aggregation, oracle));
        expect(rows.reduce((count, row) => count + row.count, 0)).toBe(events.length);
      });
    }
  }

  // The hour of all events but the first two, and three more.
  const from = Math.floor(start / (3_600 * second)) * 3_600 * second;
  const period = { from, to: from + 4 * 3_600 * second };
  const told = seen.filter(({ time }) => time >= period.from && time < period.to);

  for (const customer of customers) {
    const own = told.filter((each) => each.customer === customer);
    const oracles = [
      ["held changes", heldOfChanges(own, period.to)],
      ["held levels", heldOfLevels(own, period.to)],
      // Of 48 samples, 95 % by nearest rank.
      ...combinings.map(
        (combining) => [`percentile ${combining}`, ranked(46, combining, own, period)] as const,
      ),
      ["quarters", own.reduce((sum, { n }) => sum + unitsOf(n.replace("-", "")), 0n)],
    ] as const;
    for (const [name, expected] of oracles) {
      test(`${name} of ${customer}, from the single events of a period`, async () => {
        const filter = {
          tenant: "t",
          ...period,
          cutMax: 2,
          fills: noFills,
          meters: [name],
          isApart: () => true,
        };
        const rows = (await columns.readUsage(filter)).filter((row) => row.customer === customer);
        expect(rows).toHaveLength(own.length);
        const meter = meters.get(name)?.[0];
        expect(unitsOf(toText(quantityOf(rows, { meter, period })))).toBe(expected);
      });
    }
  }

  test("quarters of an hour have rows of their own", async () => {
    const filter = { tenant: "t", ...period, cutMax: 2, fills: noFills, meters: ["quarters"] };
    const slots = new Set((await columns.readUsage(filter)).map(({ slot }) => slot));
    const quarter = 900 * second;
    expect(slots).toEqual(new Set(told.map(({ time }) => Math.floor(time / quarter) * quarter)));
  });

  test("what is put together over all slots and cuts is what its rows come to", async () => {
    for (const name of ["held changes", "held levels"]) {
      const all = {
        tenant: "t",
        from: 0,
        to: period.to,
        cutMax: 2,
        fills: noFills,
        meters: [name],
      };
      const rows = await columns.readUsage(all);
      const together = await columns.readUsage({ ...all, isPutTogether: true });
      const textOf = (of: UsageRow) => JSON.stringify([of.customer, of.dimensions]);
      const wanted = [...Map.groupBy(rows, textOf)].map(([key, own]) => [
        key,
        toText(mergedQuantity(own)),
        own.reduce((count, row) => count + row.count, 0),
        Math.max(...own.map(({ slot }) => slot)),
      ]);
      const found = together.map((row) => [textOf(row), row.quantity, row.count, row.slot]);
      expect(new Set(found)).toEqual(new Set(wanted));
      expect(together.length).toBeLessThan(rows.length);
    }
  });

  test("live numbers are right for each aggregation by the column that its comment names", async () => {
    const read = [
      ["sum", "sum(quantity)", "usage_live"],
      ["count", "sum(quantity)", "usage_live"],
      ["max", "max(highest)", "usage_live_readings"],
      ["min", "min(lowest)", "usage_live_readings"],
      ["latest", "argMaxMerge(latest)", "usage_live_readings"],
      ["unique", "uniqExactMerge(unique_values)", "usage_live_readings"],
    ] as const;
    for (const [aggregation, expression, table] of read) {
      const shown = await live(columns, aggregation, expression, table);
      const events = seen.filter(({ n }) => aggregation !== "sum" || unitsOf(n) >= 0n);
      expect([aggregation, unitsOf(shown)]).toEqual([aggregation, aggregated(aggregation, events)]);
    }
    expect(unitsOf(await live(columns, "average", "sum(quantity)", "usage_live"))).toBe(
      seen.reduce((sum, { n }) => sum + unitsOf(n), 0n),
    );
    for (const aggregation of ["max", "min", "latest", "unique", "average"])
      expect(await live(columns, aggregation, "sum(count)", "usage_live")).toBe(`${seen.length}`);
    // Nothing can be taken for the total of what has none.
    for (const aggregation of ["max", "min", "latest", "unique"])
      expect(await live(columns, aggregation, "sum(quantity)", "usage_live")).toBe("0");
    for (const aggregation of ["count", "sum", "average"])
      expect(await live(columns, aggregation, "count()", "usage_live_readings")).toBe("0");
  });

  const doctored = [
    ["another time of a latest value", "latest_time = latest_time + 1", "latest"],
    ["another place of a latest value", "latest_offset = latest_offset + 1", "latest"],
    ["another highest value", "quantity = quantity + 1", "max"],
    ["a sum that has a value", "value = 'x'", "sum"],
    ["a sum with a place", "latest_offset = 7", "sum"],
  ] as const;
  for (const [what, change, meter] of doctored) {
    test(`${what} is found`, async () => {
      await alter(columns, "CREATE TABLE kept AS rollups");
      await alter(columns, "INSERT INTO kept SELECT * FROM rollups");
      await alter(
        columns,
        `ALTER TABLE rollups UPDATE ${change} WHERE meter = '${meter}' SETTINGS mutations_sync = 1`,
      );
      const proof = await columns.proveParts(compared);
      await alter(columns, "TRUNCATE TABLE rollups");
      await alter(columns, "INSERT INTO rollups SELECT * FROM kept");
      await alter(columns, "DROP TABLE kept SYNC");
      expect(proof.ok).toBe(false);
      expect(await columns.proveParts(compared)).toEqual({ ok: true });
    });
  }
});

async function live(
  { client }: Columns,
  meter: string,
  expression: string,
  table: string,
): Promise<string> {
  const [row] = await rowsOf<{ found: string }>(
    client,
    `SELECT toString(${expression}) AS found FROM ${table} WHERE meter = {meter:String}`,
    { meter },
  );
  return row?.found ?? "";
}

async function alter({ client }: Columns, query: string): Promise<void> {
  await client.command({ query });
}
