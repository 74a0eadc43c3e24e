import { TupleParam } from "@clickhouse/client";
import type { ClickHouseClient } from "@clickhouse/client";
import { MICROS_PER_SECOND } from "@tallybook/periods";
import { rollupKey } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { rowsOf } from "./connect.ts";

/** Rows of the rollups whose events one query reads: their keys are in its address. */
const rowsMax = 500;

/** The single events that rows of the rollups are made of, each as a row, in the order of the rows and then of the log. */
export async function readEventRows(
  client: ClickHouseClient,
  tenant: string,
  rollups: readonly UsageRow[],
): Promise<UsageRow[]> {
  const events: UsageRow[] = [];
  for (let at = 0; at < rollups.length; at += rowsMax) {
    const chunk = rollups.slice(at, at + rowsMax);
    const keys = new Set(chunk.map(rollupKey));
    for (const row of await readChunk(client, tenant, chunk))
      if (keys.has(rollupKey(row))) events.push(row);
  }
  return events;
}

async function readChunk(
  client: ClickHouseClient,
  tenant: string,
  rollups: readonly UsageRow[],
): Promise<UsageRow[]> {
  const groups = new Map(
    rollups.map(({ cut, customer, meter, slot }) => [
      JSON.stringify([cut, customer, meter, slot]),
      new TupleParam([cut, meter, customer, slot / MICROS_PER_SECOND]),
    ]),
  );
  const rows = await rowsOf<FoundRow>(
    client,
    `SELECT tenant, customer, subscription, meter, meter_version, toString(toUnixTimestamp(slot)) AS slot_start, dimensions, cut,
      merging, value, toString(quantity) AS amount, log_partition, toString(raw_offset) AS offset,
      toString(toUnixTimestamp64Micro(happened)) AS time_text, said
      FROM (
        SELECT * FROM measurements
        WHERE tenant = {tenant:String} AND cut IN {cuts:Array(UInt32)} AND customer IN {customers:Array(String)}
          AND (cut, meter, customer, toUnixTimestamp(slot)) IN {groups:Array(Tuple(UInt32, String, String, UInt32))}
      ) AS measured
      INNER JOIN (
        SELECT cut, log_partition, raw_offset, time AS happened, properties AS said FROM usage_events
        WHERE tenant = {tenant:String} AND cut IN {cuts:Array(UInt32)} AND customer IN {customers:Array(String)}
      ) AS events USING (cut, log_partition, raw_offset)
      ORDER BY customer, meter, slot, happened, log_partition, raw_offset`,
    {
      tenant,
      cuts: [...new Set(rollups.map(({ cut }) => cut))],
      customers: [...new Set(rollups.map(({ customer }) => customer))],
      groups: [...groups.values()],
    },
  );
  return rows.map(eventRow);
}

type FoundRow = Pick<
  UsageRow,
  | "tenant"
  | "customer"
  | "subscription"
  | "meter"
  | "meter_version"
  | "dimensions"
  | "cut"
  | "merging"
  | "value"
> & {
  readonly slot_start: string;
  readonly amount: string;
  readonly log_partition: number;
  readonly offset: string;
  readonly time_text: string;
  readonly said: Readonly<Record<string, string>>;
};

function eventRow(found: FoundRow): UsageRow {
  const { slot_start, amount, log_partition, offset, time_text, said, ...row } = found;
  const place = {
    time: Number(time_text),
    partition: log_partition,
    raw_offset: Number(offset),
  };
  return {
    ...row,
    slot: Number(slot_start) * MICROS_PER_SECOND,
    quantity: amount,
    count: 1,
    latest: row.merging === "latest" ? place : null,
    event: { ...place, properties: said },
  };
}
