import type { ClickHouseClient } from "@clickhouse/client";
import type { Micros } from "@tallybook/periods";
import type { UsageRow } from "@tallybook/usage";

import { rowsOf } from "./connect.ts";

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
  const rows = await rowsOf<
    Omit<UsageRow, "slot" | "count"> & { slot_start: string; count: string }
  >(
    client,
    `SELECT tenant, customer, subscription, meter, meter_version, toString(toUnixTimestamp(slot)) AS slot_start, dimensions, cut,
      toString(sum(quantity)) AS quantity, toString(sum(count)) AS count
      FROM rollups
      WHERE tenant = {tenant:String} AND cut BETWEEN {cutMin:UInt32} AND {cutMax:UInt32}
        AND slot >= fromUnixTimestamp({from:UInt32}) AND slot < fromUnixTimestamp({to:UInt32})
        ${filter.customers === undefined ? "" : "AND customer IN {customers:Array(String)}"}
      GROUP BY tenant, customer, subscription, meter, meter_version, slot, dimensions, cut
      ORDER BY customer, subscription, meter, meter_version, slot, mapKeys(dimensions), mapValues(dimensions), cut`,
    {
      tenant: filter.tenant,
      cutMin: filter.cutMin ?? 0,
      cutMax: filter.cutMax,
      from: filter.from / microsPerSecond,
      to: filter.to / microsPerSecond,
      customers: filter.customers ?? [],
    },
  );
  return rows.map(({ slot_start, count, ...row }) => ({
    ...row,
    slot: Number(slot_start) * microsPerSecond,
    count: Number(count),
  }));
}
