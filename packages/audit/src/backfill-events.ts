import { readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { formatTime } from "@tallybook/periods";
import { isTypedEvent, linesOf, parseJson, readEvent, readTypedEvent } from "@tallybook/usage";
import type { Backfill, UsageRejected, UsageReported } from "@tallybook/usage";
import { decode, topics, Undecodable } from "@tallybook/wire";

import { readCuts } from "./books.ts";

/** An event that is to come by a backfill. */
export interface BackfillEvent {
  /** Of the file, from 1; of what was refused, its place in what was read. */
  readonly line: number;
  /** As it is sent: JSON. */
  readonly text: string;
  readonly event: UsageReported;
}

/** A line that is no event. */
export interface UnfitLine {
  readonly line: number;
  readonly detail: string;
}

export interface BackfillEvents {
  readonly events: readonly BackfillEvent[];
  readonly unfit: readonly UnfitLine[];
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a file with an event on each line, native or typed, as the front doors take them. */
export function readBackfillFile(bytes: Uint8Array, tenant: string): BackfillEvents {
  const events: BackfillEvent[] = [];
  const unfit: UnfitLine[] = [];
  for (const { number: line, bytes: own } of linesOf(bytes, Number.POSITIVE_INFINITY).lines) {
    const read = readLine(own, tenant);
    if (typeof read === "string") unfit.push({ line, detail: read });
    else events.push({ line, ...read });
  }
  return { events, unfit };
}

function readLine(bytes: Uint8Array, tenant: string): Omit<BackfillEvent, "line"> | string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return "it is not UTF-8";
  }
  const json = parseJson(text);
  if (!json.ok) return `it is ${json.why}`;
  const isTyped = isTypedEvent(json.value);
  const context = { tenant, door: isTyped ? "typed" : "native", api_key: "", received_at: 0 };
  const read = (isTyped ? readTypedEvent : readEvent)(json.value, context);
  if (!read.ok) return read.field === null ? read.detail : `${read.field} ${read.detail}`;
  if (read.event.target !== null) return "a backfill takes no corrections: order an adjustment";
  if (read.event.time === null) return "it has no time: what is sent long after the fact needs one";
  return { text, event: read.event };
}

/** Why something was refused that another backfill can take: it came too late, for the window or for its own backfill. */
const reasons = new Set(["too_old", "backfill_not_open"]);

/**
 * What came too late, of a range: with the time at which it counts written out, so that it can come by a backfill. Each source once;
 * what is longer than a rejection keeps is none of them.
 */
export async function readRefused(
  log: Log,
  range: Pick<Backfill, "tenant" | "sources" | "from" | "to">,
): Promise<BackfillEvents> {
  const events: BackfillEvent[] = [];
  const unfit: UnfitLine[] = [];
  const { deployment } = await readCuts(log);
  let line = 0;
  for (let partition = 0; partition < (deployment?.partitions ?? 0); partition += 1) {
    let taken = -1;
    for await (const { value } of readAll(log, topics.usageRejected, partition)) {
      const fact = decode(value);
      if (fact.kind !== "UsageRejected" || fact.raw_offset <= taken) continue;
      taken = fact.raw_offset;
      if (!reasons.has(fact.reason) || fact.tenant !== range.tenant) continue;
      line += 1;
      const read = readRejected(fact);
      if (typeof read === "string") unfit.push({ line, detail: `offset ${taken}: ${read}` });
      else if (isWanted(read.event, range)) events.push({ line, ...read });
    }
  }
  return { events, unfit };
}

function isWanted(
  { source, time }: UsageReported,
  { sources, from, to }: Pick<Backfill, "sources" | "from" | "to">,
): boolean {
  const isOfSource = sources.length === 0 || sources.includes(source);
  return isOfSource && time !== null && time >= from && time < to;
}

// A front door keeps the item as it came; what the deduper refused is the record.
function readRejected({ bytes, tenant }: UsageRejected): Omit<BackfillEvent, "line"> | string {
  if (bytes === null) return "nothing is kept of it";
  if (bytes[0] !== 0) return readLine(bytes, tenant);
  let fact: ReturnType<typeof decode>;
  try {
    fact = decode(Buffer.from(bytes));
  } catch (error) {
    if (error instanceof Undecodable) return "it is longer than what is kept of it";
    throw error;
  }
  if (fact.kind !== "UsageReported") return "it is no usage event";
  if (fact.target !== null) return "a backfill takes no corrections: order an adjustment";
  const time = fact.time ?? fact.received_at;
  if (time === null) return "it has no time, and nobody noted when it came";
  const { id, type, customer, source, subscription, properties } = fact;
  const said = { id, type, customer, source, subscription, time: formatTime(time), properties };
  return { text: JSON.stringify(said), event: { ...fact, time } };
}
