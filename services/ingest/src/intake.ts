import type { Allowed } from "@tallybook/catalog";
import type { OutRecord } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import {
  isJsonArray,
  isJsonObject,
  isTypedEvent,
  linesOf,
  parseJson,
  partitionOf,
  readAttributes,
  readCloudEvent,
  readEvent,
  readTypedEvent,
  recordKey,
  type Backfill,
  type HeaderValues,
  type Json,
  type UsageRefused,
  type UsageReported,
} from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";
import { faultAt } from "./admission.ts";
import { itemSources } from "./sources.ts";
import type { DoorWindow } from "./window.ts";

/** Who sends in which form, and what the door knows at that moment. */
export interface Arrival {
  readonly tenant: string;
  /** Id of the API key. */
  readonly api_key: string;
  readonly received_at: Micros;
  readonly window: DoorWindow;
  readonly partitions: number;
  readonly door: Door;
  /** What the API key may send; null: anything. */
  readonly allowed: Allowed | null;
  /** By which the events come, an open one; null: by the usual way. */
  readonly backfill: Backfill | null;
}

/** Where an event comes in, as it is noted with it. */
export type Door = keyof typeof readers;

export interface Fault {
  readonly field: string | null;
  readonly reason: string;
  readonly detail: string;
}

/** Which item of a request: `line` where each has one of its own, from 1. */
interface Place {
  readonly index: number;
  readonly line?: number;
}

export type ItemResult = Place &
  (
    | {
        readonly id: string;
        readonly status: "accepted";
        /** Of the typed form, whose answers are read so. */
        readonly event_id?: string;
        readonly accepted?: true;
      }
    | ({ readonly id?: string; readonly status: "refused" } & Fault)
  );

/**
 * What a body holds. The records go to Kafka before anything is answered: events as they are, and what is refused in an
 * envelope, so that it can be seen and sent again. Too many items are not kept: the client can split them.
 */
export type Intake =
  | {
      readonly kind: "read";
      readonly results: readonly ItemResult[];
      readonly records: readonly OutRecord[];
    }
  | { readonly kind: "unreadable"; readonly fault: Fault; readonly records: readonly OutRecord[] }
  | { readonly kind: "too_many"; readonly items: number };

const readers = {
  native: readEvent,
  typed: readTypedEvent,
  cloudevents: readCloudEvent,
} as const;
export const batchItemsMax = 10_000;
/** Of a refused item's or body's bytes. */
export const envelopeBytesMax = 64 * 1024;

/** Reads one event. */
export function takeEvent(body: Buffer, arrival: Arrival): Intake {
  const read = readJson(body, "the body");
  if (!read.ok) return unreadable(body, read.fault, arrival);
  return intakeOf([takeItem(read.value, { index: 0 }, body, arrival)]);
}

/** Reads one CloudEvent whose attributes are in the headers and whose data is the body. */
export function takeEventInHeaders(headers: HeaderValues, body: Buffer, arrival: Arrival): Intake {
  const source = (): Buffer => messageOf(headers, body);
  const place = { index: 0 };
  const head = readAttributes(headers);
  if (!head.ok) return intakeOf([refuse(head, place, source, arrival)]);
  const data = body.length === 0 ? { ok: true as const, value: null } : readJson(body, "it");
  if (!data.ok) {
    const fault = { ...data.fault, field: "data" };
    return intakeOf([refuse(fault, place, source, arrival, head.attributes.get("id"))]);
  }
  const item = Object.fromEntries<Json>([...head.attributes, ["data", data.value]]);
  return intakeOf([takeItem(item, place, source, arrival)]);
}

/** Reads `[event, …]` or, at the native door, `{ "events": [event, …] }`. */
export function takeBatch(body: Buffer, arrival: Arrival): Intake {
  const read = readJson(body, "the body");
  if (!read.ok) return unreadable(body, read.fault, arrival);
  const items = itemsOf(read.value, arrival.door);
  if (items === undefined) return unreadable(body, notABatch(arrival.door), arrival);
  if (items.length > batchItemsMax) return { kind: "too_many", items: items.length };
  let sources: readonly string[] | undefined;
  return intakeOf(
    items.map((item, index) => {
      const source = (): Buffer => Buffer.from((sources ??= itemSources(read.text))[index] ?? "");
      return takeItem(item, { index }, source, arrival);
    }),
  );
}

/** Reads one event from each line that is not blank. A line that cannot be read is refused by itself. */
export function takeLines(body: Buffer, arrival: Arrival): Intake {
  const { lines, count } = linesOf(body, batchItemsMax);
  if (count > batchItemsMax) return { kind: "too_many", items: count };
  return intakeOf(
    lines.map(({ number, bytes }, index) => {
      const read = readJson(bytes, "the line");
      const place = { index, line: number };
      return read.ok
        ? takeItem(read.value, place, bytes, arrival)
        : refuse(read.fault, place, bytes, arrival);
    }),
  );
}

type JsonRead =
  | { readonly ok: true; readonly text: string; readonly value: Json }
  | { readonly ok: false; readonly fault: Fault };

const utf8 = new TextDecoder("utf-8", { fatal: true });

function readJson(bytes: Uint8Array, what: string): JsonRead {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return {
      ok: false,
      fault: { field: null, reason: "not_utf8", detail: `${what} is not UTF-8` },
    };
  }
  const json = parseJson(text);
  if (json.ok) return { ok: true, text, value: json.value };
  return {
    ok: false,
    fault: { field: null, reason: "not_json", detail: `${what} is ${json.why}` },
  };
}

function notABatch(door: Door): Fault {
  const detail =
    door === "native"
      ? 'a batch is a list of events, or { "events": [...] } and nothing else'
      : "a batch is a list of CloudEvents";
  return { field: null, reason: "not_a_batch", detail };
}

function itemsOf(value: Json, door: Door): readonly Json[] | undefined {
  if (isJsonArray(value)) return value;
  if (door !== "native" || !isJsonObject(value)) return undefined;
  const events = value["events"];
  if (!isJsonArray(events)) return undefined;
  // Whoever writes the typed form may write more than is read.
  return Object.keys(value).length === 1 || isTypedEvent(events[0] ?? null) ? events : undefined;
}

/** The headers of the attributes and the body, as they came: what can be sent again. */
function messageOf(headers: HeaderValues, body: Buffer): Buffer {
  const lines = Object.entries(headers).flatMap(([name, values = []]) =>
    name.startsWith("ce-") || name === "content-type"
      ? values.map((value) => `${name}: ${value}\r\n`)
      : [],
  );
  return Buffer.concat([Buffer.from(`${lines.join("")}\r\n`, "latin1"), body]);
}

interface Taken {
  readonly result: ItemResult;
  readonly record: OutRecord;
}

/** Bytes as they came, or how to find them. */
type Source = Uint8Array | (() => Uint8Array);

function intakeOf(taken: readonly Taken[]): Intake {
  return {
    kind: "read",
    results: taken.map(({ result }) => result),
    records: taken.map(({ record }) => record),
  };
}

/** What comes in at the native door is told apart item by item. */
function takeItem(item: Json, place: Place, source: Source, given: Arrival): Taken {
  const isTyped = given.door === "native" && isTypedEvent(item);
  const arrival = isTyped ? { ...given, door: "typed" as const } : given;
  const { tenant, api_key, received_at, door } = arrival;
  const backfill = arrival.backfill?.backfill ?? null;
  const read = readers[door](item, { tenant, door, api_key, received_at, backfill });
  if (!read.ok) return refuse(read, place, source, arrival, idOf(item));
  const fault = faultAt(read.event, arrival);
  if (fault !== undefined) return refuse(fault, place, source, arrival, idOf(item));
  const { id } = read.event;
  return {
    result: {
      ...place,
      id,
      status: "accepted",
      ...(isTyped ? { event_id: id, accepted: true as const } : {}),
    },
    record: eventRecord(read.event, arrival.partitions),
  };
}

function refuse(
  { field, reason, detail }: Fault,
  place: Place,
  source: Source,
  arrival: Arrival,
  id?: string,
): Taken {
  const fault = { field, reason, detail };
  const named = id === undefined ? place : { ...place, id };
  return {
    result: { ...named, status: "refused", ...fault },
    record: envelope(typeof source === "function" ? source() : source, fault, arrival),
  };
}

function idOf(item: Json): string | undefined {
  const id = isJsonObject(item) ? item["id"] : undefined;
  return typeof id === "string" && id.length <= 512 ? id : undefined;
}

function eventRecord(event: UsageReported, partitions: number): OutRecord {
  const key = recordKey(event);
  return {
    topic: topics.usageRaw,
    partition: partitionOf(key, partitions),
    key,
    value: encode(event),
  };
}

function unreadable(body: Uint8Array, fault: Fault, arrival: Arrival): Intake {
  return { kind: "unreadable", fault, records: [envelope(body, fault, arrival)] };
}

/** It has no identity: its bytes alone choose the partition. */
function envelope(source: Uint8Array, fault: Fault, arrival: Arrival): OutRecord {
  const bytes = Buffer.from(source.subarray(0, envelopeBytesMax));
  const refused: UsageRefused = {
    kind: "UsageRefused",
    tenant: arrival.tenant,
    reason: fault.reason,
    field: fault.field,
    detail: fault.detail,
    bytes,
    received_at: arrival.received_at,
    door: arrival.door,
    api_key: arrival.api_key,
  };
  const partition = partitionOf(bytes, arrival.partitions);
  return { topic: topics.usageRaw, partition, key: null, value: encode(refused) };
}
