import type { ClickHouseClient } from "@clickhouse/client";
import { MICROS_PER_SECOND, slotOf } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import type { Fills, UsageRow } from "@tallybook/usage";

import { rowsOf, TooMuchUsage } from "./connect.ts";
import { knownBetween } from "./filled.ts";
import { merged } from "./merge.ts";
import { readEventRows } from "./readEventRows.ts";
import type { Corrected } from "./readEventRows.ts";
import { isCorrected, isStanding, isTouched, knownMeasurements } from "./standing.ts";
import type { Asked } from "./standing.ts";

/** Which rollups to read: slots with any part in [from, to), known at cut `cutMax`, and not before `cutMin`. */
export interface UsageFilter {
  readonly tenant: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly cutMax: number;
  readonly cutMin?: number;
  /** What was filled into older cuts, and is known from a later one on. */
  readonly fills: Fills;
  /** All customers, unless given. */
  readonly customers?: readonly string[];
  /** All meters, unless given. */
  readonly meters?: readonly string[];
  /** And the measurements of the cuts above `cutMax` (-1: of all), which have no rollups yet. */
  readonly withOpen?: boolean;
  /** One row for all slots, cuts and meter versions of what came by the same backfill or by none, with the last of them. */
  readonly isPutTogether?: boolean;
  /** Rows for which it holds are replaced by the single events that they are made of; none, unless given. */
  readonly isApart?: (row: UsageRow) => boolean;
  /** More than so many rows, or single events among them, are refused with `TooMuchUsage`; no bound unless given. */
  readonly rowsMax?: number;
}

/** The rollups of a tenant, one row per group and cut over all partitions, in a fixed order. */
export async function readUsage(
  client: ClickHouseClient,
  filter: UsageFilter,
): Promise<UsageRow[]> {
  const isWhole = filter.isPutTogether === true;
  const [slot, cut, version] = isWhole
    ? ["max(slot)", "max(cut)", "max(meter_version)"]
    : ["slot", "cut", "meter_version"];
  const known = knownBetween(filter.fills, filter.cutMin ?? 0, Math.max(filter.cutMax, 0));
  const sql = `tenant = {tenant:String} AND slot >= fromUnixTimestamp({from:UInt32}) AND slot < fromUnixTimestamp({to:UInt32})
        ${filter.customers === undefined ? "" : "AND customer IN {customers:Array(String)}"}
        ${filter.meters === undefined ? "" : "AND meter IN {meters:Array(String)}"}`;
  const parameters = {
    tenant: filter.tenant,
    ...known.parameters,
    openFrom: filter.cutMax + 1,
    from: slotOf(filter.from) / MICROS_PER_SECOND,
    to: Math.ceil(filter.to / MICROS_PER_SECOND),
    customers: filter.customers ?? [],
    meters: filter.meters ?? [],
    limit: (filter.rowsMax ?? 0) + 1,
  };
  const asked: Asked = {
    known,
    sql,
    parameters,
    openFrom: filter.withOpen === true ? filter.cutMax + 1 : null,
  };
  // What became known lately is asked for to see what it touches: there what takes back counts as well.
  const isOfLate = (filter.cutMin ?? 0) > 0;
  const leftOut = !isOfLate && (await isCorrected(client, asked)) ? asked : null;
  const source = sourceOf(asked, leftOut);
  const rows = await rowsOf<FoundRow>(
    client,
    `SELECT tenant, customer, subscription, meter, ${version} AS measured_by, toString(toUnixTimestamp(${slot})) AS slot_start, dimensions, ${cut} AS known_at,
      merging, value, backfill, toString(${merged("rollups.quantity", place)}) AS quantity, toString(sum(rollups.count)) AS count,
      max(${place}) AS last, toString(toUnixTimestamp64Micro(tupleElement(last, 1))) AS last_time, tupleElement(last, 2) AS last_partition, toString(tupleElement(last, 3)) AS last_offset
      FROM ${source}
      GROUP BY tenant, customer, subscription, meter, dimensions, merging, value, backfill${isWhole ? "" : ", meter_version, slot, cut"}
      ORDER BY customer, subscription, meter, ${version}, ${slot}, mapKeys(dimensions), mapValues(dimensions), merging, value, backfill, ${cut}
      ${filter.rowsMax === undefined ? "" : "LIMIT {limit:UInt32}"}`,
    parameters,
  );
  refuseMore(filter, rows.length);
  return toldApart(client, filter, rows.map(usageRow), async () => {
    if (!isOfLate) return leftOut === null ? "nothing" : { leftOut };
    return (await isCorrected(client, asked)) ? "rows" : "nothing";
  });
}

/**
 * The rollups of closed cuts, and where the open ones are asked for the measurements of all later ones, under the name of the
 * rollups. A cut that closes meanwhile changes nothing: its measurements stay. Slots that do not add up, and of which something was
 * taken back, are made of measurements.
 */
function sourceOf(asked: Asked, standing: Asked | null): string {
  const { known, sql, openFrom } = asked;
  if (openFrom === null && standing === null) return `rollups WHERE ${sql} AND ${known.sql}`;
  const group =
    "tenant, customer, subscription, meter, meter_version, slot, dimensions, cut, log_partition, merging, value, backfill, latest_time";
  const one =
    "if(merging = 'latest', raw_offset, 0) AS latest_offset, CAST(measurements.quantity, 'Decimal(76, 12)') AS quantity, toUInt64(1) AS count";
  const isComputed = standing === null ? "" : `(merging != 'sum' AND ${isTouched(standing)})`;
  const untouched = standing === null ? "" : ` AND NOT ${isComputed}`;
  const closed = openFrom === null ? "" : " AND cut < {openFrom:UInt32}";
  const parts = [
    `SELECT ${group}, latest_offset, quantity, count FROM rollups WHERE ${sql} AND ${known.sql}${closed}${untouched}`,
  ];
  if (openFrom !== null)
    parts.push(
      `SELECT ${group}, ${one} FROM measurements WHERE ${sql} AND cut >= {openFrom:UInt32}${known.hidden}${untouched}`,
    );
  if (standing !== null)
    parts.push(
      `SELECT ${group}, ${one} FROM measurements WHERE ${sql} AND ${knownMeasurements(standing)} AND ${isComputed} AND ${isStanding(standing)}`,
    );
  return `(${parts.join(" UNION ALL ")}) AS rollups`;
}

const place = "(latest_time, log_partition, latest_offset)";

type FoundRow = Omit<UsageRow, "slot" | "count" | "latest" | "meter_version" | "cut"> & {
  readonly slot_start: string;
  readonly measured_by: number;
  readonly known_at: number;
  readonly count: string;
  readonly last: unknown;
  readonly last_time: string;
  readonly last_partition: number;
  readonly last_offset: string;
};

function usageRow({
  slot_start,
  measured_by,
  known_at,
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
    meter_version: measured_by,
    cut: known_at,
    slot: Number(slot_start) * MICROS_PER_SECOND,
    count: Number(count),
    latest: row.merging === "latest" ? latest : null,
    event: null,
  };
}

async function toldApart(
  client: ClickHouseClient,
  filter: UsageFilter,
  rows: UsageRow[],
  corrected: () => Promise<Corrected>,
): Promise<UsageRow[]> {
  const { tenant, isApart } = filter;
  const apart = isApart === undefined ? [] : rows.filter(isApart);
  if (apart.length === 0) return rows;
  refuseMore(
    filter,
    apart.reduce((events, { count }) => events + count, 0),
  );
  const replaced = new Set(apart);
  const events = await readEventRows(client, tenant, apart, await corrected());
  return [...rows.filter((row) => !replaced.has(row)), ...events];
}

function refuseMore({ rowsMax }: UsageFilter, rows: number): void {
  if (rowsMax !== undefined && rows > rowsMax)
    throw new TooMuchUsage(`more than ${rowsMax} rows of usage`);
}
