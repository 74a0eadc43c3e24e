import type { ClickHouseClient } from "@clickhouse/client";

import { rowsOf } from "./connect.ts";
import { helperViews, mirrorTableNames } from "./mirror/mirror.ts";
import { digestOf, eventText, measurementText, rollupText } from "./control.ts";

/** All of a table up to a cut, in two numbers and a digest that no order of rows changes. */
export interface TableTotal {
  readonly table: string;
  readonly rows: number;
  /** Sum of the rows' SHA-256, hex. */
  readonly digest: string;
}

/** The tables of the columns, as they can be dropped and made again: views before what they feed. */
const made = [
  "usage_live_feed",
  "usage_live_readings_feed",
  "usage_live",
  "usage_live_readings",
  "rollups",
  "measurements",
  "usage_events",
  ...helperViews,
  ...mirrorTableNames,
  "migrations",
];

const place = "toString(cut), '/', toString(log_partition), '/', tenant, '/'";
const liveGroup = "cut, log_partition, tenant, customer, meter, slot";

/** Rows and digest of every table, of the cuts from `cutMin` to `cutMax`. Live numbers are put together first, as merges do. */
export async function readTotals(
  client: ClickHouseClient,
  range: { readonly cutMin: number; readonly cutMax: number },
): Promise<TableTotal[]> {
  const where = "cut BETWEEN {cutMin:UInt32} AND {cutMax:UInt32}";
  const live = "toString((customer, meter, slot, sum(usage_live.quantity), sum(usage_live.count)))";
  const reading =
    "toString((customer, meter, slot, merging, max(highest), min(lowest), argMaxMerge(usage_live_readings.latest), uniqExactMerge(usage_live_readings.unique_values)))";
  const sources = [
    [
      "usage_events",
      `SELECT concat(${place}, ${eventText}) AS text FROM usage_events WHERE ${where}`,
    ],
    [
      "measurements",
      `SELECT concat(${place}, ${measurementText}) AS text FROM measurements WHERE ${where}`,
    ],
    ["rollups", `SELECT concat(${place}, ${rollupText}) AS text FROM rollups WHERE ${where}`],
    [
      "usage_live",
      `SELECT concat(${place}, ${live}) AS text FROM usage_live WHERE ${where} GROUP BY ${liveGroup}`,
    ],
    [
      "usage_live_readings",
      `SELECT concat(${place}, ${reading}) AS text FROM usage_live_readings WHERE ${where} GROUP BY ${liveGroup}, merging`,
    ],
  ] as const;
  return Promise.all(
    sources.map(async ([table, source]) => {
      const [row] = await rowsOf<{ rows: string; digest: string }>(
        client,
        `SELECT toString(count()) AS rows, ${digestOf("text")} AS digest FROM (${source})`,
        range,
      );
      return { table, rows: Number(row?.rows), digest: row?.digest ?? "" };
    }),
  );
}

/** Drops every table and view of the columns. What runs makes them again, and their rows from the log. */
export async function dropTables(client: ClickHouseClient): Promise<void> {
  for (const table of made)
    await client.command({
      query: `DROP TABLE IF EXISTS ${table} SYNC`,
      // What somebody has made of them, such as a dictionary, finds them again.
      clickhouse_settings: { check_table_dependencies: 0 },
    });
}
