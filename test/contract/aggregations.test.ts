import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { connectColumns, migrate, rowsOf } from "@tallybook/columns";
import type { Columns, MeasuredEvent } from "@tallybook/columns";
import { toText } from "@tallybook/money";
import { startTestEngines } from "@tallybook/testkit";
import type { TestEngines } from "@tallybook/testkit";
import { usualMeter } from "@tallybook/testkit/facts";
import {
  createPartControl,
  measure,
  mergedQuantity,
  noFills,
  partDigest,
  quantityOf,
} from "@tallybook/usage";
import type { Meter, PartCompared, UsageAccepted, UsageRow } from "@tallybook/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { aggregated, heldOfChanges, heldOfLevels, ranked, unitsOf } from "./aggregation-oracle.ts";
import type { Plain, Seen } from "./aggregation-oracle.ts";

const aggregations: readonly Plain[] = [
  "count",
  "sum",
  "max",
  "min",
  "latest",
  "unique",
  "average",
];
const meters = new Map(
  aggregations.map((aggregation): [string, Meter[]] => [
    aggregation,
    [
      {
        ...usualMeter,
        tenant: "t",
        meter: aggregation,
        version: 1,
        event_type: "reading",
        aggregation,
        value_property: aggregation === "count" ? null : aggregation === "unique" ? "user" : "n",
        dimensions: ["région"],
      },
    ],
  ]),
);

/** Meters whose quantity is made of single events, and one with quarters of an hour. */
const combinings = ["sum", "max", "latest"] as const;
const special: readonly Partial<Meter>[] = [
  { meter: "held changes", aggregation: "weighted_sum", held: "changes" },
  { meter: "held levels", aggregation: "weighted_sum", held: "levels" },
  ...combinings.map((combining) => ({
    meter: `percentile ${combining}`,
    aggregation: "percentile" as const,
    percent: "95",
    sample_seconds: 300,
    combining,
  })),
  { meter: "quarters", value_property: "positive", slot: "quarter_hour" },
];
for (const part of special) {
  const meter: Meter = {
    ...usualMeter,
    tenant: "t",
    meter: "",
    version: 1,
    event_type: "reading",
    aggregation: "sum",
    value_property: "n",
    dimensions: ["région"],
    ...part,
  };
  meters.set(meter.meter, [meter]);
}

const second = 1_000_000;
const start = 1_700_000_000 * second;
const customers = ["acme", "bétà \u{1f600}"];
const regions = ["eu", "us", "日本"];
const users = ["", "ann", "bob", "ünï\u{1f600}", "1", "o'neil\\", "a\u0000b"];

/** Four parts of two cuts and two partitions: times repeat, so that a latest value hangs on its place, and one is 1970's first. */
const parts = [1, 2].flatMap((cut) => [0, 3].map((partition) => ({ cut, partition })));
const seen: (Seen & { readonly cut: number })[] = parts.flatMap(({ cut, partition }) =>
  Array.from({ length: 60 }, (_, at) => {
    // A small generator of its own, so that a failing number can be found again.
    const draw = (at * 7_919 + cut * 104_729 + partition * 1_299_709) % 9_973;
    const hours = draw % 3;
    return {
      cut,
      partition,
      offset: (cut - 1) * 60 + at,
      customer: customers[draw % 2] ?? "",
      region: regions[draw % 3] ?? "",
      time: at === 0 && cut === 1 ? 0 : start + hours * 3_600 * second + (draw % 4) * 250_001,
      n: numberOf(draw),
      user: users[draw % users.length] ?? "",
    };
  }),
);

function numberOf(draw: number): string {
  const sign = draw % 5 === 0 ? "-" : "";
  return `${sign}${(draw * 31) % 1_000}.${String(draw % 1_000).padStart(12, "0")}`;
}

function rowsOfPart(of: { cut: number; partition: number }): MeasuredEvent[] {
  return seen
    .filter(({ cut, partition }) => cut === of.cut && partition === of.partition)
    .map((each) => {
      const event: UsageAccepted = {
        kind: "UsageAccepted",
        raw_offset: each.offset,
        cut: each.cut,
        tenant: "t",
        source: "",
        id: `${each.partition}/${each.cut}/${each.offset}`,
        type: "reading",
        customer: each.customer,
        subscription: null,
        time: each.time,
        properties: {
          n: each.n,
          positive: each.n.replace("-", ""),
          user: each.user,
          région: each.region,
        },
        content_hash: Buffer.alloc(32, each.offset),
        received_at: start,
        door: null,
        api_key: null,
        target: null,
        personal: {},
      };
      return { event, measured: measure(event, meters) };
    });
}

describe("every aggregation, on ClickHouse, against a plain reading of the events", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-aggregations-"));
  let engines: TestEngines;
  let columns: Columns;
  const compared: PartCompared[] = [];

  beforeAll(async () => {
    engines = await startTestEngines(dir, "clickhouse");
    const options = { url: engines.clickhouseUrl, database: `tallybook_contract_${Date.now()}` };
    await migrate(options);
    columns = connectColumns(options);
    await columns.prepare();
    for (const part of parts) {
      const rows = rowsOfPart(part);
      const control = createPartControl();
      for (const { event, measured } of rows) control.add(event, measured);
      const range = {
        generation: 1,
        ...part,
        from: (part.cut - 1) * 60,
        to: part.cut * 60 - 1,
        repair: 0,
      };
      await columns.insertMeasured(range, rows);
      await columns.insertMeasured(range, rows);
      await columns.buildRollups(range);
      await columns.buildRollups(range);
      const tenants = control.totals();
      compared.push({
        kind: "PartCompared",
        ...part,
        end_offset: 61,
        raw_end_offset: 61,
        repair: 0,
        tenants,
        digest: partDigest(part.cut, part.partition, tenants),
        merkle_root: null,
      });
    }
  }, 60_000);

  afterAll(async () => {
    await columns?.close();
    await engines?.stop();
    rmSync(dir, { recursive: true, force: true });
  }, 30_000);

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
