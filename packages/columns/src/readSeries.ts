import type { ClickHouseClient } from "@clickhouse/client";
import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import type { Fills, Merging } from "@tallybook/usage";

import { rowsOf } from "./connect.ts";
import { knownBetween } from "./filled.ts";
import type { Known } from "./filled.ts";
import { merged } from "./merge.ts";
import { isCorrected, isStanding, isTouched } from "./standing.ts";
import type { Asked } from "./standing.ts";

/** A meter's usage, put together by windows of time and what else is asked for; the cuts above `cutMax` with it. */
export interface SeriesFilter {
  readonly tenant: string;
  readonly meter: string;
  /** Where windows begin, ascending; the last is where all ends. */
  readonly bounds: readonly Micros[];
  readonly groupBy: readonly SeriesGroup[];
  readonly only: readonly SeriesTerm[];
  /** The last closed cut; -1: none. */
  readonly cutMax: number;
  readonly fills: Fills;
  /** The window and the groups of the row behind which to begin. */
  readonly after?: readonly [Micros, ...string[]];
  readonly limit: number;
}

/** What usage is told apart by: who, or a dimension of the meter. */
export type SeriesGroup = "customer" | "subscription" | { readonly dimension: string };

/** Only usage of which that is one of these. */
export interface SeriesTerm {
  readonly of: SeriesGroup;
  readonly anyOf: readonly string[];
}

/** What one window and group come to. */
export interface SeriesRow {
  readonly window: Micros;
  /** In the order of `groupBy`; empty where an event had none. */
  readonly groups: readonly string[];
  readonly merging: Merging;
  /** As a row of the rollups has it. */
  readonly quantity: string;
  readonly count: number;
  /** unique: how many values there are. */
  readonly values: number;
}

/**
 * Rows in the order of window and groups. A bound that lies inside an hour tells its events apart, one by one; all other hours
 * are read from the rollups.
 */
export async function readSeries(
  client: ClickHouseClient,
  filter: SeriesFilter,
): Promise<SeriesRow[]> {
  const known = knownBetween(filter.fills, 0, Math.max(filter.cutMax, 0));
  const [from = 0, to = 0] = [filter.bounds[0], filter.bounds.at(-1)];
  const names = filter.groupBy.map((_, at) => `group_${at}`);
  const groups = filter.groupBy.map((of, at) => `${columnOf(of, `by_${at}`)} AS group_${at}`);
  const keys = ["begins", ...names].join(", ");
  const after = filter.after === undefined ? "" : `WHERE (${keys}) > (${afterTerms(filter)})`;
  const parameters = {
    ...known.parameters,
    tenant: filter.tenant,
    meter: filter.meter,
    bounds: filter.bounds,
    from,
    to,
    fromSecond: Math.floor(from / MICROS_PER_SECOND),
    toSecond: Math.ceil(to / MICROS_PER_SECOND),
    openFrom: filter.cutMax + 1,
    hours: cutHours(filter.bounds),
    limit: filter.limit,
    ...namedBy("by", filter.groupBy.map(nameOf)),
    ...namedBy(
      "only",
      filter.only.map(({ of }) => nameOf(of)),
    ),
    ...namedBy(
      "any_of",
      filter.only.map(({ anyOf }) => anyOf),
    ),
    ...namedBy("after", filter.after ?? []),
  };
  const asked = askedOf(filter, known, parameters);
  const rows = await rowsOf<FoundRow>(
    client,
    `SELECT toString(begins) AS window_begins, [${names.join(", ")}]::Array(String) AS group_values, merging,
      toString(${merged("used.quantity", "(latest_time, log_partition, latest_offset)")}) AS quantity,
      toString(sum(number)) AS count, toString(uniqExact(value)) AS distinct_values
      FROM (
        SELECT ${["roundDown(happened, {bounds:Array(Int64)}) AS begins", ...groups].join(", ")},
          merging, value, quantity, number, latest_time, log_partition, latest_offset
        FROM (${sourceOf(filter, asked, await isCorrected(client, asked))})
      ) AS used ${after}
      GROUP BY ${keys}, merging ORDER BY ${keys} LIMIT {limit:UInt32}`,
    parameters,
  );
  return rows.map(seriesRow);
}

interface FoundRow {
  readonly window_begins: string;
  readonly group_values: readonly string[];
  readonly merging: Merging;
  readonly quantity: string;
  readonly count: string;
  readonly distinct_values: string;
}

function seriesRow(row: FoundRow): SeriesRow {
  return {
    window: Number(row.window_begins),
    groups: row.group_values,
    merging: row.merging,
    quantity: row.quantity,
    count: Number(row.count),
    values: Number(row.distinct_values),
  };
}

/** What is asked for of rollups and measurements alike. */
function askedOf(
  { only, cutMax }: SeriesFilter,
  known: Known,
  parameters: Asked["parameters"],
): Asked {
  const terms = only.map(
    ({ of }, at) => ` AND ${columnOf(of, `only_${at}`)} IN {any_of_${at}:Array(String)}`,
  );
  const sql = `tenant = {tenant:String} AND meter = {meter:String}${terms.join("")}
    AND slot >= fromUnixTimestamp({fromSecond:UInt32} - {fromSecond:UInt32} % 3600) AND slot < fromUnixTimestamp({toSecond:UInt32})`;
  return { known, sql, parameters, openFrom: cutMax + 1 };
}

/**
 * Rollups of closed cuts and measurements of the open ones; in the hours that a bound cuts, measurements with their times. Slots of
 * which something was taken back are made of the measurements that stand, so that a group of which nothing is left has no row.
 */
function sourceOf({ bounds }: SeriesFilter, asked: Asked, isCorrectedAt: boolean): string {
  const { sql, known } = asked;
  const columns = "customer, subscription, dimensions, merging, value, log_partition, latest_time";
  const one =
    "CAST(measurements.quantity, 'Decimal(76, 12)') AS quantity, toUInt64(1) AS number, raw_offset AS latest_offset";
  const hour = "toUInt32(toUnixTimestamp(slot) - toUnixTimestamp(slot) % 3600)";
  const isCut = cutHours(bounds).length > 0;
  const isWhole = isCut ? ` AND ${hour} NOT IN {hours:Array(UInt32)}` : "";
  const isUntouched = isCorrectedAt ? ` AND NOT ${isTouched(asked)}` : "";
  const isCounted = isCorrectedAt ? ` AND ${isStanding(asked)}` : "";
  const slot = "toInt64(toUnixTimestamp(slot)) * 1000000 AS happened";
  const parts = [
    `SELECT ${columns}, quantity, rollups.count AS number, latest_offset, ${slot}
      FROM rollups WHERE ${sql} AND ${known.sql} AND cut < {openFrom:UInt32}${isWhole}${isUntouched}`,
    `SELECT ${columns}, ${one}, ${slot}
      FROM measurements WHERE ${sql}${known.hidden} AND cut >= {openFrom:UInt32}${isWhole}${isUntouched}`,
  ];
  if (isCorrectedAt)
    parts.push(`SELECT ${columns}, ${one}, ${slot}
      FROM measurements WHERE ${sql}${known.hidden}${isWhole} AND ${isTouched(asked)}${isCounted}`);
  if (isCut)
    parts.push(`SELECT ${columns}, quantity, number, latest_offset, happened
      FROM (
        SELECT ${columns}, ${one}, cut, raw_offset FROM measurements
        WHERE ${sql}${known.hidden} AND ${hour} IN {hours:Array(UInt32)}${isCounted}
      ) AS measured
      INNER JOIN (
        SELECT cut, log_partition, raw_offset, toUnixTimestamp64Micro(time) AS happened FROM usage_events
        WHERE tenant = {tenant:String} AND time >= fromUnixTimestamp64Micro({from:Int64}) AND time < fromUnixTimestamp64Micro({to:Int64})
      ) AS events USING (cut, log_partition, raw_offset)`);
  return parts.join(" UNION ALL ");
}

/** The hours, in seconds, inside of which a bound lies. */
function cutHours(bounds: readonly Micros[]): number[] {
  const cut = bounds.filter((bound) => bound % MICROS_PER_HOUR !== 0);
  return [...new Set(cut.map((bound) => Math.floor(bound / MICROS_PER_HOUR) * 3_600))];
}

function columnOf(of: SeriesGroup, parameter: string): string {
  return typeof of === "string" ? of : `dimensions[{${parameter}:String}]`;
}

function nameOf(of: SeriesGroup): string {
  return typeof of === "string" ? "" : of.dimension;
}

function afterTerms({ groupBy }: SeriesFilter): string {
  return ["{after_0:Int64}", ...groupBy.map((_, at) => `{after_${at + 1}:String}`)].join(", ");
}

function namedBy(as: string, values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(values.map((value, at) => [`${as}_${at}`, value]));
}
