import type { OutRecord } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import {
  identityKey,
  isJsonArray,
  isJsonObject,
  judgeTime,
  parseJson,
  partitionOf,
  readEvent,
  type Json,
  type UsageRefused,
  type UsageReported,
} from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";
import { itemSources } from "./sources.ts";
import type { DoorWindow } from "./window.ts";

/** Who sends, and what the door knows at that moment. */
export interface Arrival {
  readonly tenant: string;
  /** Id of the API key. */
  readonly api_key: string;
  readonly received_at: Micros;
  readonly window: DoorWindow;
  readonly partitions: number;
}

export interface Fault {
  readonly field: string | null;
  readonly reason: string;
  readonly detail: string;
}

export type ItemResult =
  | { readonly index: number; readonly id: string; readonly status: "accepted" }
  | ({ readonly index: number; readonly id?: string; readonly status: "refused" } & Fault);

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

export const door = "native";
export const batchItemsMax = 10_000;
/** Of a refused item's or body's bytes. */
export const envelopeBytesMax = 64 * 1024;

/** Reads one event. */
export function takeEvent(body: Buffer, arrival: Arrival): Intake {
  const read = readBody(body);
  if (!read.ok) return unreadable(body, read.fault, arrival);
  const taken = takeItem(read.value, 0, arrival);
  if (taken.ok) return { kind: "read", results: [taken.result], records: [taken.record] };
  return {
    kind: "read",
    results: [taken.result],
    records: [envelope(body, taken.result, arrival)],
  };
}

/** Reads `[event, …]` or `{ "events": [event, …] }`. */
export function takeBatch(body: Buffer, arrival: Arrival): Intake {
  const read = readBody(body);
  if (!read.ok) return unreadable(body, read.fault, arrival);
  const items = itemsOf(read.value);
  if (items === undefined) return unreadable(body, notABatch, arrival);
  if (items.length > batchItemsMax) return { kind: "too_many", items: items.length };
  const results: ItemResult[] = [];
  const records: OutRecord[] = [];
  let sources: readonly string[] | undefined;
  for (const [index, item] of items.entries()) {
    const taken = takeItem(item, index, arrival);
    results.push(taken.result);
    if (taken.ok) {
      records.push(taken.record);
    } else {
      sources ??= itemSources(read.text);
      records.push(envelope(Buffer.from(sources[index] ?? ""), taken.result, arrival));
    }
  }
  return { kind: "read", results, records };
}

type BodyRead =
  | { readonly ok: true; readonly text: string; readonly value: Json }
  | { readonly ok: false; readonly fault: Fault };

const utf8 = new TextDecoder("utf-8", { fatal: true });

function readBody(body: Buffer): BodyRead {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return {
      ok: false,
      fault: { field: null, reason: "not_utf8", detail: "the body is not UTF-8" },
    };
  }
  const json = parseJson(text);
  if (json.ok) return { ok: true, text, value: json.value };
  return {
    ok: false,
    fault: { field: null, reason: "not_json", detail: `the body is ${json.why}` },
  };
}

const notABatch: Fault = {
  field: null,
  reason: "not_a_batch",
  detail: 'a batch is a list of events, or { "events": [...] } and nothing else',
};

function itemsOf(value: Json): readonly Json[] | undefined {
  if (isJsonArray(value)) return value;
  if (!isJsonObject(value) || Object.keys(value).length !== 1) return undefined;
  const events = value["events"];
  return isJsonArray(events) ? events : undefined;
}

type Taken =
  | { readonly ok: true; readonly result: ItemResult; readonly record: OutRecord }
  | { readonly ok: false; readonly result: ItemResult & Fault };

function takeItem(item: Json, index: number, arrival: Arrival): Taken {
  const { tenant, api_key, received_at } = arrival;
  const read = readEvent(item, { tenant, door, api_key, received_at });
  const fault = read.ok ? lateness(read.event, arrival) : read;
  if (read.ok && fault === undefined) {
    const result: ItemResult = { index, id: read.event.id, status: "accepted" };
    return { ok: true, result, record: eventRecord(read.event, arrival.partitions) };
  }
  const { field, reason, detail } = fault as Fault;
  const id = idOf(item);
  const named = id === undefined ? { index } : { index, id };
  return { ok: false, result: { ...named, status: "refused", field, reason, detail } };
}

function lateness(event: UsageReported, arrival: Arrival): Fault | undefined {
  const { window, received_at } = arrival;
  const verdict = judgeTime({
    time: event.time ?? received_at,
    lower_bound: window.lower_bound,
    barrier_time: window.time,
    received_at,
    ahead_seconds: window.ahead_seconds,
  });
  switch (verdict) {
    case "ok":
      return undefined;
    case "too_old":
      return {
        field: "time",
        reason: verdict,
        detail: "is older than the window in which repeats are known",
      };
    case "too_far_ahead":
      return {
        field: "time",
        reason: verdict,
        detail: `is more than ${window.ahead_seconds} s ahead of now`,
      };
  }
}

function idOf(item: Json): string | undefined {
  const id = isJsonObject(item) ? item["id"] : undefined;
  return typeof id === "string" && id.length <= 512 ? id : undefined;
}

function eventRecord(event: UsageReported, partitions: number): OutRecord {
  const key = identityKey(event.tenant, event.source, event.id);
  return {
    topic: topics.usageRaw,
    partition: partitionOf(key, partitions),
    key,
    value: encode(event),
  };
}

function unreadable(body: Buffer, fault: Fault, arrival: Arrival): Intake {
  return { kind: "unreadable", fault, records: [envelope(body, fault, arrival)] };
}

/** It has no identity: its bytes alone choose the partition. */
function envelope(source: Buffer, fault: Fault, arrival: Arrival): OutRecord {
  const bytes = source.subarray(0, envelopeBytesMax);
  const refused: UsageRefused = {
    kind: "UsageRefused",
    tenant: arrival.tenant,
    reason: fault.reason,
    field: fault.field,
    detail: fault.detail,
    bytes,
    received_at: arrival.received_at,
    door,
    api_key: arrival.api_key,
  };
  const partition = partitionOf(bytes, arrival.partitions);
  return { topic: topics.usageRaw, partition, key: null, value: encode(refused) };
}
