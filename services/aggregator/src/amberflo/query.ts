import { MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { unfit } from "@tallybook/service";

import type { WindowWord } from "../usage/windows.ts";

type Given = Readonly<Record<string, unknown>>;

/** A query of Amberflo's clients about one meter. */
export interface ReportQuery {
  readonly meter: string;
  readonly aggregation: string;
  readonly window: WindowWord;
  readonly from: Micros;
  /** Undefined: now. */
  readonly to: Micros | undefined;
  readonly groupBy: readonly string[];
  readonly filter: ReadonlyMap<string, readonly string[]>;
  /** The groups that used the most, or the least; all of them unless given. */
  readonly take: { readonly limit: number; readonly isAscending: boolean } | undefined;
  /** As it was asked: an answer has it as its metadata. */
  readonly said: object;
}

const wordByInterval: Readonly<Record<string, WindowWord>> = {
  HOUR: "hour",
  DAY: "day",
  MONTH: "month",
};
const groupsMax = 10;

/** Throws the Problem (400) to answer with, by the name of what is wrong. */
export function readReportQuery(body: unknown): ReportQuery {
  const given = objectIn("body", body);
  const range = objectIn("timeRange", given["timeRange"]);
  const take = given["take"] ?? undefined;
  return {
    meter: textIn("meterApiName", given["meterApiName"]),
    aggregation: textIn("aggregation", given["aggregation"]),
    window: windowIn(given["timeGroupingInterval"]),
    from: secondsIn("timeRange.startTimeInSeconds", range["startTimeInSeconds"]),
    to: untilIn("timeRange.endTimeInSeconds", range["endTimeInSeconds"]),
    groupBy: groupsIn(given["groupBy"]),
    filter: filterIn(given["filter"] ?? given["usageFilter"]),
    take: take === undefined ? undefined : takeIn(objectIn("take", take)),
    said: given,
  };
}

/** What is asked of every meter at once. */
export function readAllQuery(query: unknown): Omit<ReportQuery, "meter" | "aggregation" | "take"> {
  const given = objectIn("query", query);
  const { customerId, groupBy } = given;
  if (groupBy !== undefined && groupBy !== "customerId")
    throw unfit("groupBy", "of all meters it can be customerId alone");
  return {
    window: windowIn(given["timeGroupingInterval"]),
    from: secondsIn("startTimeInSeconds", given["startTimeInSeconds"]),
    to: untilIn("endTimeInSeconds", given["endTimeInSeconds"]),
    groupBy: groupBy === undefined ? [] : ["customerId"],
    filter: new Map(
      customerId === undefined ? [] : [["customerId", [textIn("customerId", customerId)]]],
    ),
    said: given,
  };
}

function windowIn(interval: unknown): WindowWord {
  const word =
    typeof interval === "string" && Object.hasOwn(wordByInterval, interval)
      ? wordByInterval[interval]
      : undefined;
  if (word !== undefined) return word;
  throw unfit(
    "timeGroupingInterval",
    `it must be one of ${Object.keys(wordByInterval).join(", ")}`,
  );
}

function untilIn(name: string, value: unknown): Micros | undefined {
  return (value ?? undefined) === undefined ? undefined : secondsIn(name, value);
}

function secondsIn(name: string, value: unknown): Micros {
  // In an address it is text.
  const seconds = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof seconds === "number" && Number.isSafeInteger(seconds) && seconds >= 0)
    if (seconds < 4_294_967_295) return seconds * MICROS_PER_SECOND;
  throw unfit(name, "it must be whole seconds since 1970");
}

function groupsIn(value: unknown): readonly string[] {
  const names = (value ?? undefined) === undefined ? [] : textsIn("groupBy", value);
  if (names.length > groupsMax) throw unfit("groupBy", `name at most ${groupsMax}`);
  return [...new Set(names)];
}

function filterIn(value: unknown): ReadonlyMap<string, readonly string[]> {
  if ((value ?? undefined) === undefined) return new Map();
  const entries = Object.entries(objectIn("filter", value));
  return new Map(entries.map(([name, anyOf]) => [name, textsIn(`filter.${name}`, anyOf)]));
}

function takeIn({ limit, isAscending = false }: Given) {
  const isFit = typeof limit === "number" && Number.isSafeInteger(limit) && limit > 0;
  if (isFit && typeof isAscending === "boolean") return { limit, isAscending };
  throw unfit("take", "it must have a limit from 1 on, and isAscending as true or false");
}

function objectIn(name: string, value: unknown): Given {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Given;
  throw unfit(name, "it must be a JSON object");
}

function textIn(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw unfit(name, "it must be a text");
}

function textsIn(name: string, value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((each) => typeof each === "string");
  if (texts.length < list.length) throw unfit(name, "it must be a text, or a list of them");
  return texts;
}
