import { readNamed } from "@tallybook/log";
import type { Log, LogRecord } from "@tallybook/log";
import { contentHash } from "@tallybook/usage";
import type { Window } from "@tallybook/usage";
import { readRaw, topics } from "@tallybook/wire";

import { decideAgain } from "./decider.ts";
import type { DecidedRecord, DeciderPlace } from "./decider.ts";
import { windowAt } from "./windows.ts";

/** Records that met another under their identity, by offset: the offset of that one. */
export type Meetings = ReadonlyMap<number, number>;

/**
 * Decides records that met another under their identity: a repeat, or a conflict, which only the contents of both can say. Both are
 * read again, in the order of the log; what they come to is nothing that any other record depends on.
 */
export async function* decideMeetings(
  log: Log,
  place: DeciderPlace,
  windows: readonly Window[],
  meetings: Meetings,
): AsyncGenerator<DecidedRecord> {
  const hashes = new Map<number, Buffer | undefined>();
  for (const original of meetings.values()) hashes.set(original, undefined);
  const offsets = [...new Set([...meetings.keys(), ...hashes.keys()])];
  for await (const record of readNamed(log, topics.usageRaw, place.partition, offsets)) {
    const fact = readRaw(record.value);
    if (hashes.has(record.offset) && fact.kind === "UsageReported")
      hashes.set(record.offset, contentHash(fact));
    const raw_offset = meetings.get(record.offset);
    if (raw_offset === undefined) continue;
    const content_hash = hashes.get(raw_offset);
    if (content_hash === undefined)
      throw new Error(
        `offset ${raw_offset} of partition ${place.partition} of usage.raw holds an identity, and is no usage event`,
      );
    // It was held when they met.
    const claim = { raw_offset, content_hash, held_until: Infinity, before: null };
    yield decideAgain(record, fact, place, windowAt(windows, record.offset), {
      of: () => claim,
      put: () => {},
      in: () => undefined,
      take: () => {},
    });
  }
}

/** A record among some that stand in order, by its offset. */
export function recordAmong(records: readonly LogRecord[], offset: number): LogRecord | undefined {
  // Hardly ever is an offset missing between two records.
  const guess = records[offset - (records[0]?.offset ?? 0)];
  if (guess?.offset === offset) return guess;
  return records.find((record) => record.offset === offset);
}
