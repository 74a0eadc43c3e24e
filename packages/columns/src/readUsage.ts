import type { ClickHouseClient } from "@clickhouse/client";
import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import type { UsageRow } from "@tallybook/usage";

import { rowsOf } from "./connect.ts";
import { merged } from "./merge.ts";
import { readEventRows } from "./readEventRows.ts";

/** Which rollups to read: slots with any part in [from, to), known at cut `cutMax`, and not before `cutMin`. */
export interface UsageFilter {
  readonly tenant: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly cutMax: number;
  readonly cutMin?: number;
  /** All customers, unless given. */
  readonly customers?: readonly string[];
  /** Rows for which it holds are replaced by the single events that they are made of; none, unless given. */
  readonly isApart?: (row: UsageRow) => boolean;
}

/** The rollups of a tenant, one row per group and cut over all partitions, in a fixed order. */
export async function readUsage(
  client: ClickHouseClient,
  filter: UsageFilter,
): Promise<UsageRow[]> {
  const rows = await rowsOf<FoundRow>(
    client,
    `SELECT tenant, customer, subscription, meter, meter_version, toString(toUnixTimestamp(slot)) AS slot_start, dimensions, cut,
      merging, value, toString(${merged("rollups.quantity", place)}) AS quantity, toString(sum(rollups.count)) AS count,
      max(${place}) AS last, toString(toUnixTimestamp64Micro(tupleElement(last, 1))) AS last_time, tupleElement(last, 2) AS last_partition, toString(tupleElement(last, 3)) AS last_offset
      FROM rollups
      WHERE tenant = {tenant:String} AND cut BETWEEN {cutMin:UInt32} AND {cutMax:UInt32}
        AND slot >= fromUnixTimestamp({from:UInt32}) AND slot < fromUnixTimestamp({to:UInt32})
        ${filter.customers === undefined ? "" : "AND customer IN {customers:Array(String)}"}
      GROUP BY tenant, customer, subscription, meter, meter_version, slot, dimensions, merging, value, cut
      ORDER BY customer, subscription, meter, meter_version, slot, mapKeys(dimensions), mapValues(dimensions), merging, value, cut`,
    {
      tenant: filter.tenant,
      cutMin: filter.cutMin ?? 0,
      cutMax: filter.cutMax,
      from: (Math.floor(filter.from / MICROS_PER_HOUR) * MICROS_PER_HOUR) / MICROS_PER_SECOND,
      to: Math.ceil(filter.to / MICROS_PER_SECOND),
      customers: filter.customers ?? [],
    },
  );
  return toldApart(client, filter, rows.map(usageRow));
}

const place = "(latest_time, log_partition, latest_offset)";

type FoundRow = Omit<UsageRow, "slot" | "count" | "latest"> & {
  readonly slot_start: string;
  readonly count: string;
  readonly last: unknown;
  readonly last_time: string;
  readonly last_partition: number;
  readonly last_offset: string;
};

function usageRow({
  slot_start,
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
