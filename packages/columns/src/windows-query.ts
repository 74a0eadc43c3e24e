import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import type { Known } from "./filled.ts";
import { merged } from "./merge.ts";
import { isStanding, isTouched } from "./standing.ts";

/** A customer, and where its windows begin and end. */
export type CustomerBounds = readonly [customer: string, bounds: readonly Micros[]];

const place = "(latest_time, log_partition, latest_offset)";
const hour = "toUInt32(toUnixTimestamp(slot) - toUnixTimestamp(slot) % 3600)";

/** Which rows `windowsQuery` reads, before they are told apart by customer. Parameters: tenant, meters, from and to (seconds). */
export const windowsRows = `tenant = {tenant:String} AND meter IN {meters:Array(String)}
      AND slot >= fromUnixTimestamp({from:UInt32} - {from:UInt32} % 3600) AND slot < fromUnixTimestamp({to:UInt32})`;

/**
 * Puts usage together by windows of each customer's own, numbered from 1. From the rollups, but for the hours inside of which a bound of the
 * customer lies, and the slots of which something was taken back: there from the measurements that stand. Parameters: those of its rows, kept
 * (dimensions), and those of what is known.
 */
export function windowsQuery(
  asked: readonly CustomerBounds[],
  {
    known,
    areKept,
    isCorrected,
  }: {
    readonly known: Known;
    readonly areKept: boolean;
    /** Whether something of the rows was taken back. */
    readonly isCorrected: boolean;
  },
): string {
  const kept = areKept
    ? "mapFilter((name, _) -> has({kept:Array(String)}, name), dimensions)"
    : "CAST(map(), 'Map(String, String)')";
  const own = `customer, subscription, meter, meter_version, merging, value, cut, log_partition, latest_time, ${kept} AS named`;
  const one =
    "CAST(measurements.quantity, 'Decimal(76, 12)') AS quantity, toUInt64(1) AS number, raw_offset AS latest_offset";
  const isMeant = `${windowsRows} AND ${known.sql}`;
  const rows = { known, sql: windowsRows, openFrom: null };
  const isCounted = isCorrected ? ` AND ${isStanding(rows)}` : "";
  const cutting = asked.filter(([, bounds]) => cutHours(bounds).length > 0);
  const isWhole = `nth > 0 AND nth < length(starts)${cutting.length === 0 ? "" : ` AND NOT has(hours, ${hour})`}`;
  const nthWhole = "arrayCount(bound -> bound <= toUnixTimestamp(slot), starts) AS nth";
  const isUntouched = isCorrected ? ` AND NOT ${isTouched(rows)}` : "";
  const sources = [
    `SELECT ${own}, quantity, rollups.count AS number, latest_offset, ${nthWhole}
      FROM rollups INNER JOIN ${wholeHours(asked)} AS asked USING (customer)
      WHERE ${isMeant} AND ${isWhole}${isUntouched}`,
  ];
  if (isCorrected)
    sources.push(`SELECT ${own}, ${one}, ${nthWhole}
      FROM measurements INNER JOIN ${wholeHours(asked)} AS asked USING (customer)
      WHERE ${isMeant} AND ${isWhole} AND ${isTouched(rows)}${isCounted}`);
  if (cutting.length > 0)
    sources.push(`SELECT ${own}, ${one},
        arrayCount(bound -> bound <= happened, bounds) AS nth
      FROM measurements INNER JOIN ${cutHoursOf(cutting)} AS asked USING (customer)
      INNER JOIN (
        SELECT cut, log_partition, raw_offset, toUnixTimestamp64Micro(time) AS happened FROM usage_events
        WHERE tenant = {tenant:String} AND toUInt32(toUnixTimestamp(toStartOfHour(time))) IN (${hoursIn(cutting).join(", ")})
      ) AS events USING (cut, log_partition, raw_offset)
      WHERE ${isMeant} AND has(hours, ${hour}) AND nth > 0 AND nth < length(bounds)${isCounted}`);
  return `SELECT customer, subscription, meter, max(meter_version), nth, named, merging, value,
      toString(${merged("used.quantity", place)}), toString(sum(number)), max(cut),
      max(${place}) AS last, toString(toUnixTimestamp64Micro(tupleElement(last, 1))), tupleElement(last, 2), toString(tupleElement(last, 3))
    FROM (${sources.join("\n UNION ALL ")}) AS used
    GROUP BY customer, subscription, meter, nth, named, merging, value
    ORDER BY customer, subscription, meter, nth, mapKeys(named), mapValues(named), merging, value`;
}

/** Slots begin at whole seconds, so a bound holds from the next one on. */
function wholeHours(asked: readonly CustomerBounds[]): string {
  const rows = asked.map(([customer, bounds]) => [
    customer,
    bounds.map((bound) => Math.ceil(bound / MICROS_PER_SECOND)),
    cutHours(bounds),
  ]);
  return literal("customer String, starts Array(UInt32), hours Array(UInt32)", rows);
}

function cutHoursOf(cutting: readonly CustomerBounds[]): string {
  const rows = cutting.map(([customer, bounds]) => [customer, bounds, cutHours(bounds)]);
  return literal("customer String, bounds Array(Int64), hours Array(UInt32)", rows);
}

function hoursIn(cutting: readonly CustomerBounds[]): number[] {
  return [...new Set(cutting.flatMap(([, bounds]) => cutHours(bounds)))];
}

/** The hours, in seconds, inside of which a bound lies. */
function cutHours(bounds: readonly Micros[]): number[] {
  const cut = bounds.filter((bound) => bound % MICROS_PER_HOUR !== 0);
  return [...new Set(cut.map((bound) => Math.floor(bound / MICROS_PER_HOUR) * 3_600))];
}

/** Rows as a table in the text of a query. */
function literal(structure: string, rows: readonly unknown[]): string {
  const text = rows.map((row) => JSON.stringify(row)).join("\n");
  const quoted = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return `format(JSONCompactEachRow, '${structure}', '${quoted}')`;
}
