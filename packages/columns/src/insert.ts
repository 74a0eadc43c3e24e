import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import type { Measured, UsageAccepted } from "@tallybook/usage";

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

/** One insert is one block, or a retry that splits it otherwise would lose or double rows. */
const oneBlock: ClickHouseSettings = {
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
  const events = rows.map(({ event, measured }) => eventColumns(range, event, measured));
  const measurements = rows.flatMap(({ event, measured }) =>
    measurementColumns(range, event, measured),
  );
  await insertRows(client, "usage_events", range, events);
  reached("columns.events");
  await insertRows(client, "measurements", range, measurements);
}

/** Makes the rollups of a part from its measurements. Repeating it changes nothing. */
export async function buildRollups(client: ClickHouseClient, range: InsertRange): Promise<void> {
  await client.command({
    query: `INSERT INTO rollups (cut, log_partition, tenant, customer, subscription, meter, meter_version, slot, dimensions, quantity, count)
      SELECT cut, log_partition, tenant, customer, subscription, meter, meter_version, slot, dimensions, sum(CAST(quantity, 'Decimal(76, 12)')), count()
      FROM measurements WHERE cut = {cut:UInt32} AND log_partition = {partition:UInt16}
      GROUP BY cut, log_partition, tenant, customer, subscription, meter, meter_version, slot, dimensions
      ORDER BY tenant, meter, customer, slot, subscription, meter_version, mapKeys(dimensions), mapValues(dimensions)`,
    query_params: { cut: range.cut, partition: range.partition },
    clickhouse_settings: { ...oneBlock, insert_deduplication_token: tokenOf("rollups", range) },
  });
}

async function insertRows(
  client: ClickHouseClient,
  table: string,
  range: InsertRange,
  values: readonly object[],
): Promise<void> {
  if (values.length === 0) return;
  await client.insert({
    table,
    values,
    format: "JSONEachRow",
    clickhouse_settings: { ...oneBlock, insert_deduplication_token: tokenOf(table, range) },
  });
}

function tokenOf(table: string, { generation, partition, from, to, repair }: InsertRange): string {
  return `${generation}:${table}:usage.accepted:${partition}:${from}-${to}:${repair}`;
}

function eventColumns(
  range: InsertRange,
  event: UsageAccepted,
  { outcome, reason }: Measured,
): object {
  return {
    cut: range.cut,
    log_partition: range.partition,
    raw_offset: event.raw_offset,
    tenant: event.tenant,
    source: event.source,
    id: event.id,
    type: event.type,
    customer: event.customer,
    subscription: event.subscription ?? "",
    time: decimalSeconds(event.time),
    received_at: decimalSeconds(event.received_at),
    properties: event.properties,
    content_hash: Buffer.from(event.content_hash).toString("hex"),
    outcome,
    outcome_reason: reason,
    door: event.door ?? "",
    api_key: event.api_key ?? "",
  };
}

function measurementColumns(
  range: InsertRange,
  event: UsageAccepted,
  { measurements }: Measured,
): object[] {
  return measurements.map((row) => ({
    cut: range.cut,
    log_partition: range.partition,
    raw_offset: event.raw_offset,
    tenant: row.tenant,
    customer: row.customer,
    subscription: row.subscription,
    meter: row.meter,
    meter_version: row.meter_version,
    slot: row.slot / 1_000_000,
    dimensions: row.dimensions,
    quantity: row.quantity,
  }));
}

// ClickHouse reads a DateTime64 from seconds with a fraction; written as text, since a float would lose microseconds.
function decimalSeconds(micros: number): string {
  return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, "0")}`;
}
