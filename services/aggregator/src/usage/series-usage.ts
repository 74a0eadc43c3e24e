import { meterVersionFor } from "@tallybook/catalog";
import type { SeriesRow } from "@tallybook/columns";
import { measuredMeters, unitOf } from "@tallybook/journal";
import { decimal, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import { Problem } from "@tallybook/service";
import { isOfEvents, quantityOf, rowsOfMeter, timeOf } from "@tallybook/usage";
import type { Meter, UsageRow } from "@tallybook/usage";

import { basisOf, readWhole } from "./desk.ts";
import type { Reading, Stamped, UsageDesk } from "./desk.ts";
import { cursorAt, nameOfGroup, readSeriesQuestion } from "./series-question.ts";
import type { SeriesQuestion } from "./series-question.ts";

/** What one window and group used. */
export interface Used {
  readonly window: Period;
  readonly groups: readonly string[];
  readonly value: string;
}

/** Single events in memory at once. */
const rowsMax = 200_000;

/** Answers what was used of a meter, by windows of time and whatever else is asked for; whoever is billed for it. */
export async function usageSeries(
  desk: UsageDesk,
  asked: { readonly tenant: string; readonly query: unknown },
  signal: AbortSignal,
): Promise<object> {
  const { tenant, query } = asked;
  const question = readSeriesQuestion(query, basisOf(desk).catalog, tenant);
  const { meter, bounds, groupBy, limit } = question;
  const { answer, stamp } = await readSeriesWhole(desk, tenant, question, signal);
  const page = answer.slice(0, limit);
  const last = answer.length > limit ? page.at(-1) : undefined;
  return {
    meter: meter.meter,
    unit: unitOf(meter),
    from: formatTime(bounds[0] ?? 0),
    to: formatTime(bounds.at(-1) ?? 0),
    window: question.window,
    time_zone: question.zone,
    group_by: groupBy.map(nameOfGroup),
    usage: page.map((used) => viewOf(used, question)),
    next: last === undefined ? null : cursorAt(last.window.from, last.groups),
    ...stamp,
  };
}

/** Reads one row more than the question's limit, where there is one. Throws the Problem (422) for a weighted sum. */
export function readSeriesWhole(
  desk: UsageDesk,
  tenant: string,
  question: SeriesQuestion,
  signal: AbortSignal,
): Promise<Stamped<Used[]>> {
  const { meter, patience } = question;
  if (meter.aggregation === "weighted_sum") throw heldRefused(meter);
  const reading = isOfEvents(meter)
    ? eventsReading(desk, tenant, question)
    : rollupsReading(desk, tenant, question);
  return readWhole(desk, tenant, patience, signal, reading);
}

function rollupsReading(
  { columns }: UsageDesk,
  tenant: string,
  { meter, bounds, groupBy, only, after, limit }: SeriesQuestion,
): Reading<Used[]> {
  return async ({ basis, cutMax, cuts: { fills } }) => {
    const rows = await columns.readSeries({
      tenant,
      meter: meter.meter,
      bounds,
      groupBy,
      only,
      cutMax,
      fills,
      ...(after === undefined ? {} : { after }),
      limit: limit + 1,
    });
    return rows.map((row) => {
      const window = windowFrom(bounds, row.window);
      const version = meterVersionFor(basis.catalog, tenant, meter.meter, window.from);
      return { window, groups: row.groups, value: valueOf(row, version, window) };
    });
  };
}

function valueOf(row: SeriesRow, meter: Meter | undefined, period: Period): string {
  if (row.merging === "unique") return String(row.values);
  const { merging, quantity, count } = row;
  const latest = merging === "latest" ? { time: 0, partition: 0, raw_offset: 0 } : null;
  const whole = { merging, quantity, count, latest, value: "" } as UsageRow;
  return toText(quantityOf([whole], { meter, period }));
}

/** Of a meter whose quantity follows only from single events: they are all read. */
function eventsReading(
  { columns }: UsageDesk,
  tenant: string,
  question: SeriesQuestion,
): Reading<Used[]> {
  const { meter, bounds, only, after } = question;
  const whole = { from: bounds[0] ?? 0, to: bounds.at(-1) ?? 0 };
  const customers = only.find(({ of }) => of === "customer")?.anyOf;
  return async ({ basis, cutMax, cuts: { fills } }) => {
    const rows = await columns.readUsage({
      tenant,
      ...whole,
      cutMax,
      fills,
      withOpen: true,
      ...(customers === undefined ? {} : { customers }),
      meters: measuredMeters(basis.catalog, tenant, [meter.meter], whole),
      isApart: () => true,
      rowsMax,
    });
    const version = meterVersionFor(basis.catalog, tenant, meter.meter, whole.from);
    const own = rowsOfMeter(meter.meter, version, rows).filter((row) => isAsked(row, question));
    const used = [...Map.groupBy(own, (row) => placeOf(row, question)).values()].map((group) =>
      usedOf(group, question, version),
    );
    const sorted = used.toSorted((a, b) => comparePlaces(placeIn(a), placeIn(b)));
    return sorted.filter((each) => after === undefined || comparePlaces(placeIn(each), after) > 0);
  };
}

function usedOf(
  rows: readonly UsageRow[],
  question: SeriesQuestion,
  meter: Meter | undefined,
): Used {
  const [first] = rows as [UsageRow];
  const window = windowAt(question.bounds, timeOf(first));
  const value = toText(quantityOf(rows, { meter, period: window }));
  return { window, groups: groupsOf(first, question), value };
}

function isAsked(row: UsageRow, { bounds, only }: SeriesQuestion): boolean {
  const time = timeOf(row);
  if (time < (bounds[0] ?? 0) || time >= (bounds.at(-1) ?? 0)) return false;
  return only.every(({ of, anyOf }) => anyOf.includes(valueIn(row, of)));
}

function placeOf(row: UsageRow, question: SeriesQuestion): string {
  const window = windowAt(question.bounds, timeOf(row));
  return JSON.stringify([window.from, ...groupsOf(row, question)]);
}

function groupsOf(row: UsageRow, { groupBy }: SeriesQuestion): string[] {
  return groupBy.map((of) => valueIn(row, of));
}

function valueIn(row: UsageRow, of: SeriesQuestion["groupBy"][number]): string {
  return typeof of === "string" ? row[of] : (row.dimensions[of.dimension] ?? "");
}

function windowFrom(bounds: readonly Micros[], from: Micros): Period {
  const at = bounds.indexOf(from);
  return { from, to: bounds[at + 1] ?? from };
}

function windowAt(bounds: readonly Micros[], time: Micros): Period {
  const at = bounds.findLastIndex((bound) => bound <= time);
  return { from: bounds[at] ?? time, to: bounds[at + 1] ?? time };
}

type Place = readonly [Micros, ...string[]];

function placeIn({ window, groups }: Used): Place {
  return [window.from, ...groups];
}

function comparePlaces([a, ...as]: Place, [b, ...bs]: Place): number {
  if (a !== b) return a - b;
  const at = as.findIndex((each, index) => each !== bs[index]);
  return at === -1 ? 0 : Buffer.compare(Buffer.from(as[at] ?? ""), Buffer.from(bs[at] ?? ""));
}

function viewOf({ window, groups, value }: Used, { groupBy }: SeriesQuestion): object {
  const named = groupBy.map((of, at) => [of, groups[at] ?? ""] as const);
  const who = named.flatMap(([of, is]) => (typeof of === "string" ? [[of, is]] : []));
  const told = named.flatMap(([of, is]) => (typeof of === "string" ? [] : [[of.dimension, is]]));
  return {
    window_start: formatTime(window.from),
    window_end: formatTime(window.to),
    ...(Object.fromEntries(who) as Record<string, string>),
    ...(told.length === 0 ? {} : { dimensions: Object.fromEntries(told) as object }),
    value: toText(decimal(value)),
  };
}

/** What is held when a window begins depends on all before, and on who holds it. */
function heldRefused({ meter }: Meter): Problem {
  const detail = `Meter ${meter} is a weighted sum, which is carried from period to period: ask for /v1/subscriptions/{id}/usage.`;
  return new Problem({ status: 422, title: "Unfit meter", detail });
}
