import { metersAt } from "@tallybook/catalog";
import type { Catalog, MeterPublished } from "@tallybook/catalog";
import type { SeriesGroup, SeriesTerm } from "@tallybook/columns";
import { formatTime, timesEnd, zoneNamed } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { Problem } from "@tallybook/service";
import type { Meter } from "@tallybook/usage";

import { patienceIn } from "./desk.ts";
import type { Patience } from "./desk.ts";
import { questionOf } from "./question.ts";
import type { Question } from "./question.ts";
import { windowBounds, windowWords } from "./windows.ts";
import type { WindowWord } from "./windows.ts";

/** A question about a meter's usage, as far as it can be read without the usage. */
export interface SeriesQuestion {
  /** The last version: how its rows merge is the same for all. */
  readonly meter: Meter;
  readonly window: WindowWord;
  readonly zone: string;
  readonly bounds: readonly Micros[];
  readonly groupBy: readonly SeriesGroup[];
  readonly only: readonly SeriesTerm[];
  readonly after: readonly [Micros, ...string[]] | undefined;
  readonly limit: number;
  readonly patience: Patience;
}

const prefix = "dimensions.";
const windowsMax = 1_000;
const groupsMax = 5;
const limitMax = 10_000;
const limitUsual = 1_000;
/** What ClickHouse's times hold. */
export const latest = 4_294_967_295_000_000;

export function readSeriesQuestion(
  query: unknown,
  catalog: Catalog,
  tenant: string,
): SeriesQuestion {
  const question = questionOf(query, prefix);
  const patience = patienceIn(question);
  const name = question.text("meter");
  if (name === undefined) question.refuse("meter", "missing", "name the meter that is asked about");
  const [from, to] = [timeIn(question, "from"), timeIn(question, "to")];
  if (from >= to) question.refuse("to", "not_after_from", `it must be after ${formatTime(from)}`);
  const window = question.oneOf("window", windowWords);
  const zone = question.text("time_zone") ?? "UTC";
  const isZone = zoneNamed(zone) !== undefined;
  if (!isZone)
    question.refuse("time_zone", "unknown_zone", "name one of the IANA time zone database");
  const groupBy = groupsIn(question);
  const only = termsIn(question, query);
  const after = cursorIn(question, groupBy.length);
  const limit = question.wholeNumber("limit", { min: 1, max: limitMax, fallback: limitUsual });
  const bounds =
    isZone && from < to ? windowBounds(window, zone, { from, to }, windowsMax) : [from, to];
  if (bounds === undefined) {
    const detail = `there would be more than ${windowsMax}: ask for longer windows or a shorter time`;
    question.refuse("window", "too_many_windows", detail);
  }
  question.done();
  const meter = meterNamed(catalog, tenant, name ?? "");
  refuseStrangers(catalog, tenant, meter, [...groupBy, ...only.map(({ of }) => of)]);
  return { meter, window, zone, bounds: bounds ?? [], groupBy, only, after, limit, patience };
}

/** The last version of a meter; throws the Problem (404) where there is none. */
export function meterNamed(catalog: Catalog, tenant: string, name: string): MeterPublished {
  const meter = metersAt(catalog, tenant).get(name)?.at(-1);
  if (meter !== undefined) return meter;
  throw new Problem({ status: 404, title: "Not Found", detail: `There is no meter ${name}.` });
}

/** The place of a row, for whoever asks for what comes after it. */
export function cursorAt(window: Micros, groups: readonly string[]): string {
  return Buffer.from(JSON.stringify([window, ...groups])).toString("base64url");
}

export function nameOfGroup(of: SeriesGroup): string {
  return typeof of === "string" ? of : `${prefix}${of.dimension}`;
}

function timeIn(question: Question, name: "from" | "to"): Micros {
  const time = question.time(name);
  if (time !== undefined && time >= 0 && time <= latest) return time;
  const detail = "give a time from 1970 to 2106, such as 2026-01-01T00:00:00Z";
  question.refuse(name, time === undefined ? "missing" : "out_of_range", detail);
  return name === "from" ? 0 : timesEnd;
}

function groupsIn(question: Question): SeriesGroup[] {
  const text = question.text("group_by");
  const names = text === undefined ? [] : text.split(",").map((name) => name.trim());
  if (names.length > groupsMax)
    question.refuse("group_by", "too_many", `give at most ${groupsMax} names`);
  if (new Set(names).size < names.length)
    question.refuse("group_by", "repeated", "name each of them once");
  return names.map((name) =>
    name === "customer" || name === "subscription" ? name : dimensionNamed(name),
  );
}

/** A dimension may have the name of something else: with its prefix it is meant for certain. */
function dimensionNamed(name: string): SeriesGroup {
  return { dimension: name.startsWith(prefix) ? name.slice(prefix.length) : name };
}

function termsIn(question: Question, query: unknown): SeriesTerm[] {
  const named = ["customer", "subscription"] as const;
  const who = named.map((of) => ({ of, is: question.text(of) }));
  const dimensions = Object.keys(query as object)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ of: dimensionNamed(name), is: question.text(name) }));
  return [...who, ...dimensions].flatMap(({ of, is }) =>
    is === undefined ? [] : [{ of, anyOf: [is] }],
  );
}

function cursorIn(question: Question, groups: number): readonly [Micros, ...string[]] | undefined {
  const text = question.text("after");
  if (text === undefined) return undefined;
  const place = placeOf(text);
  const [window, ...rest] = place ?? [];
  const isFit =
    Number.isSafeInteger(window) &&
    rest.length === groups &&
    rest.every((each) => typeof each === "string");
  if (isFit) return [window as Micros, ...rest];
  question.refuse("after", "unknown_cursor", "give the `next` of a page with the same group_by");
  return undefined;
}

function placeOf(text: string): readonly unknown[] | undefined {
  try {
    const place: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    return Array.isArray(place) ? place : undefined;
  } catch {
    return undefined;
  }
}

/** Throws the Problem (400) for what a meter's usage cannot be told apart by. */
export function refuseStrangers(
  catalog: Catalog,
  tenant: string,
  { meter }: Meter,
  asked: readonly SeriesGroup[],
): void {
  const versions = metersAt(catalog, tenant).get(meter) ?? [];
  const known = new Set(versions.flatMap(({ dimensions }) => dimensions));
  const strange = asked.find((of) => typeof of !== "string" && !known.has(of.dimension));
  if (strange === undefined) return;
  const field = nameOfGroup(strange);
  const detail = `meter ${meter} has no such dimension: it has ${[...known].join(", ") || "none"}`;
  throw new Problem({
    status: 400,
    title: "Unfit request",
    detail: `${field}: ${detail}`,
    members: { errors: [{ field, reason: "unknown_dimension", detail }] },
  });
}
