import type { ClickHouseClient } from "@clickhouse/client";
import type { Micros } from "@tallybook/periods";

import { rowsOf } from "./connect.ts";

/** Which accepted events to list, the latest first; corrections and what they say are no part of it. */
export interface EventsFilter {
  readonly tenant: string;
  /** Of the event's time, `from` inclusive. */
  readonly from: Micros;
  readonly to: Micros;
  readonly receivedFrom?: Micros;
  readonly receivedTo?: Micros;
  /** Any of these; each all of them, unless given. */
  readonly ids?: readonly string[];
  readonly sources?: readonly string[];
  readonly types?: readonly string[];
  readonly customers?: readonly string[];
  /** Of the last event of the page before. */
  readonly after?: EventPlace;
  readonly limit: number;
}

/** Where an event stands among all by time. */
export type EventPlace = readonly [time: Micros, partition: number, raw_offset: number];

export interface StoredEvent {
  readonly place: EventPlace;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly customer: string;
  readonly time: Micros;
  readonly received_at: Micros;
  readonly properties: Readonly<Record<string, string>>;
  /** Why a meter could not measure it; null where nothing is wrong. */
  readonly fault: string | null;
}

/** A page of events. */
export async function readEvents(
  client: ClickHouseClient,
  filter: EventsFilter,
): Promise<StoredEvent[]> {
  const { after, ...parameters } = filter;
  const { ids, sources, types, customers, receivedFrom, receivedTo } = parameters;
  const terms = [
    "tenant = {tenant:String} AND target_offset < 0",
    "time >= fromUnixTimestamp64Micro({from:Int64}) AND time < fromUnixTimestamp64Micro({to:Int64})",
    ...(ids === undefined ? [] : ["id IN {ids:Array(String)}"]),
    ...(sources === undefined ? [] : ["source IN {sources:Array(String)}"]),
    ...(types === undefined ? [] : ["type IN {types:Array(String)}"]),
    ...(customers === undefined ? [] : ["customer IN {customers:Array(String)}"]),
    ...(receivedFrom === undefined
      ? []
      : ["received_at >= fromUnixTimestamp64Micro({receivedFrom:Int64})"]),
    ...(receivedTo === undefined
      ? []
      : ["received_at < fromUnixTimestamp64Micro({receivedTo:Int64})"]),
    ...(after === undefined
      ? []
      : [
          "(toUnixTimestamp64Micro(time), log_partition, raw_offset) < ({afterTime:Int64}, {afterPartition:UInt16}, {afterOffset:UInt64})",
        ]),
  ];
  const [afterTime = 0, afterPartition = 0, afterOffset = 0] = after ?? [];
  const rows = await rowsOf<FoundRow>(
    client,
    `SELECT id, source, type, customer, toString(toUnixTimestamp64Micro(time)) AS time_text, toString(toUnixTimestamp64Micro(received_at)) AS received_text,
      properties, outcome, outcome_reason, log_partition, toString(raw_offset) AS offset_text
      FROM usage_events WHERE ${terms.join(" AND ")}
      ORDER BY time DESC, log_partition DESC, raw_offset DESC LIMIT {limit:UInt32}`,
    { ...parameters, afterTime, afterPartition, afterOffset },
  );
  return rows.map(storedEvent);
}

interface FoundRow {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly customer: string;
  readonly time_text: string;
  readonly received_text: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly outcome: string;
  readonly outcome_reason: string;
  readonly log_partition: number;
  readonly offset_text: string;
}

function storedEvent(row: FoundRow): StoredEvent {
  const { id, source, type, customer, properties, outcome, outcome_reason } = row;
  const time = Number(row.time_text);
  return {
    place: [time, row.log_partition, Number(row.offset_text)],
    id,
    source,
    type,
    customer,
    time,
    received_at: Number(row.received_text),
    properties,
    fault: outcome === "unmeasurable" ? outcome_reason : null,
  };
}
