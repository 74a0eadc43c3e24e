import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { connectColumns, migrate } from "@tallybook/columns";
import type { Columns, MeasuredEvent } from "@tallybook/columns";
import { startTestEngines } from "@tallybook/testkit";
import { usualMeter } from "@tallybook/testkit/facts";
import { createPartControl, measure, partDigest } from "@tallybook/usage";
import type { Meter, PartCompared, UsageAccepted } from "@tallybook/usage";

import type { Plain, Seen } from "../aggregation-oracle.ts";

export const aggregations: readonly Plain[] = [
  "count",
  "sum",
  "max",
  "min",
  "latest",
  "unique",
  "average",
];
export const meters = new Map(
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
export const combinings = ["sum", "max", "latest"] as const;
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

export const second = 1_000_000;
export const start = 1_700_000_000 * second;
export const customers = ["acme", "bétà \u{1f600}"];
export const regions = ["eu", "us", "日本"];
const users = ["", "ann", "bob", "ünï\u{1f600}", "1", "o'neil\\", "a\u0000b"];

/** Four parts of two cuts and two partitions: times repeat, so that a latest value hangs on its place, and one is 1970's first. */
const parts = [1, 2].flatMap((cut) => [0, 3].map((partition) => ({ cut, partition })));
export const seen: (Seen & { readonly cut: number })[] = parts.flatMap(({ cut, partition }) =>
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
      const event = readingOf(each);
      return { event, measured: measure(event, meters) };
    });
}

/** What was seen, as an accepted event. */
export function readingOf(each: Seen & { readonly cut: number }): UsageAccepted {
  return {
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
    corrected: null,
    backfill: null,
  };
}

/** A part with the rows that its inserts have. */
export interface ReadingsPart {
  readonly cut: number;
  readonly partition: number;
  readonly rows: readonly MeasuredEvent[];
}

/** ClickHouse with all of it, in parts that were compared. */
export interface ReadingsStage extends AsyncDisposable {
  readonly columns: Columns;
  readonly compared: readonly PartCompared[];
}

/** All that was seen, and the parts behind it. */
export async function openReadings(more: readonly ReadingsPart[] = []): Promise<ReadingsStage> {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-aggregations-"));
  const engines = await startTestEngines(dir, "clickhouse");
  const options = { url: engines.clickhouseUrl, database: `tallybook_contract_${Date.now()}` };
  await migrate(options);
  const columns = connectColumns(options);
  await columns.prepare();
  const compared: PartCompared[] = [];
  for (const { rows, ...part } of [
    ...parts.map((part) => ({ ...part, rows: rowsOfPart(part) })),
    ...more,
  ]) {
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
  return {
    columns,
    compared,
    async [Symbol.asyncDispose]() {
      await columns.close();
      await engines.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
