import { TupleParam } from "@clickhouse/client";
import type { ClickHouseClient } from "@clickhouse/client";
import { MICROS_PER_SECOND } from "@tallybook/periods";
import { rollupKey } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { rowsOf } from "./connect.ts";
import { isStanding } from "./standing.ts";
import type { Asked } from "./standing.ts";

/** Rows of the rollups whose events one query reads: their keys are in its address. */
const rowsMax = 500;

/** Nothing was taken back; or what was is left out; or what takes back is a row too, at the time of what it takes back. */
export type Corrected = "nothing" | { readonly leftOut: Asked } | "rows";

/**
 * The single events that rows of the rollups are made of, each as a row, in the order of the rows and then of the log.
 */
export async function readEventRows(
  client: ClickHouseClient,
  tenant: string,
  rollups: readonly UsageRow[],
  corrected: Corrected,
): Promise<UsageRow[]> {
  const events: UsageRow[] = [];
  for (let at = 0; at < rollups.length; at += rowsMax) {
    const chunk = rollups.slice(at, at + rowsMax);
    const keys = new Set(chunk.map(rollupKey));
    for (const row of await readChunk(client, tenant, chunk, corrected))
      if (keys.has(rollupKey(row))) events.push(row);
  }
  return events;
}

async function readChunk(
  client: ClickHouseClient,
  tenant: string,
  rollups: readonly UsageRow[],
  corrected: Corrected,
): Promise<UsageRow[]> {
  const groups = new Map(
    rollups.map(({ cut, customer, meter, slot }) => [
      JSON.stringify([cut, customer, meter, slot]),
      new TupleParam([cut, meter, customer, slot / MICROS_PER_SECOND]),
    ]),
  );
  const leftOut = typeof corrected === "string" ? null : corrected.leftOut;
  const rows = await rowsOf<FoundRow>(
    client,
    `SELECT tenant, customer, subscription, meter, meter_version, toString(toUnixTimestamp(slot)) AS slot_start, dimensions, cut,
      merging, value, backfill, toString(quantity) AS amount, log_partition, toString(raw_offset) AS offset,
      toString(toUnixTimestamp64Micro(happened)) AS time_text, said
      FROM (
        SELECT *, if(takes_back < 0, raw_offset, toUInt64(takes_back)) AS source_offset FROM measurements
        WHERE tenant = {tenant:String} AND cut IN {cuts:Array(UInt32)} AND customer IN {customers:Array(String)}
          AND (cut, meter, customer, toUnixTimestamp(slot)) IN {groups:Array(Tuple(UInt32, String, String, UInt32))}
          ${leftOut === null ? "" : `AND ${isStanding(leftOut)}`}
      ) AS measured
      INNER JOIN (
        SELECT log_partition, raw_offset AS source_offset, time AS happened, properties AS said FROM usage_events
        WHERE tenant = {tenant:String} AND customer IN {customers:Array(String)} AND (cut IN {cuts:Array(UInt32)} ${corrected === "rows" ? replacedEvents : ""})
      ) AS events USING (log_partition, source_offset)
      ORDER BY customer, meter, slot, happened, log_partition, raw_offset`,
    {
      ...leftOut?.parameters,
      tenant,
      cuts: [...new Set(rollups.map(({ cut }) => cut))],
      customers: [...new Set(rollups.map(({ customer }) => customer))],
      groups: [...groups.values()],
    },
  );
  return rows.map(eventRow);
}

/** What is taken back may stand in any earlier cut. */
const replacedEvents = `OR (log_partition, raw_offset) IN (
          SELECT log_partition, toUInt64(takes_back) FROM measurements
          WHERE tenant = {tenant:String} AND cut IN {cuts:Array(UInt32)} AND customer IN {customers:Array(String)} AND takes_back >= 0)`;

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
  | "backfill"
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
