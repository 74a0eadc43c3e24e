import { isJsonArray, isJsonObject, type Json } from "../json.ts";
import { linesOf } from "../lines.ts";
import { batchItemsMax, type Item, type Split } from "./door.ts";
import { itemSources } from "./item-sources.ts";
import { readJson, type DoorRequest } from "./request.ts";

/** The body is one item; `within` finds it there, where it is not all of it. */
export function oneItem(request: DoorRequest, within = (body: Json): Json => body): Split {
  const read = request.json();
  if (!read.ok) return unreadable(read);
  const value = within(read.value);
  return itemsOf([{ index: 0, read: { ok: true, value }, source: () => request.body }], false);
}

/**
 * The body is a list of items, or has one as its member `events` where `listIn` looks for it there: the sources of items
 * are found at either place.
 */
export function listOfItems(
  request: DoorRequest,
  rule: {
    readonly listIn: (body: Json) => readonly Json[] | undefined;
    /** What a batch is, for whoever sends something else. */
    readonly detail: string;
  },
): Split {
  const read = request.json();
  if (!read.ok) return unreadable(read);
  const list = rule.listIn(read.value);
  if (list === undefined) return unreadable({ reason: "not_a_batch", detail: rule.detail });
  if (list.length > batchItemsMax) return { kind: "too_many", count: list.length };
  let sources: readonly string[] | undefined;
  const items = list.map((value, index): Item => ({
    index,
    read: { ok: true, value },
    source: () => Buffer.from((sources ??= itemSources(read.text))[index] ?? ""),
  }));
  return itemsOf(items, true);
}

/** The body has an item on each line that is not blank. A line that cannot be read is refused by itself. */
export function itemsOfLines({ body }: DoorRequest): Split {
  const { lines, count } = linesOf(body, batchItemsMax);
  if (count > batchItemsMax) return { kind: "too_many", count };
  const items = lines.map(({ number: line, bytes }, index): Item => ({
    index,
    line,
    read: readJson(bytes, "the line"),
    source: () => bytes,
  }));
  return itemsOf(items, true);
}

/** The list at the root of a body. */
export function bareList(body: Json): readonly Json[] | undefined {
  return isJsonArray(body) ? body : undefined;
}

/** The list that is an object's member `events`. */
export function eventsList(body: Json): readonly Json[] | undefined {
  const events = isJsonObject(body) ? body["events"] : undefined;
  return isJsonArray(events) ? events : undefined;
}

export function itemsOf(items: readonly Item[], isMany: boolean): Split {
  return { kind: "items", items, isMany };
}

export function unreadable(fault: {
  readonly field?: string | null;
  readonly reason: string;
  readonly detail: string;
}): Split {
  const { field = null, reason, detail } = fault;
  return { kind: "unreadable", fault: { field, reason, detail } };
}
