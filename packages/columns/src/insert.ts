import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import type { Fill, Measured, Measurement, UsageAccepted } from "@tallybook/usage";

import { rollUpQuery } from "./merge.ts";

/** An accepted event and what its meters made of it. */
export interface MeasuredEvent {
  readonly event: UsageAccepted;
  readonly measured: Measured;
}

/** Which rows an insert holds; a function of the log alone, so that a repeat carries the same token and changes nothing. */
export interface InsertRange {
  readonly generation: number;
  readonly cut: number;
  readonly partition: number;
  /** Offsets in `usage.raw`, inclusive. */
  readonly from: number;
  readonly to: number;
  /** How often the part was dropped and inserted again. */
  readonly repair: number;
}

/** Whose history is filled: rows that are added to a part which was compared without them. */
export type FilledMeter = Pick<Fill, "tenant" | "meter">;

/** One insert is one block, or a retry that splits it otherwise would lose or double rows. */
export const oneBlock: ClickHouseSettings = {
  async_insert: 0,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  max_insert_threads: "1",
  input_format_parallel_parsing: 0,
  max_insert_block_size: "10000000",
  min_insert_block_size_rows: "10000000",
  min_insert_block_size_bytes: "1000000000",
};

/** Inserts events and their measurements, each under the range's token. Resolves once ClickHouse has them. */
export async function insertMeasured(
  client: ClickHouseClient,
  range: InsertRange,
  rows: readonly MeasuredEvent[],
  reached: (point: "columns.events") => void = () => {},
): Promise<void> {
  const areCorrected = rows.some(({ event }) => event.corrected !== null);
  const events = rows.map(({ event, measured }) => {
    const row = eventRow(range, event, measured);
    return areCorrected ? [...row, ...correctionRow(event)] : row;
  });
  const columns: Columns = areCorrected ? [...eventColumns, ...correctionColumns] : eventColumns;
  await insertRows(client, "usage_events", columns, range, events);
  reached("columns.events");
  await insertMeasurements(client, range, rows);
}

/** Inserts what a meter whose history is filled makes of events that are there already, under tokens of its own. */
export async function insertFilled(
  client: ClickHouseClient,
  range: InsertRange,
  fill: FilledMeter,
  rows: readonly MeasuredEvent[],
): Promise<void> {
  await insertMeasurements(client, range, rows, fill);
}

async function insertMeasurements(
  client: ClickHouseClient,
  range: InsertRange,
  rows: readonly MeasuredEvent[],
  fill?: FilledMeter,
): Promise<void> {
  const all = rows.flatMap(({ measured }) => measured.measurements);
  const isOfSums = all.every(isSum);
  const areTakenBack = all.some(({ takes_back }) => takes_back !== null);
  const areBackfilled = all.some(({ backfill }) => backfill !== "");
  const measurements = rows.flatMap(({ event, measured }) =>
    measured.measurements.map((row) => [
      ...measurementRow(range, event, row),
      ...(isOfSums ? [] : mergingRow(row)),
      ...(areTakenBack ? [row.takes_back ?? -1] : []),
      ...(areBackfilled ? [row.backfill] : []),
    ]),
  );
  const columns: Columns = [
    ...measurementColumns,
    ...(isOfSums ? [] : mergingColumns),
    ...(areTakenBack ? ["takes_back"] : []),
    ...(areBackfilled ? ["backfill"] : []),
  ];
  await insertRows(client, "measurements", columns, range, measurements, fill);
}

/** Makes the rollups of a part from its measurements: all, or those that a fill has added. Repeating it changes nothing. */
export async function buildRollups(
  client: ClickHouseClient,
  range: InsertRange,
  fill?: FilledMeter,
): Promise<void> {
  const { cut, partition } = range;
  await client.command({
    query: rollUpQuery(
      fill === undefined ? "" : "AND tenant = {tenant:String} AND meter = {meter:String}",
    ),
    query_params: { cut, partition, tenant: fill?.tenant ?? "", meter: fill?.meter ?? "" },
    clickhouse_settings: {
      ...oneBlock,
      insert_deduplication_token: tokenOf("rollups", range, fill),
    },
  });
}

type Columns = readonly [string, ...string[]];

async function insertRows(
  client: ClickHouseClient,
  table: string,
  columns: Columns,
  range: InsertRange,
  values: readonly (readonly unknown[])[],
  fill?: FilledMeter,
): Promise<void> {
  if (values.length === 0) return;
  await client.insert({
    table,
    columns: [...columns],
    values,
    // Half the bytes of rows with names, and less to read for both sides.
    format: "JSONCompactEachRow",
    clickhouse_settings: { ...oneBlock, insert_deduplication_token: tokenOf(table, range, fill) },
  });
}

function tokenOf(
  table: string,
  { generation, partition, from, to, repair }: InsertRange,
  fill?: FilledMeter,
): string {
  const of = fill === undefined ? "" : `:fill:${fill.tenant}:${fill.meter}`;
  return `${generation}:${table}:usage.accepted:${partition}:${from}-${to}:${repair}${of}`;
}

const eventColumns: Columns = [
  "cut",
  "log_partition",
  "raw_offset",
  "tenant",
  "source",
  "id",
  "type",
  "customer",
  "subscription",
  "time",
  "received_at",
  "properties",
  "content_hash",
  "outcome",
  "outcome_reason",
  "door",
  "api_key",
];

function eventRow(
  range: InsertRange,
  event: UsageAccepted,
  { outcome, reason }: Measured,
): readonly unknown[] {
  return [
    range.cut,
    range.partition,
    event.raw_offset,
    event.tenant,
    event.source,
    event.id,
    event.type,
    event.customer,
    event.subscription ?? "",
    decimalSeconds(event.time),
    decimalSeconds(event.received_at),
    event.properties,
    Buffer.from(event.content_hash).toString("hex"),
    outcome,
    reason,
    event.door ?? "",
    event.api_key ?? "",
  ];
}

/** What every other event leaves at its defaults. */
const correctionColumns = [
  "target",
  "target_offset",
  "replaced_offset",
  "retracts",
  "reason",
] as const;

function correctionRow({ target, corrected }: UsageAccepted): readonly unknown[] {
  if (corrected === null) return ["", -1, -1, false, ""];
  const { target_offset, replaced, retracts, reason } = corrected;
  return [target, target_offset, replaced.raw_offset, retracts, reason];
}

const measurementColumns: Columns = [
  "cut",
  "log_partition",
  "raw_offset",
  "tenant",
  "customer",
  "subscription",
  "meter",
  "meter_version",
  "slot",
  "dimensions",
  "quantity",
];

function measurementRow(
  range: InsertRange,
  event: UsageAccepted,
  row: Measurement,
): readonly unknown[] {
  return [
    range.cut,
    range.partition,
    event.raw_offset,
    row.tenant,
    row.customer,
    row.subscription,
    row.meter,
    row.meter_version,
    row.slot / 1_000_000,
    row.dimensions,
    row.quantity,
  ];
}

/** What a sum leaves at its defaults: left out where nothing but sums is inserted, as usual. */
const mergingColumns = ["merging", "value", "latest_time"] as const;

function isSum({ merging }: Measurement): boolean {
  return merging === "sum";
}

function mergingRow({ merging, value, latest_time }: Measurement): readonly unknown[] {
  return [merging, value, decimalSeconds(latest_time)];
}

/** Fewer digits, as the first months of 1970 have, are read as a date. */
const secondsDigits = 10;

// ClickHouse reads a DateTime64 from seconds with a fraction; written as text, since a float would lose microseconds.
function decimalSeconds(micros: number): string {
  const seconds = String(Math.floor(micros / 1_000_000)).padStart(secondsDigits, "0");
  return `${seconds}.${String(micros % 1_000_000).padStart(6, "0")}`;
}
