import type { ClickHouseClient } from "@clickhouse/client";
import type { PartCompared, TenantControl } from "@tallybook/usage";

import { rowsOf } from "./connect.ts";
import { withoutFills } from "./filled.ts";
import type { FillRows } from "./filled.ts";
import { readWrongLive } from "./live.ts";

/** Which parts to read: a range of cuts, both inclusive, and one partition or all. */
export interface PartRange {
  readonly cutMin: number;
  readonly cutMax: number;
  readonly partition?: number;
}

/** What the columns hold of a part and tenant, counted and digested as the log's fold does it. */
export type ColumnsControl = TenantControl & {
  readonly cut: number;
  readonly partition: number;
  /** There where the live numbers are not what the measurements come to. */
  readonly isLiveWrong?: true;
};

/** Control totals and digests of parts, from the columns alone. Rows of the `hidden` fills are left out, as if they were not there. */
export async function readControls(
  client: ClickHouseClient,
  range: PartRange,
  hidden: readonly FillRows[] = [],
): Promise<ColumnsControl[]> {
  const metered = withoutFills(hidden);
  const parameters = {
    ...metered.parameters,
    cutMin: range.cutMin,
    cutMax: range.cutMax,
    partition: range.partition ?? 0,
  };
  const where = `cut BETWEEN {cutMin:UInt32} AND {cutMax:UInt32}${range.partition === undefined ? "" : " AND log_partition = {partition:UInt16}"}`;
  const ofMeters = where + metered.sql;
  const [events, measurements, rollups, quantities, live] = await Promise.all([
    rowsOf<EventsRow>(client, eventsQuery(where), parameters),
    rowsOf<DigestRow>(client, digestQuery("measurements", measurementText, ofMeters), parameters),
    rowsOf<DigestRow>(client, digestQuery("rollups", rollupText, ofMeters), parameters),
    rowsOf<QuantityRow>(client, quantitiesQuery(ofMeters), parameters),
    readWrongLive(client, ofMeters, parameters),
  ]);
  return merged(events, measurements, rollups, quantities, live);
}

const comparedFields: readonly (keyof TenantControl)[] = [
  "accepted",
  "measured",
  "without_meter",
  "unmeasurable",
  "events_digest",
  "measurements",
  "measurements_digest",
  "rollups",
  "rollups_digest",
  "quantities",
];

/** Where the columns differ from the log's totals of the same parts; empty when they are equal. */
export function differencesOf(
  parts: readonly Pick<PartCompared, "cut" | "partition" | "tenants">[],
  found: readonly ColumnsControl[],
): string[] {
  const foundByPart = new Map(
    found.map((control) => [nameOf(control.cut, control.partition, control.tenant), control]),
  );
  const differences: string[] = [];
  for (const { cut, partition, tenants } of parts) {
    for (const wanted of tenants) {
      const name = nameOf(cut, partition, wanted.tenant);
      const control = foundByPart.get(name);
      differences.push(...fieldDifferences(name, wanted, control));
      if (control?.isLiveWrong === true)
        differences.push(`${name}: live totals are not what the measurements come to`);
      foundByPart.delete(name);
    }
  }
  // A row in a partition that the log does not have would be read, and billed, with the others of its cut.
  const cuts = new Set(parts.map(({ cut }) => cut));
  for (const [name, control] of foundByPart) {
    if (cuts.has(control.cut)) differences.push(`${name}: rows that the log does not have`);
  }
  return differences;
}

interface PartRow {
  readonly cut: number;
  readonly partition: number;
  readonly tenant: string;
}
interface DigestRow extends PartRow {
  readonly rows: string;
  readonly digest: string;
}
interface EventsRow extends DigestRow {
  readonly measured: string;
  readonly without_meter: string;
  readonly unmeasurable: string;
}
interface QuantityRow extends PartRow {
  readonly meter: string;
  readonly count: string;
  readonly quantity: string;
}

const groupColumns = "cut, log_partition AS partition, tenant";

// The texts of rows and their digest as `@tallybook/usage` makes them; a contract test holds the two together.
export const eventText = concat([
  joined([
    "toString(raw_offset)",
    "source",
    "id",
    "type",
    "customer",
    "subscription",
    "toString(toUnixTimestamp64Micro(time))",
    mapText("properties"),
    "content_hash",
    "toString(outcome)",
    "toString(toUnixTimestamp64Micro(received_at))",
    "door",
    "api_key",
  ]),
  orNothing("target_offset < 0", [
    "target",
    "toString(target_offset)",
    "toString(replaced_offset)",
    "toString(retracts)",
    "reason",
  ]),
]);
const groupTexts = [
  "customer",
  "subscription",
  "meter",
  "toString(meter_version)",
  "toString(toUInt64(toUnixTimestamp(slot)) * 1000000)",
  mapText("dimensions"),
];
// What came with 0005 is left out where it is as it was before: those digests stay what they were.
const mergingText = orNothing("merging = 'sum' AND value = ''", ["toString(merging)", "value"]);
const backfillText = orNothing("backfill = ''", ["'backfill'", "backfill"]);
export const measurementText = concat([
  joined(["toString(raw_offset)", ...groupTexts]),
  mergingText,
  backfillText,
  joined(["toString(quantity)"]),
  orNothing("toUnixTimestamp64Micro(latest_time) = 0", [
    "toString(toUnixTimestamp64Micro(latest_time))",
  ]),
  orNothing("takes_back < 0", ["'takes back'", "toString(takes_back)"]),
]);
export const rollupText = concat([
  joined(groupTexts),
  mergingText,
  backfillText,
  joined(["toString(quantity)", "toString(count)"]),
  orNothing(
    "merging != 'latest' AND toUnixTimestamp64Micro(latest_time) = 0 AND latest_offset = 0",
    ["toString(toUnixTimestamp64Micro(latest_time))", "toString(latest_offset)"],
  ),
  orNothing("taken_back = 0", ["'taken back'", "toString(taken_back)"]),
]);

function orNothing(isAsBefore: string, parts: readonly string[]): string {
  return `if(${isAsBefore}, '', ${joined(parts)})`;
}

function concat(texts: readonly string[]): string {
  return `concat(${texts.join(", ")})`;
}

function joined(parts: readonly string[]): string {
  return `concat(${parts.map((part) => `toString(length(${part})), ':', ${part}`).join(", ")})`;
}

function mapText(map: string): string {
  const pair = `concat(toString(length(k)), ':', k, toString(length(${map}[k])), ':', ${map}[k])`;
  return `arrayStringConcat(arrayMap(k -> ${pair}, arraySort(mapKeys(${map}))))`;
}

export function digestOf(text: string): string {
  return `lower(hex(reinterpretAsFixedString(sumWithOverflow(reinterpretAsUInt256(SHA256(${text}))))))`;
}

function eventsQuery(where: string): string {
  return `SELECT ${groupColumns}, toString(count()) AS rows, ${digestOf(eventText)} AS digest,
    toString(countIf(outcome = 'measured')) AS measured, toString(countIf(outcome = 'without_meter')) AS without_meter,
    toString(countIf(outcome = 'unmeasurable')) AS unmeasurable
    FROM usage_events WHERE ${where} GROUP BY cut, log_partition, tenant`;
}

function digestQuery(table: string, text: string, where: string): string {
  return `SELECT ${groupColumns}, toString(count()) AS rows, ${digestOf(text)} AS digest FROM ${table} WHERE ${where} GROUP BY cut, log_partition, tenant`;
}

function quantitiesQuery(where: string): string {
  return `SELECT ${groupColumns}, meter, toString(sum(count)) AS count, toString(sum(quantity)) AS quantity
    FROM rollups WHERE ${where} GROUP BY cut, log_partition, tenant, meter ORDER BY meter`;
}

function merged(
  events: EventsRow[],
  measurements: DigestRow[],
  rollups: DigestRow[],
  quantities: QuantityRow[],
  live: PartRow[],
): ColumnsControl[] {
  const controls = new Map<
    string,
    { -readonly [Field in keyof ColumnsControl]: ColumnsControl[Field] }
  >();
  function controlOf({ cut, partition, tenant }: PartRow) {
    const name = nameOf(cut, partition, tenant);
    const control = controls.get(name) ?? { cut, partition, ...emptyControl(tenant) };
    controls.set(name, control);
    return control;
  }
  for (const row of events) {
    const control = controlOf(row);
    control.accepted = Number(row.rows);
    control.events_digest = Buffer.from(row.digest, "hex");
    control.measured = Number(row.measured);
    control.without_meter = Number(row.without_meter);
    control.unmeasurable = Number(row.unmeasurable);
  }
  for (const row of measurements) {
    const control = controlOf(row);
    control.measurements = Number(row.rows);
    control.measurements_digest = Buffer.from(row.digest, "hex");
  }
  for (const row of rollups) {
    const control = controlOf(row);
    control.rollups = Number(row.rows);
    control.rollups_digest = Buffer.from(row.digest, "hex");
  }
  for (const row of quantities) {
    const control = controlOf(row);
    control.quantities = [
      ...control.quantities,
      { meter: row.meter, count: Number(row.count), quantity: row.quantity },
    ];
  }
  for (const row of live) controlOf(row).isLiveWrong = true;
  return [...controls.values()];
}

function emptyControl(tenant: string): TenantControl {
  const nothing = Buffer.alloc(32);
  const counts = {
    accepted: 0,
    measured: 0,
    without_meter: 0,
    unmeasurable: 0,
    measurements: 0,
    rollups: 0,
  };
  return {
    tenant,
    ...counts,
    events_digest: nothing,
    measurements_digest: nothing,
    rollups_digest: nothing,
    quantities: [],
  };
}

function fieldDifferences(
  name: string,
  wanted: TenantControl,
  found: TenantControl | undefined,
): string[] {
  if (found === undefined) return [`${name}: no rows, but the log has ${wanted.accepted} events`];
  return comparedFields.flatMap((field) => {
    const [inLog, inColumns] = [shown(wanted[field]), shown(found[field])];
    return inLog === inColumns
      ? []
      : [`${name}: ${field} is ${inColumns} in ClickHouse, ${inLog} in the log`];
  });
}

function shown(value: TenantControl[keyof TenantControl]): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function nameOf(cut: number, partition: number, tenant: string): string {
  return `cut ${cut}, partition ${partition}, tenant ${tenant}`;
}
