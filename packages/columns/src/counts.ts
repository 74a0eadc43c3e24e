import type { ClickHouseClient } from "@clickhouse/client";
import type { Fills, PartCompared, TenantControl } from "@tallybook/usage";

import { rowsOf } from "./connect.ts";
import { knownBetween } from "./filled.ts";
import { usageTables } from "./marks.ts";
import type { UsageTable } from "./marks.ts";
import { cutsOf } from "./spans.ts";
import type { SpanPlace } from "./spans.ts";

/** Rows of a cut by table; of the live totals, the measurements that they say they are made of. */
export type CutCounts = Readonly<Record<CountedTable, number>>;

/** Readings are not counted: their rows do not say how many measurements they are of. */
export type CountedTable = Exclude<UsageTable, "usage_live_readings">;

export const countedTables: readonly CountedTable[] = [
  "usage_events",
  "measurements",
  "rollups",
  "usage_live",
];

export const noRows: CutCounts = { usage_events: 0, measurements: 0, rollups: 0, usage_live: 0 };

/** The rows that a part has when it is as it was compared. */
export function countsOf({ tenants }: Pick<PartCompared, "tenants">): CutCounts {
  const sum = (count: (tenant: TenantControl) => number): number =>
    tenants.reduce((total, tenant) => total + count(tenant), 0);
  const measurements = sum((tenant) => tenant.measurements);
  return {
    usage_events: sum(({ accepted }) => accepted),
    measurements,
    rollups: sum(({ rollups }) => rollups),
    usage_live: measurements,
  };
}

/** Counts the rows of a place by cut: cheap, since a column of sorted numbers is all that is read. */
export async function readCounts(
  client: ClickHouseClient,
  { span, partition }: SpanPlace,
): Promise<Map<number, CutCounts>> {
  const counts = new Map<number, CutCounts>();
  const where =
    "cut BETWEEN {cutMin:UInt32} AND {cutMax:UInt32} AND log_partition = {partition:UInt16}";
  const query = countedTables
    .map((table) => {
      const count = table === "usage_live" ? "sum(count)" : "count()";
      return `SELECT '${table}' AS table, cut, toString(${count}) AS rows FROM ${table} WHERE ${where} GROUP BY cut`;
    })
    .join(" UNION ALL ");
  const rows = await rowsOf<{ table: CountedTable; cut: number; rows: string }>(client, query, {
    ...cutsOf(span),
    partition,
  });
  for (const { table, cut, rows: count } of rows)
    counts.set(cut, { ...(counts.get(cut) ?? noRows), [table]: Number(count) });
  return counts;
}

/** The highest `raw_offset` of the events that a part has; -1 where it has none. */
export async function readHighest(
  client: ClickHouseClient,
  { cut, partition }: { readonly cut: number; readonly partition: number },
): Promise<number> {
  const [row] = await rowsOf<{ rows: string; highest: string }>(
    client,
    `SELECT toString(count()) AS rows, toString(max(raw_offset)) AS highest FROM usage_events
      WHERE cut = {cut:UInt32} AND log_partition = {partition:UInt16}`,
    { cut, partition },
  );
  return row === undefined || row.rows === "0" ? -1 : Number(row.highest);
}

/** How many rows of rollups a tenant has in the cuts up to `cutMax`, without those of fills that are not known there. */
export async function countRollups(
  client: ClickHouseClient,
  { tenant, cutMax, fills }: RollupsCounted,
): Promise<number> {
  const known = knownBetween(fills, 0, cutMax);
  const [row] = await rowsOf<{ rows: string }>(
    client,
    `SELECT toString(count()) AS rows FROM rollups WHERE tenant = {tenant:String} AND ${known.sql}`,
    { tenant, ...known.parameters },
  );
  return Number(row?.rows);
}

export interface RollupsCounted {
  readonly tenant: string;
  readonly cutMax: number;
  readonly fills: Fills;
}

/**
 * Removes the rows of some cuts from every table of a place. Resolves when they are gone. What is inserted there again
 * needs tokens that were never used, since ClickHouse remembers those of the rows that are gone.
 */
export async function deleteCuts(
  client: ClickHouseClient,
  { span, partition }: SpanPlace,
  cuts: readonly number[],
): Promise<void> {
  if (cuts.length === 0) return;
  const where = "log_partition = {partition:UInt16} AND cut IN {cuts:Array(UInt32)}";
  const rows = await rowsOf<{ table: UsageTable; cut: number }>(
    client,
    usageTables
      .map((table) => `SELECT DISTINCT '${table}' AS table, cut FROM ${table} WHERE ${where}`)
      .join(" UNION ALL "),
    { partition, cuts },
  );
  // Written out and not as parameters: `readMarks` knows our deletes by their text.
  const place = [span, partition].map((number) => BigInt(number)).join(", ");
  // A delete visits every part of its table, seconds where there are hundreds: where nothing is to be deleted, there is none.
  await Promise.all(
    [...Map.groupBy(rows, ({ table }) => table)].map(([table, found]) => {
      const list = found.map(({ cut }) => BigInt(cut)).join(", ");
      return client.command({
        query: `DELETE FROM ${table} IN PARTITION (${place}) WHERE cut IN (${list})`,
        clickhouse_settings: { lightweight_deletes_sync: "2" },
      });
    }),
  );
}
