import type { ClickHouseClient } from "@clickhouse/client";

import { rowsOf } from "./connect.ts";

/** A part and tenant whose live numbers are not what the measurements come to. */
export interface WrongLive {
  readonly cut: number;
  readonly partition: number;
  readonly tenant: string;
}

/** Compares the live tables with the measurements: each group once from either side, and what is left differs. */
export async function readWrongLive(
  client: ClickHouseClient,
  where: string,
  parameters: Record<string, unknown>,
): Promise<WrongLive[]> {
  const [totals, readings] = await Promise.all([
    rowsOf<WrongLive>(client, totalsQuery(where), parameters),
    rowsOf<WrongLive>(client, readingsQuery(where), parameters),
  ]);
  return [...totals, ...readings];
}

const place = "cut, log_partition AS partition, tenant";
const group = "cut, log_partition, tenant, customer, meter, slot";

function totalsQuery(where: string): string {
  const amount =
    "if(merging IN ('sum', 'average'), CAST(if(merging = 'average' AND takes_back >= 0, -quantity, quantity), 'Decimal(76, 12)'), CAST(0, 'Decimal(76, 12)'))";
  return `SELECT DISTINCT cut, partition, tenant FROM (
      SELECT ${place}, customer, meter, slot, ${amount} AS amount, toInt64(1) AS number FROM measurements WHERE ${where}
      UNION ALL
      SELECT ${place}, customer, meter, slot, -quantity AS amount, -toInt64(count) AS number FROM usage_live WHERE ${where}
    ) GROUP BY cut, partition, tenant, customer, meter, slot HAVING sum(amount) != 0 OR sum(number) != 0`;
}

function readingsQuery(where: string): string {
  return `SELECT DISTINCT cut, partition, tenant FROM (
      SELECT ${place}, toString((customer, meter, slot, merging, max(measurements.quantity), min(measurements.quantity),
        argMax(measurements.quantity, (latest_time, log_partition, raw_offset)), uniqExact(value))) AS reading, 1 AS side
      FROM measurements WHERE ${where} AND merging IN ('max', 'min', 'latest', 'unique') AND takes_back < 0 GROUP BY ${group}, merging
      UNION ALL
      SELECT ${place}, toString((customer, meter, slot, merging, max(highest), min(lowest),
        argMaxMerge(usage_live_readings.latest), uniqExactMerge(usage_live_readings.unique_values))) AS reading, -1 AS side
      FROM usage_live_readings WHERE ${where} GROUP BY ${group}, merging
    ) GROUP BY cut, partition, tenant, reading HAVING sum(side) != 0`;
}
