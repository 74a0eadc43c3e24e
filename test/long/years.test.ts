import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { connectColumns, cutsPerSpan, migrate, rowsOf } from "@tallybook/columns";
import type { Columns, MeasuredEvent } from "@tallybook/columns";
import { startTestEngines } from "@tallybook/testkit";
import type { TestEngines } from "@tallybook/testkit";
import { usualMeter } from "@tallybook/testkit/facts";
import { measure, noFills } from "@tallybook/usage";
import type { Meter } from "@tallybook/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Two years and three months of hourly cuts. */
const cutCount = 20_000;
const partitions = 4;
/** The last of them are inserted as the aggregator does it, one by one. */
const single = 150;
const eventsPerPart = 5;
const begin = Date.UTC(2024, 0, 1) / 1_000;
const hourSeconds = 3_600;
const spans = Math.ceil(cutCount / cutsPerSpan);

const meter: Meter = {
  ...usualMeter,
  tenant: "t",
  meter: "tokens",
  version: 1,
  event_type: "llm",
  aggregation: "sum",
  value_property: "n",
};

describe(`${cutCount} hourly cuts, on ClickHouse`, () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-years-"));
  let engines: TestEngines;
  let columns: Columns;
  let options: { url: string; database: string };
  /** Rows that ClickHouse has read for queries, since it was last set to 0. */
  let rowsRead = 0;

  beforeAll(async () => {
    engines = await startTestEngines(dir, "clickhouse");
    options = { url: engines.clickhouseUrl, database: `tallybook_years_${Date.now()}` };
    await migrate(options);
    columns = connectColumns(options);
    countRowsRead(columns, (rows) => (rowsRead += rows));
    const singleFrom = cutCount - single;
    const step = cutsPerSpan / 2;
    for (let from = 0; from < singleFrom; from += step)
      await generate(columns, from, Math.min(from + step, singleFrom));
    for (let cut = singleFrom; cut < cutCount; cut += 1)
      for (let partition = 0; partition < partitions; partition += 1)
        await insertPart(columns, cut, partition);
  }, 300_000);

  afterAll(async () => {
    await columns?.close();
    await engines?.stop();
    rmSync(dir, { recursive: true, force: true });
  }, 30_000);

  test("partitions and their parts stay few", async () => {
    const found = await rowsOf<{ table: string; partitions: string; parts: string }>(
      columns.client,
      "SELECT table, toString(uniqExact(partition_id)) AS partitions, toString(count()) AS parts FROM system.parts WHERE active AND database = currentDatabase() AND table != 'migrations' GROUP BY table ORDER BY table",
    );
    expect(found.map(({ table }) => table)).toEqual(
      ["measurements", "rollups", "usage_events", "usage_live"].toSorted(),
    );
    for (const { table, partitions: count, parts } of found) {
      expect(Number(count), table).toBe(spans * partitions);
      // A part for each cut would be 80,000.
      expect(Number(parts), table).toBeLessThan(spans * partitions * 8);
    }
  });

  test("a part is compared by reading its own rows and little else", async () => {
    rowsRead = 0;
    const controls = await columns.readControls({ cutMin: 9_999, cutMax: 9_999, partition: 2 });
    expect(controls).toMatchObject([{ cut: 9_999, partition: 2, accepted: eventsPerPart }]);
    // Each of eight queries reads at most the partition of a week: a fortieth of a thousandth of all would be a granule.
    expect(rowsRead).toBeLessThan(8 * 8_192);
  });

  test("a month is billed by reading its weeks, and not the years before", async () => {
    const [from, to] = [Date.UTC(2025, 3, 1) * 1_000, Date.UTC(2025, 4, 1) * 1_000];
    rowsRead = 0;
    const usage = await columns.readUsage({
      tenant: "t",
      from,
      to,
      cutMax: cutCount - 1,
      fills: noFills,
    });
    const hours = 30 * 24;
    expect(new Set(usage.map(({ slot }) => slot)).size).toBe(hours);
    expect(usage.reduce((sum, { count }) => sum + count, 0)).toBe(
      hours * partitions * eventsPerPart,
    );
    const rollupsOfWeeks = 6 * cutsPerSpan * partitions * eventsPerPart;
    expect(rowsRead).toBeLessThan(rollupsOfWeeks);
  });

  test("a service that starts finds its way at once", async () => {
    const starting = connectColumns(options);
    try {
      let read = 0;
      countRowsRead(starting, (rows) => (read += rows));
      await starting.prepare();
      const { places, isWhole } = await starting.readMarks({ modulo: partitions, remainder: 1 });
      expect(isWhole).toBe(true);
      expect(places).toHaveLength(spans);
      expect(read).toBeLessThan(100_000);
    } finally {
      await starting.close();
    }
  });
});

/** Cuts as the engine makes them itself: the rows that the real path would have inserted, many cuts at once. */
async function generate({ client }: Columns, from: number, to: number): Promise<void> {
  const rows = (to - from) * partitions * eventsPerPart;
  const cut = `toUInt32(${from} + intDiv(number, ${partitions * eventsPerPart}))`;
  const partition = `toUInt16(intDiv(number, ${eventsPerPart}) % ${partitions})`;
  const time = `toUnixTimestamp(toDateTime(${begin}, 'UTC')) + ${hourSeconds} * ${cut}`;
  await client.command({
    query: `INSERT INTO usage_events (cut, log_partition, raw_offset, tenant, id, type, customer, time, received_at, outcome)
      SELECT ${cut}, ${partition}, ${from} * 100 + number, 't', toString(number), 'llm', concat('c-', toString(number % ${eventsPerPart})), ${time}, ${time}, 'measured' FROM numbers(${rows})`,
  });
  await client.command({
    query: `INSERT INTO measurements (cut, log_partition, raw_offset, tenant, customer, meter, meter_version, slot, quantity)
      SELECT ${cut}, ${partition}, ${from} * 100 + number, 't', concat('c-', toString(number % ${eventsPerPart})), 'tokens', 1, toDateTime(${time}), 1 FROM numbers(${rows})`,
  });
  await client.command({
    query: `INSERT INTO rollups (cut, log_partition, tenant, customer, meter, meter_version, slot, quantity, count)
      SELECT cut, log_partition, tenant, customer, meter, meter_version, slot, sum(quantity), count() FROM measurements
      WHERE cut BETWEEN ${from} AND ${to - 1} GROUP BY cut, log_partition, tenant, customer, meter, meter_version, slot`,
  });
}

async function insertPart(columns: Columns, cut: number, partition: number): Promise<void> {
  const rows = Array.from({ length: eventsPerPart }, (_, at): MeasuredEvent => {
    const event = {
      kind: "UsageAccepted",
      raw_offset: cut * 100 + at,
      cut,
      tenant: "t",
      source: "",
      id: `${cut}-${at}`,
      type: "llm",
      customer: `c-${at}`,
      subscription: null,
      time: (begin + cut * hourSeconds) * 1_000_000,
      properties: { n: "1" },
      content_hash: Buffer.alloc(32),
      received_at: 0,
      door: null,
      api_key: null,
      target: null,
      personal: {},
      corrected: null,
      backfill: null,
    } as const;
    return { event, measured: measure(event, new Map([["tokens", [meter]]])) };
  });
  const range = { generation: 1, cut, partition, from: cut * 100, to: cut * 100 + 9, repair: 0 };
  await columns.insertMeasured(range, rows);
  await columns.buildRollups({ ...range, from: range.to });
}

function countRowsRead({ client }: Columns, add: (rows: number) => void): void {
  const query = client.query.bind(client);
  client.query = async (given: Parameters<typeof query>[0]) => {
    // The sum is in the answer's header, which is to wait until it is whole.
    const settings = { ...given.clickhouse_settings, wait_end_of_query: 1 as const };
    const answer = await query({ ...given, clickhouse_settings: settings });
    const summary = answer.response_headers["x-clickhouse-summary"];
    add(Number((JSON.parse(String(summary ?? "{}")) as { read_rows?: string }).read_rows ?? 0));
    return answer;
  };
}
