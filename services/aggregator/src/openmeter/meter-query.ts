import { settingsOf } from "@tallybook/catalog";
import type { SeriesGroup, SeriesTerm } from "@tallybook/columns";
import { formatTime, MICROS_PER_SECOND, parseTime, zoneNamed } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import { Problem, unfit } from "@tallybook/service";

import { basisOf, clockIn } from "../usage/desk.ts";
import type { UsageDesk } from "../usage/desk.ts";
import { latest, meterNamed, refuseStrangers } from "../usage/series-question.ts";
import type { SeriesQuestion } from "../usage/series-question.ts";
import { readSeriesWhole } from "../usage/series-usage.ts";
import type { Used } from "../usage/series-usage.ts";
import { windowAround, windowBounds } from "../usage/windows.ts";
import type { WindowWord } from "../usage/windows.ts";
import type { MeterQuery } from "./asked.ts";

/** What a query comes to. */
export interface MeterAnswer {
  readonly asked: MeterQuery;
  /** With those by which it is told apart unasked. */
  readonly groupBy: readonly string[];
  readonly rows: readonly MeterRow[];
  readonly complete: boolean;
}

/** What one window and group used. */
export interface MeterRow {
  readonly window: Period;
  readonly value: string;
  /** By their names; empty where an event had none. */
  readonly groups: ReadonlyMap<string, string>;
}

const windowsMax = 10_000;
const rowsMax = 100_000;
const groupsMax = 10;
const waitMs = 10_000;

const wordBySize: Readonly<Record<string, WindowWord>> = {
  MINUTE: "minute",
  HOUR: "hour",
  DAY: "day",
  MONTH: "month",
};

/**
 * Answers a query of OpenMeter's clients by the code that answers our own questions about usage. Windows are whole ones of the zone's clocks,
 * also where the query begins inside of one; who asks for subjects gets them told apart.
 */
export async function queryMeter(
  desk: UsageDesk,
  asked: { readonly tenant: string; readonly meter: string; readonly query: MeterQuery },
  signal: AbortSignal,
): Promise<MeterAnswer> {
  const { tenant, query } = asked;
  const { catalog } = basisOf(desk);
  const meter = meterNamed(catalog, tenant, asked.meter);
  const groupBy = groupsIn(query);
  const only = termsIn(query);
  const groups = groupBy.map(groupNamed);
  refuseStrangers(catalog, tenant, meter, [...groups, ...only.map(({ of }) => of)]);
  const window = wordIn(query);
  const zone = zoneIn(query);
  const question = {
    meter,
    window,
    zone,
    groupBy: groups,
    only,
    after: undefined,
    limit: rowsMax,
    patience: { waitMs },
  };
  const read = (bounds: readonly Micros[], of: Partial<SeriesQuestion> = {}) =>
    readSeriesWhole(desk, tenant, { ...question, bounds, ...of }, signal);
  const bounds = await boundsIn(query, { window, zone, end: endOf(desk) }, async (coarse) => {
    const first = await read(coarse, { groupBy: [], limit: 1 });
    return first.answer[0]?.window;
  });
  if (bounds === undefined) return { asked: query, groupBy, rows: [], complete: true };
  const { answer, stamp } = await read(bounds);
  if (answer.length > rowsMax)
    throw tooMuch(`more than ${rowsMax} rows: ask for a shorter time or fewer groups`);
  const rows = answer.map((used) => rowOf(used, groupBy, { window, zone }));
  return { asked: query, groupBy, rows, complete: stamp.complete };
}

function rowOf(
  { window: { from, to }, groups, value }: Used,
  groupBy: readonly string[],
  { window, zone }: { readonly window: WindowWord; readonly zone: string },
): MeterRow {
  const whole = window === "none" ? { from, to } : windowAround(window, zone, from);
  return {
    window: whole,
    value,
    groups: new Map(groupBy.map((name, at) => [name, groups[at] ?? ""])),
  };
}

/** Where windows begin and end. Without a beginning they begin with the first usage; undefined where there is none. */
async function boundsIn(
  { from, to }: MeterQuery,
  rule: { readonly window: WindowWord; readonly zone: string; readonly end: Micros },
  firstUse: (bounds: readonly Micros[]) => Promise<Period | undefined>,
): Promise<readonly Micros[] | undefined> {
  const { window, zone } = rule;
  const end = timeIn("to", to) ?? rule.end;
  const begin = timeIn("from", from) ?? 0;
  if (begin >= end) throw unfit("to", `it must be after from, ${formatTime(begin)}`);
  let start: Micros = begin;
  if (from === undefined && window !== "none") {
    for (const coarse of ["month", "day"] as const) {
      const bounds = windowBounds(coarse, zone, { from: start, to: end }, windowsMax);
      const first = bounds === undefined ? undefined : await firstUse(bounds);
      if (first === undefined) return undefined;
      start = first.from;
      if (coarse === window) break;
    }
  }
  const bounds = windowBounds(window, zone, { from: start, to: end }, windowsMax);
  if (bounds === undefined)
    throw tooMuch(`more than ${windowsMax} windows: ask for longer ones, or say from and to`);
  return bounds;
}

/** Later than that no event is taken. */
function endOf(desk: UsageDesk): Micros {
  const catalog = desk.grounds.catalog()?.now;
  const ahead = (catalog === undefined ? undefined : settingsOf(catalog))?.ahead_seconds ?? 0;
  return Math.min(clockIn(desk) + (ahead + 1) * MICROS_PER_SECOND, latest);
}

function timeIn(name: string, text: string | undefined): Micros | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (time !== undefined && time >= 0 && time <= latest) return time;
  throw unfit(name, "it must be RFC 3339 with a zone, such as 2026-01-01T00:00:00Z");
}

function wordIn({ windowSize }: MeterQuery): WindowWord {
  if (windowSize === undefined) return "none";
  const word = Object.hasOwn(wordBySize, windowSize) ? wordBySize[windowSize] : undefined;
  if (word !== undefined) return word;
  throw unfit("windowSize", `it must be one of ${Object.keys(wordBySize).join(", ")}`);
}

function zoneIn({ windowTimeZone = "UTC" }: MeterQuery): string {
  if (zoneNamed(windowTimeZone) !== undefined) return windowTimeZone;
  throw unfit("windowTimeZone", "it must be one of the IANA time zone database");
}

function groupsIn({ groupBy, subject, filterCustomerId }: MeterQuery): string[] {
  const unasked = [
    ...(subject === undefined ? [] : ["subject"]),
    ...(filterCustomerId === undefined ? [] : ["customer_id"]),
  ];
  const names = [...new Set([...groupBy, ...unasked])];
  if (names.length > groupsMax) throw unfit("groupBy", `name at most ${groupsMax}`);
  return names;
}

function groupNamed(name: string): SeriesGroup {
  return whoNames.has(name) ? "customer" : { dimension: name };
}

/** A subject is a customer, and has that one's name. */
const whoNames: ReadonlySet<string> = new Set(["subject", "customer_id"]);

function termsIn({ subject, filterCustomerId, filterGroupBy }: MeterQuery): SeriesTerm[] {
  const who = [subject, filterCustomerId].flatMap((anyOf): SeriesTerm[] =>
    anyOf === undefined ? [] : [{ of: "customer", anyOf }],
  );
  const dimensions = [...filterGroupBy].map(([dimension, anyOf]) => ({ of: { dimension }, anyOf }));
  return [...who, ...dimensions];
}

function tooMuch(detail: string): Problem {
  return new Problem({ status: 400, title: "Unfit request", detail: `There would be ${detail}.` });
}
