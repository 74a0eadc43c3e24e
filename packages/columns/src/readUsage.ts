import type { ClickHouseClient } from "@clickhouse/client";
import { MICROS_PER_SECOND, slotOf } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import type { Fills, UsageRow } from "@tallybook/usage";

import { rowsOf } from "./connect.ts";
import { knownBetween } from "./filled.ts";
import { merged } from "./merge.ts";
import { readEventRows } from "./readEventRows.ts";

/** Which rollups to read: slots with any part in [from, to), known at cut `cutMax`, and not before `cutMin`. */
export interface UsageFilter {
  readonly tenant: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly cutMax: number;
  readonly cutMin?: number;
  /** What was filled into older cuts, and is known from a later one on. */
  readonly fills: Fills;
  /** All customers, unless given. */
  readonly customers?: readonly string[];
  /** All meters, unless given. */
  readonly meters?: readonly string[];
  /** One row for all slots, cuts and meter versions, with the last of them. */
  readonly isPutTogether?: boolean;
  /** Rows for which it holds are replaced by the single events that they are made of; none, unless given. */
  readonly isApart?: (row: UsageRow) => boolean;
}

/** The rollups of a tenant, one row per group and cut over all partitions, in a fixed order. */
export async function readUsage(
  client: ClickHouseClient,
  filter: UsageFilter,
): Promise<UsageRow[]> {
  const isWhole = filter.isPutTogether === true;
  const [slot, cut, version] = isWhole
    ? ["max(slot)", "max(cut)", "max(meter_version)"]
    : ["slot", "cut", "meter_version"];
  const known = knownBetween(filter.fills, filter.cutMin ?? 0, filter.cutMax);
  const rows = await rowsOf<FoundRow>(
    client,
    `SELECT tenant, customer, subscription, meter, ${version} AS measured_by, toString(toUnixTimestamp(${slot})) AS slot_start, dimensions, ${cut} AS known_at,
      merging, value, toString(${merged("rollups.quantity", place)}) AS quantity, toString(sum(rollups.count)) AS count,
      max(${place}) AS last, toString(toUnixTimestamp64Micro(tupleElement(last, 1))) AS last_time, tupleElement(last, 2) AS last_partition, toString(tupleElement(last, 3)) AS last_offset
      FROM rollups
      WHERE tenant = {tenant:String} AND ${known.sql}
        AND slot >= fromUnixTimestamp({from:UInt32}) AND slot < fromUnixTimestamp({to:UInt32})
        ${filter.customers === undefined ? "" : "AND customer IN {customers:Array(String)}"}
        ${filter.meters === undefined ? "" : "AND meter IN {meters:Array(String)}"}
      GROUP BY tenant, customer, subscription, meter, dimensions, merging, value${isWhole ? "" : ", meter_version, slot, cut"}
      ORDER BY customer, subscription, meter, ${version}, ${slot}, mapKeys(dimensions), mapValues(dimensions), merging, value, ${cut}`,
    {
      tenant: filter.tenant,
      ...known.parameters,
      from: slotOf(filter.from) / MICROS_PER_SECOND,
      to: Math.ceil(filter.to / MICROS_PER_SECOND),
      customers: filter.customers ?? [],
      meters: filter.meters ?? [],
    },
  );
  return toldApart(client, filter, rows.map(usageRow));
}

const place = "(latest_time, log_partition, latest_offset)";

type FoundRow = Omit<UsageRow, "slot" | "count" | "latest" | "meter_version" | "cut"> & {
  readonly slot_start: string;
  readonly measured_by: number;
  readonly known_at: number;
  readonly count: string;
  readonly last: unknown;
  readonly last_time: string;
  readonly last_partition: number;
  readonly last_offset: string;
};

function usageRow({
  slot_start,
  measured_by,
  known_at,
  count,
  last: _,
  last_time,
  last_partition,
  last_offset,
  ...row
}: FoundRow): UsageRow {
  const latest = {
    time: Number(last_time),
    partition: last_partition,
    raw_offset: Number(last_offset),
  };
  return {
    ...row,
    meter_version: measured_by,
    cut: known_at,
    slot: Number(slot_start) * MICROS_PER_SECOND,
    count: Number(count),
    latest: row.merging === "latest" ? latest : null,
    event: null,
  };
}

async function toldApart(
  client: ClickHouseClient,
  { tenant, isApart }: UsageFilter,
  rows: UsageRow[],
): Promise<UsageRow[]> {
  const apart = isApart === undefined ? [] : rows.filter(isApart);
  if (apart.length === 0) return rows;
  const replaced = new Set(apart);
  const events = await readEventRows(client, tenant, apart);
  return [...rows.filter((row) => !replaced.has(row)), ...events];
}
