import type { ClickHouseClient } from "@clickhouse/client";
import type { Micros } from "@tallybook/periods";
import type { UsageRow } from "@tallybook/usage";

import { rowsOf } from "./connect.ts";
import { merged } from "./merge.ts";

/** Which rollups to read: slots in [from, to), known at cut `cutMax`, and not before `cutMin`. */
export interface UsageFilter {
  readonly tenant: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly cutMax: number;
  readonly cutMin?: number;
  /** All customers, unless given. */
  readonly customers?: readonly string[];
}

const microsPerSecond = 1_000_000;

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
      from: filter.from / microsPerSecond,
      to: filter.to / microsPerSecond,
      customers: filter.customers ?? [],
    },
  );
  return rows.map(usageRow);
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
    slot: Number(slot_start) * microsPerSecond,
    count: Number(count),
    latest: row.merging === "latest" ? latest : null,
  };
}
