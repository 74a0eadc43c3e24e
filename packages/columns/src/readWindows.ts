import type { ClickHouseClient } from "@clickhouse/client";
import { MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import type { Fills, Merging, UsageRow } from "@tallybook/usage";

import { knownBetween } from "./filled.ts";
import { isCorrected } from "./standing.ts";
import { windowsQuery, windowsRows } from "./windows-query.ts";

/** Usage to put together over stretches of time that are each customer's own. */
export interface WindowsFilter {
  readonly tenant: string;
  /** Known at that cut. */
  readonly cutMax: number;
  readonly fills: Fills;
  /** Meters whose quantities can be put together: none that is made of single events. */
  readonly meters: readonly string[];
  /** These dimensions are kept; rows that differ in others alone are one. */
  readonly dimensions: readonly string[];
  /** By customer: where the windows begin and end, in order and each once. What is before the first or after the last is left out. */
  readonly bounds: ReadonlyMap<string, readonly Micros[]>;
}

/** The usage of customers: a row for each of their windows, meter, subscription, kept dimensions and merging. Its slot is where the window begins. */
export async function readWindows(
  client: ClickHouseClient,
  filter: WindowsFilter,
): Promise<UsageRow[]> {
  const { tenant, meters, dimensions, bounds, fills, cutMax } = filter;
  const asked = [...bounds].filter(([, own]) => own.length > 1);
  if (asked.length === 0 || meters.length === 0) return [];
  const known = knownBetween(fills, 0, Math.max(cutMax, 0));
  const first = asked.reduce((least, [, own]) => Math.min(least, own[0] ?? least), Infinity);
  const last = asked.reduce((most, [, own]) => Math.max(most, own.at(-1) ?? most), 0);
  const parameters = {
    ...known.parameters,
    tenant,
    meters,
    from: Math.floor(first / MICROS_PER_SECOND),
    to: Math.ceil(last / MICROS_PER_SECOND),
  };
  const rowsAsked = { known, sql: windowsRows, parameters, openFrom: null };
  const areCorrected = await isCorrected(client, rowsAsked);
  const areKept = dimensions.length > 0;
  const query = windowsQuery(asked, { known, areKept, isCorrected: areCorrected });
  const answer = await client.query({
    query,
    query_params: { ...parameters, kept: dimensions },
    format: "JSONCompactEachRow",
    // What is asked of each customer stands in the text: an address has no room for it.
    clickhouse_settings: { max_query_size: String(query.length + 1_000_000) },
  });
  const rows = await answer.json<FoundRow>();
  return rows.map((row) => usageRow(row, tenant, bounds));
}

type FoundRow = readonly [
  customer: string,
  subscription: string,
  meter: string,
  version: number,
  nth: string,
  named: Readonly<Record<string, string>>,
  merging: Merging,
  value: string,
  quantity: string,
  count: string,
  cut: number,
  last: unknown,
  time: string,
  partition: number,
  offset: string,
];

function usageRow(row: FoundRow, tenant: string, bounds: WindowsFilter["bounds"]): UsageRow {
  const [customer, subscription, meter, version, nth, named, merging, value] = row;
  const [, , , , , , , , quantity, count, cut, , time, partition, offset] = row;
  return {
    tenant,
    customer,
    subscription,
    meter,
    meter_version: version,
    slot: bounds.get(customer)?.[Number(nth) - 1] ?? 0,
    dimensions: named,
    cut,
    merging,
    quantity,
    count: Number(count),
    value,
    backfill: "",
    latest:
      merging === "latest" ? { time: Number(time), partition, raw_offset: Number(offset) } : null,
    event: null,
  };
}
