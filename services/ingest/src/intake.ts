import type { Allowed } from "@tallybook/catalog";
import type { OutRecord } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import {
  partitionOf,
  recordKey,
  type Backfill,
  type Door,
  type Fault,
  type Item,
  type ItemForm,
  type Mapping,
  type Split,
  type Taken,
  type UsageRefused,
  type UsageReported,
} from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";
import { faultAt } from "./admission.ts";
import type { DoorWindow } from "./window.ts";

/** Who sends, and what is known at that moment. */
export interface Arrival {
  readonly tenant: string;
  /** Id of the API key. */
  readonly api_key: string;
  readonly received_at: Micros;
  readonly window: DoorWindow;
  readonly partitions: number;
  /** What the API key may send; null: anything. */
  readonly allowed: Allowed | null;
  /** By which the events come, an open one; null: by the usual way. */
  readonly backfill: Backfill | null;
  /** The tenant's setting of the door. */
  readonly mapping: Mapping;
  /** The customer of a subscription of the tenant; undefined where there is none. */
  readonly ownerOf: (subscription: string) => string | undefined;
}

/**
 * What a body holds. The records go to Kafka before anything is answered: events as they are, and what is refused in an
 * envelope, so that it can be seen and sent again. Too many items are not kept: the client can split them.
 */
export type Intake =
  | {
      readonly kind: "read";
      readonly isMany: boolean;
      readonly taken: readonly Taken[];
      readonly records: readonly OutRecord[];
    }
  | { readonly kind: "unreadable"; readonly fault: Fault; readonly records: readonly OutRecord[] }
  | { readonly kind: "too_many"; readonly items: number };

/** Of a refused item's or body's bytes. */
export const envelopeBytesMax = 64 * 1024;

/** Reads what a door found in a body. */
export function takeSplit(
  door: Door,
  split: Exclude<Split, { readonly kind: "unsupported" }>,
  body: Uint8Array,
  arrival: Arrival,
): Intake {
  switch (split.kind) {
    case "too_many":
      return { kind: "too_many", items: split.count };
    case "unreadable": {
      const kept = door.reduced === undefined ? body : new Uint8Array();
      const records = [envelope(kept, split.fault, door, arrival)];
      return { kind: "unreadable", fault: split.fault, records };
    }
    case "items": {
      const taken = split.items.map((item) => takeItem(door, item, arrival));
      const records = taken.map((one) => recordOf(one, arrival));
      return { kind: "read", isMany: split.isMany, taken, records };
    }
  }
}

/** What becomes of one item: the event that it is, or what keeps it out. */
export function takeItem(door: Door, item: Item, arrival: Arrival): Taken {
  const { read } = item;
  if (!read.ok) return refused(item, door, read);
  const form = door.formOf?.(read.value) ?? door;
  const { tenant, api_key, received_at, mapping, ownerOf } = arrival;
  const backfill = arrival.backfill?.backfill ?? null;
  const context = { tenant, door: form.name, api_key, received_at, backfill, mapping, ownerOf };
  const made = form.read(read.value, context);
  if (!made.ok) return refused(item, form, made);
  const fault = faultAt(made.event, form, arrival);
  return fault === undefined
    ? { item, form, ok: true, event: made.event }
    : refused(item, form, fault);
}

function refused(item: Item, form: ItemForm, { field, reason, detail }: Fault): Taken {
  return { item, form, ok: false, fault: { field, reason, detail } };
}

function recordOf(taken: Taken, arrival: Arrival): OutRecord {
  if (taken.ok) return eventRecord(taken.event, arrival.partitions);
  return envelope(taken.item.source(), taken.fault, taken.form, arrival);
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

/** It has no identity: its bytes alone choose the partition. */
function envelope(
  source: Uint8Array,
  fault: Fault,
  door: Pick<ItemForm, "name">,
  arrival: Arrival,
): OutRecord {
  const bytes = Buffer.from(source.subarray(0, envelopeBytesMax));
  const fact: UsageRefused = {
    kind: "UsageRefused",
    tenant: arrival.tenant,
    reason: fault.reason,
    field: fault.field,
    detail: fault.detail,
    bytes,
    received_at: arrival.received_at,
    door: door.name,
    api_key: arrival.api_key,
  };
  const partition = partitionOf(bytes, arrival.partitions);
  return { topic: topics.usageRaw, partition, key: null, value: encode(fact) };
}
