import type { EventPlace, EventsFilter, StoredEvent } from "@tallybook/columns";
import { parseTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { unfit } from "@tallybook/service";

import { readWhole } from "../usage/desk.ts";
import type { UsageDesk } from "../usage/desk.ts";
import { latest } from "../usage/series-question.ts";

type Given = Readonly<Record<string, unknown>>;
type Terms = Omit<EventsFilter, "tenant" | "limit" | "after">;

const limitMax = 100;
const waitMs = 10_000;

/** The accepted events that a question is about, the latest first; everything that was acknowledged before it is there. */
export async function listEvents(
  desk: UsageDesk,
  tenant: string,
  query: Given,
  signal: AbortSignal,
): Promise<StoredEvent[]> {
  const filter = { tenant, ...termsOfFirst(query), limit: limitIn(query) };
  return read(desk, filter, signal);
}

/** A page of them, and where the next one begins. */
export async function pageOfEvents(
  desk: UsageDesk,
  tenant: string,
  query: Given,
  signal: AbortSignal,
): Promise<{ readonly events: readonly StoredEvent[]; readonly next: string | undefined }> {
  const limit = limitIn(query);
  const after = cursorIn(query);
  const asked = { tenant, ...termsOfSecond(query), ...(after === undefined ? {} : { after }) };
  const found = await read(desk, { ...asked, limit: limit + 1 }, signal);
  const events = found.slice(0, limit);
  const last = found.length > limit ? events.at(-1) : undefined;
  const next =
    last === undefined ? undefined : Buffer.from(JSON.stringify(last.place)).toString("base64url");
  return { events, next };
}

async function read(
  desk: UsageDesk,
  filter: EventsFilter,
  signal: AbortSignal,
): Promise<StoredEvent[]> {
  const reading = () => desk.columns.readEvents(filter);
  return (await readWhole(desk, filter.tenant, { waitMs }, signal, reading)).answer;
}

const everBefore = { from: 0, to: latest };

/** Of the first list: each parameter names one thing. */
function termsOfFirst(query: Given): Terms {
  const id = textIn(query, "id");
  const who = [textIn(query, "subject"), ...textsIn(query, "customerId")].filter(
    (each) => each !== undefined,
  );
  const [from, to] = [timeIn(query, "from"), timeIn(query, "to")];
  const [receivedFrom, receivedTo] = [
    timeIn(query, "ingestedAtFrom"),
    timeIn(query, "ingestedAtTo"),
  ];
  return {
    from: from ?? everBefore.from,
    to: to ?? everBefore.to,
    ...(id === undefined ? {} : { ids: [id] }),
    ...(who.length === 0 ? {} : { customers: who }),
    ...(receivedFrom === undefined ? {} : { receivedFrom }),
    ...(receivedTo === undefined ? {} : { receivedTo }),
  };
}

/** Of the second: a filter in JSON, of fields by what they have to be. */
function termsOfSecond(query: Given): Terms {
  const filter = filterIn(query);
  const known = ["id", "source", "subject", "type", "time", "ingestedAt", "customerId"];
  const other = Object.keys(filter).find((name) => !known.includes(name));
  if (other !== undefined) throw unfit(`filter.${other}`, `it must be one of ${known.join(", ")}`);
  const time = rangeIn(filter, "time");
  const received = rangeIn(filter, "ingestedAt");
  const lists = { ids: "id", sources: "source", types: "type" } as const;
  const terms = Object.entries(lists).flatMap(([name, field]) => {
    const anyOf = optionsIn(filter, field);
    return anyOf === undefined ? [] : [[name, anyOf] as const];
  });
  const who = [optionsIn(filter, "subject"), optionsIn(filter, "customerId")].filter(
    (each) => each !== undefined,
  );
  return {
    from: time.from ?? everBefore.from,
    to: time.to ?? everBefore.to,
    ...Object.fromEntries(terms),
    ...(who.length === 0 ? {} : { customers: shared(who) }),
    ...(received.from === undefined ? {} : { receivedFrom: received.from }),
    ...(received.to === undefined ? {} : { receivedTo: received.to }),
  };
}

/** Who is in all of the lists. */
function shared(lists: readonly (readonly string[])[]): readonly string[] {
  return lists.reduce((both, list) => both.filter((each) => list.includes(each)));
}

function filterIn(query: Given): Given {
  const text = textIn(query, "filter");
  if (text === undefined) return {};
  try {
    const filter: unknown = JSON.parse(text);
    if (typeof filter === "object" && filter !== null && !Array.isArray(filter))
      return filter as Given;
  } catch {
    // Answered as whatever else is no object.
  }
  throw unfit("filter", "it must be a JSON object");
}

function optionsIn(filter: Given, field: string): readonly string[] | undefined {
  const rule = filter[field] ?? undefined;
  if (rule === undefined) return undefined;
  const { $eq, $in, ...others } = ruleOf(rule, field);
  const list: unknown = $in ?? ($eq === undefined ? undefined : [$eq]);
  const isFit =
    Array.isArray(list) &&
    list.every((each) => typeof each === "string") &&
    Object.keys(others).length === 0;
  if (isFit) return list;
  throw unfit(`filter.${field}`, "say $eq with a text, or $in with several");
}

function rangeIn(filter: Given, field: string): { readonly from?: Micros; readonly to?: Micros } {
  const rule = filter[field] ?? undefined;
  if (rule === undefined) return {};
  const { $gte, $gt, $lt, $lte, ...others } = ruleOf(rule, field);
  if (Object.keys(others).length > 0)
    throw unfit(`filter.${field}`, "say $gte, $gt, $lt or $lte with a time");
  const at = (value: unknown) => timeOf(`filter.${field}`, value);
  const from = $gte !== undefined ? at($gte) : $gt !== undefined ? at($gt) + 1 : undefined;
  const to = $lt !== undefined ? at($lt) : $lte !== undefined ? at($lte) + 1 : undefined;
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function ruleOf(rule: unknown, field: string): Given {
  if (typeof rule === "object" && rule !== null) return rule as Given;
  throw unfit(`filter.${field}`, 'it must be an object such as { "$eq": … }');
}

function limitIn(query: Given): number {
  const text = textIn(query, "limit") ?? String(limitMax);
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= limitMax) return limit;
  throw unfit("limit", `it must be a whole number from 1 to ${limitMax}`);
}

function cursorIn(query: Given): EventPlace | undefined {
  const text = textIn(query, "cursor");
  if (text === undefined) return undefined;
  const place = placeOf(text);
  const [time, partition, offset, ...others] = place;
  if (
    place.every(isPlace) &&
    time !== undefined &&
    partition !== undefined &&
    offset !== undefined &&
    others.length === 0
  )
    return [time as number, partition as number, offset as number];
  throw unfit("cursor", "give the `nextCursor` of a page");
}

function isPlace(number: unknown): boolean {
  return Number.isSafeInteger(number) && (number as number) >= 0;
}

function placeOf(text: string): readonly unknown[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    return Array.isArray(place) ? place : [];
  } catch {
    return [];
  }
}

function timeIn(query: Given, name: string): Micros | undefined {
  const text = textIn(query, name);
  return text === undefined ? undefined : timeOf(name, text);
}

function timeOf(name: string, text: unknown): Micros {
  const time = typeof text === "string" ? parseTime(text) : undefined;
  if (time !== undefined && time >= 0 && time <= latest) return time;
  throw unfit(name, "it must be RFC 3339 with a zone, such as 2026-01-01T00:00:00Z");
}

function textIn(query: Given, name: string): string | undefined {
  const value = query[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw unfit(name, "it stands there more than once: give it once");
}

function textsIn(query: Given, name: string): string[] {
  const list = [query[name] ?? query[`${name}[]`] ?? []].flat();
  return list.filter((each) => typeof each === "string");
}
