import type { ClickHouseClient } from "@clickhouse/client";
import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { eventRowText, groupText, measurementRowText } from "@tallybook/usage";
import type { Corrected, Fills, Merging, Outcome } from "@tallybook/usage";

import { rowsOf } from "./connect.ts";
import { knownBetween } from "./filled.ts";

/** Whose events of which meters: in the hours that any part of [from, to) is in, known at cut `cutMax`. */
export interface NamedFilter {
  readonly tenant: string;
  readonly customer: string;
  readonly meters: readonly string[];
  readonly from: Micros;
  readonly to: Micros;
  readonly cutMax: number;
  readonly fills: Fills;
  /** Of this stretch of a partition alone; of all, unless given. */
  readonly stretch?: NamedStretch | null;
}

/** Offsets of a partition, and in which cuts what is named there stands. */
export interface NamedStretch {
  readonly partition: number;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly cutMin: number;
  readonly cutMax: number;
}

/** An event that ClickHouse names by its place in the log, and what it says of it. */
export interface NamedEvent {
  readonly cut: number;
  readonly partition: number;
  readonly raw_offset: number;
  /** Offsets of the same partition that decide about it: of a correction those of its target, and of all corrections of that. */
  readonly refersTo: readonly number[];
  /** The rows of it in `usage_events`, as their digest takes them: one, or something is wrong. */
  readonly events: readonly string[];
  /** The rows of it in `measurements`, likewise, of the meters that are asked for. */
  readonly measurements: readonly string[];
}

/**
 * Every event of a customer in a stretch of time, whatever became of it, every correction that replaces one, and what its meters
 * are said to have measured.
 */
export async function readNamed(
  client: ClickHouseClient,
  filter: NamedFilter,
): Promise<NamedEvent[]> {
  const { named, measured, parameters } = namedRows(filter);
  const place = "cut, log_partition, toString(raw_offset) AS raw_offset_text";
  const events = await rowsOf<EventFound>(
    client,
    `SELECT ${place}, source, id, type, customer, subscription, toString(toUnixTimestamp64Micro(time)) AS time_text,
      toString(toUnixTimestamp64Micro(received_at)) AS received_text, properties, content_hash, outcome, door, api_key,
      target, toString(target_offset) AS target_at, toString(replaced_offset) AS replaced_at, retracts, reason
      FROM usage_events WHERE ${named}`,
    parameters,
  );
  const corrections = events.filter(({ target_at }) => Number(target_at) >= 0);
  const families = corrections.length === 0 ? new Map<string, number[]>() : await readFamilies();
  const measurements = await rowsOf<MeasurementFound>(
    client,
    `SELECT ${place}, customer, subscription, meter, meter_version, toString(toUnixTimestamp(slot)) AS slot_text, dimensions,
      toString(quantity) AS amount, merging, value, backfill, toString(toUnixTimestamp64Micro(latest_time)) AS latest_text, toString(takes_back) AS taken_text
      FROM measurements WHERE ${measured}`,
    parameters,
  );
  const found = new Map<string, NamedFound>();
  for (const row of events) {
    const of = foundAt(found, row);
    of.events.push(eventText(row));
    of.refersTo.push(...(families.get(familyName(row.log_partition, row.target_at)) ?? []));
  }
  for (const row of measurements) foundAt(found, row).measurements.push(measurementText(row));
  return [...found.values()];

  /** By partition and target: what was ever accepted of it, up to the cut. */
  async function readFamilies(): Promise<Map<string, number[]>> {
    const rows = await rowsOf<{ log_partition: number; target_text: string; offset_text: string }>(
      client,
      `SELECT log_partition, toString(if(target_offset < 0, toInt64(raw_offset), target_offset) AS family) AS target_text, toString(raw_offset) AS offset_text
        FROM usage_events WHERE tenant = {tenant:String} AND cut <= {cutMax:UInt32}
          AND (log_partition, family) IN (SELECT log_partition, target_offset FROM usage_events WHERE ${named} AND target_offset >= 0)`,
      parameters,
    );
    const offsets = new Map<string, number[]>();
    for (const { log_partition, target_text, offset_text } of rows) {
      const family = familyName(log_partition, target_text);
      const known = offsets.get(family);
      if (known === undefined) offsets.set(family, [Number(offset_text)]);
      else known.push(Number(offset_text));
    }
    return offsets;
  }
}

/** Which rows of `usage_events` and of `measurements` are meant. */
export function namedRows(filter: NamedFilter): {
  readonly named: string;
  readonly measured: string;
  readonly parameters: Readonly<Record<string, unknown>>;
} {
  const hour = Math.floor(filter.from / MICROS_PER_HOUR) * MICROS_PER_HOUR;
  const end = Math.ceil(filter.to / MICROS_PER_HOUR) * MICROS_PER_HOUR;
  const known = knownBetween(filter.fills, 0, filter.cutMax);
  const stretch = filter.stretch ?? null;
  const asked = "tenant = {tenant:String} AND customer = {customer:String}";
  const own = `${asked} AND cut <= {cutMax:UInt32}
        AND time >= fromUnixTimestamp64Micro({fromMicros:Int64}) AND time < fromUnixTimestamp64Micro({toMicros:Int64})`;
  const within = stretch === null ? "" : inStretch;
  return {
    named: `tenant = {tenant:String} AND cut <= {cutMax:UInt32}${within} AND ((${own})
        OR (replaced_offset >= 0 AND (log_partition, replaced_offset) IN (SELECT log_partition, toInt64(raw_offset) FROM usage_events WHERE ${own})))`,
    measured: `${asked} AND ${known.sql}${within} AND meter IN {meters:Array(String)}
        AND slot >= fromUnixTimestamp({from:UInt32}) AND slot < fromUnixTimestamp({to:UInt32})`,
    parameters: {
      tenant: filter.tenant,
      customer: filter.customer,
      meters: filter.meters,
      fromMicros: hour,
      toMicros: end,
      from: hour / MICROS_PER_SECOND,
      to: end / MICROS_PER_SECOND,
      ...known.parameters,
      cutMax: filter.cutMax,
      stretchPartition: stretch?.partition ?? 0,
      stretchFrom: stretch?.from ?? 0,
      stretchTo: stretch?.to ?? 0,
      stretchCutMin: stretch?.cutMin ?? 0,
      stretchCutMax: stretch?.cutMax ?? 0,
    },
  };
}

/** The cuts first: by them the tables are sorted. */
const inStretch = ` AND cut BETWEEN {stretchCutMin:UInt32} AND {stretchCutMax:UInt32}
        AND log_partition = {stretchPartition:UInt16} AND raw_offset >= {stretchFrom:UInt64} AND raw_offset < {stretchTo:UInt64}`;

function familyName(partition: number, target: string): string {
  return `${partition}/${target}`;
}

/** Where the events of an identity stand in the log: one, unless it expired and was taken again. */
export async function readPlaces(
  client: ClickHouseClient,
  identity: { readonly tenant: string; readonly source: string; readonly id: string },
): Promise<Pick<NamedEvent, "partition" | "raw_offset">[]> {
  const found = await rowsOf<PlaceFound>(
    client,
    `SELECT cut, log_partition, toString(raw_offset) AS raw_offset_text FROM usage_events
      WHERE tenant = {tenant:String} AND source = {source:String} AND id = {id:String}`,
    { ...identity },
  );
  return found.map(({ log_partition: partition, raw_offset_text }) => ({
    partition,
    raw_offset: Number(raw_offset_text),
  }));
}

interface NamedFound extends NamedEvent {
  readonly refersTo: number[];
  readonly events: string[];
  readonly measurements: string[];
}

interface PlaceFound {
  readonly cut: number;
  readonly log_partition: number;
  readonly raw_offset_text: string;
}

interface EventFound extends PlaceFound {
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly customer: string;
  readonly subscription: string;
  readonly time_text: string;
  readonly received_text: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly content_hash: string;
  readonly outcome: Outcome;
  readonly target: string;
  readonly target_at: string;
  readonly replaced_at: string;
  readonly retracts: boolean;
  readonly reason: string;
  readonly door: string;
  readonly api_key: string;
}

interface MeasurementFound extends PlaceFound {
  readonly customer: string;
  readonly subscription: string;
  readonly meter: string;
  readonly meter_version: number;
  readonly slot_text: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly amount: string;
  readonly merging: Merging;
  readonly value: string;
  readonly backfill: string;
  readonly latest_text: string;
  readonly taken_text: string;
}

function foundAt(found: Map<string, NamedFound>, row: PlaceFound): NamedFound {
  const { cut, log_partition: partition, raw_offset_text } = row;
  const key = `${cut}/${partition}/${raw_offset_text}`;
  const known = found.get(key);
  if (known !== undefined) return known;
  const raw_offset = Number(raw_offset_text);
  const rows = { refersTo: [], events: [], measurements: [] };
  const fresh: NamedFound = { cut, partition, raw_offset, ...rows };
  found.set(key, fresh);
  return fresh;
}

function eventText(row: EventFound): string {
  return eventRowText(
    {
      ...row,
      kind: "UsageAccepted",
      tenant: "",
      personal: {},
      corrected: Number(row.target_at) < 0 ? null : correctedOf(row),
      raw_offset: Number(row.raw_offset_text),
      time: Number(row.time_text),
      received_at: Number(row.received_text),
      content_hash: Buffer.from(row.content_hash, "hex"),
      backfill: null,
    },
    row.outcome,
  );
}

/** As much of it as the digest takes. */
function correctedOf(row: EventFound): Corrected {
  const raw_offset = Number(row.replaced_at);
  const content = { type: "", customer: "", subscription: null, time: 0, properties: {} };
  const { retracts, reason } = row;
  const target_offset = Number(row.target_at);
  return { retracts, reason, target_offset, replaced: { raw_offset, ...content } };
}

function measurementText(row: MeasurementFound): string {
  const { slot_text, amount: quantity, latest_text, raw_offset_text, taken_text, ...rest } = row;
  const measurement = {
    ...rest,
    tenant: "",
    slot: Number(slot_text) * MICROS_PER_SECOND,
    quantity,
    latest_time: Number(latest_text),
    takes_back: Number(taken_text) < 0 ? null : Number(taken_text),
  };
  return measurementRowText(Number(raw_offset_text), groupText(measurement), measurement);
}
