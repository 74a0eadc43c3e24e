import { metersAt } from "@tallybook/catalog";
import type { MeterPublished } from "@tallybook/catalog";
import type { SeriesGroup, SeriesTerm } from "@tallybook/columns";
import { formatTime, MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { unfit } from "@tallybook/service";
import type { Aggregation } from "@tallybook/usage";

import { basisOf, clockIn } from "../usage/desk.ts";
import type { UsageDesk } from "../usage/desk.ts";
import { meterNamed, refuseStrangers } from "../usage/series-question.ts";
import { readSeriesWhole } from "../usage/series-usage.ts";
import type { Used } from "../usage/series-usage.ts";
import { windowAround, windowBounds } from "../usage/windows.ts";
import type { WindowWord } from "../usage/windows.ts";
import type { ReportQuery } from "./query.ts";

const windowsMax = 10_000;
const rowsMax = 100_000;
const waitMs = 10_000;

/** What a meter has to do for an aggregation. Amberflo's Count adds up the values of events, as its sum does. */
const doing: Readonly<Record<string, readonly Aggregation[]>> = {
  SUM: ["sum", "count"],
  COUNT: ["sum", "count"],
  MIN: ["min"],
  MAX: ["max"],
};

/** What one group used: in each window, and in all of the time. */
interface Group {
  readonly names: readonly string[];
  readonly whole: string;
  readonly values: Used[];
}

/** Answers a query of Amberflo's clients by the code that answers our own questions about usage. */
export async function reportOf(
  desk: UsageDesk,
  tenant: string,
  query: ReportQuery,
  signal: AbortSignal,
): Promise<object> {
  const { catalog } = basisOf(desk);
  const meter = meterNamed(catalog, tenant, query.meter);
  if (!(doing[query.aggregation] ?? []).includes(meter.aggregation))
    throw unfit("aggregation", `meter ${meter.meter} is a ${meter.aggregation}`);
  const groupBy = query.groupBy.map(groupNamed);
  const only = [...query.filter].map(([name, anyOf]): SeriesTerm => ({
    of: groupNamed(name),
    anyOf,
  }));
  refuseStrangers(catalog, tenant, meter, [...groupBy, ...only.map(({ of }) => of)]);
  const until = query.to ?? clockIn(desk) + MICROS_PER_SECOND;
  if (query.from >= until)
    throw unfit("timeRange", `it must begin before ${formatTime(until)}, where it ends`);
  const read = async (window: WindowWord) => {
    const bounds = windowBounds(window, "UTC", { from: query.from, to: until }, windowsMax);
    if (bounds === undefined)
      throw unfit("timeRange", `there would be more than ${windowsMax} intervals`);
    const question = { meter, window, zone: "UTC", bounds, groupBy, only, after: undefined };
    const asked = { ...question, limit: rowsMax, patience: { waitMs } };
    const { answer } = await readSeriesWhole(desk, tenant, asked, signal);
    if (answer.length > rowsMax) throw unfit("groupBy", `there would be more than ${rowsMax} rows`);
    return { bounds, answer };
  };
  const [whole, parts] = [await read("none"), await read(query.window)];
  return reportView(query, whole.answer, parts.answer, parts.bounds);
}

/** A report of what was used in all of the time, and in its parts, which begin at the bounds but the last. */
export function reportView(
  query: ReportQuery,
  whole: readonly Used[],
  parts: readonly Used[],
  bounds: readonly Micros[],
): object {
  const groups = takenOf(groupsOf(whole, parts), query);
  return {
    metadata: query.said,
    secondsSinceEpochIntervals: bounds.slice(0, -1).map((at) => secondsAt(query.window, at)),
    clientMeters: groups.map((group) => viewOf(group, query)),
  };
}

/** Every meter of the tenant for which Amberflo has an aggregation, by its name. */
export function metersFor(
  desk: UsageDesk,
  tenant: string,
): readonly Pick<ReportQuery, "meter" | "aggregation">[] {
  const meters = [...metersAt(basisOf(desk).catalog, tenant).values()];
  return meters
    .flatMap((versions) => versions.at(-1) ?? [])
    .flatMap(({ meter, aggregation }: MeterPublished) => {
      const said = Object.keys(doing).find((name) => doing[name]?.includes(aggregation) === true);
      return said === undefined ? [] : [{ meter, aggregation: said }];
    });
}

function groupNamed(name: string): SeriesGroup {
  return name === "customerId" ? "customer" : { dimension: name };
}

function groupsOf(whole: readonly Used[], parts: readonly Used[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { groups: names, value } of whole)
    groups.set(JSON.stringify(names), { names, whole: value, values: [] });
  for (const used of parts) groups.get(JSON.stringify(used.groups))?.values.push(used);
  return [...groups.values()];
}

/** In the order of what they used, the most first unless asked otherwise. */
function takenOf(groups: readonly Group[], { take }: ReportQuery): readonly Group[] {
  const sign = take?.isAscending === true ? 1 : -1;
  return groups
    .toSorted((one, other) => sign * (Number(one.whole) - Number(other.whole)))
    .slice(0, take?.limit);
}

function viewOf({ names, whole, values }: Group, { groupBy, window }: ReportQuery): object {
  const pairs = groupBy.map((name, at) => [name, names[at] ?? ""] as const);
  let previous = 0;
  return {
    group: { groupInfo: Object.fromEntries(pairs) },
    groupValue: Number(whole),
    values: values.map(({ window: { from }, value }) => {
      const number = Number(value);
      const share = previous === 0 ? 0 : ((number - previous) / previous) * 100;
      previous = number;
      return {
        value: number,
        secondsSinceEpochUtc: secondsAt(window, from),
        percentageFromPrevious: share,
      };
    }),
  };
}

/** Where the whole interval begins. */
function secondsAt(window: WindowWord, at: Micros): number {
  return windowAround(window, "UTC", at).from / MICROS_PER_SECOND;
}
