import { doorRequest, enter, resultOf, usualMapping } from "../src/index.ts";
import type { Door, Mapping, Taken, UsageReported } from "../src/index.ts";

/** When everything here was received. */
export const received = Date.UTC(2026, 10, 21, 6, 20, 4, 125) * 1_000;

export interface Sent {
  readonly json?: unknown;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly mapping?: Partial<Mapping>;
}

/** What a door makes of a request, without anything around it. */
export function taken(
  path: string,
  { json, text, bytes, type = "application/json", ...more }: Sent,
) {
  const body = bytes ?? Buffer.from(text ?? JSON.stringify(json));
  const headers = { "content-type": type, ...more.headers };
  const entered = enter(doorRequest({ path, headers, body }));
  if ("unsupported" in entered) throw new Error(entered.unsupported);
  const { door, split } = entered;
  if (split.kind !== "items") return { door, split, items: [], isMany: false };
  return {
    door,
    split,
    items: split.items.map((item) => itemOf(door, item, more.mapping)),
    isMany: split.isMany,
  };
}

/** The same in what is compared: events without what we add, and the answer. */
export function told(path: string, request: Sent) {
  const { door, split, items, isMany } = taken(path, request);
  if (split.kind !== "items") return { door: door.name, split };
  return { door: door.name, events: items.map(shown), answer: door.success(items, isMany) };
}

function itemOf(door: Door, item: Taken["item"], mapping: Partial<Mapping> = {}): Taken {
  const { read } = item;
  if (!read.ok) return { item, form: door, ok: false, fault: read };
  const made = door.read(read.value, {
    tenant: "t",
    door: door.name,
    api_key: "k",
    received_at: received,
    mapping: { ...usualMapping, ...mapping },
    ownerOf: () => undefined,
  });
  return made.ok
    ? { item, form: door, ok: true, event: made.event }
    : { item, form: door, ok: false, fault: made };
}

function shown(one: Taken): Partial<UsageReported> | object {
  if (!one.ok) {
    const { index: _, ...own } = resultOf(one);
    return own;
  }
  const { id, source, type, customer, subscription, time, properties, target } = one.event;
  return { id, source, type, customer, subscription, time, properties, target };
}
