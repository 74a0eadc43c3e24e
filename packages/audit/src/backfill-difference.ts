import { readAhead } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import type { CatalogFact } from "@tallybook/catalog";
import {
  contentHash,
  heldUntil,
  identityKey,
  isHeld,
  isInRange,
  partitionOf,
  windowBehind,
} from "@tallybook/usage";
import type { Backfill, UsageAccepted, Window } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";

import type { BackfillEvent } from "./backfill-events.ts";
import { placedSettings, readCuts, readTopic } from "./books.ts";
import { settingsBelow } from "./windows.ts";

/** What would become of an event that came by a backfill now. */
export type BackfillOutcome = "new" | "duplicate" | "conflict" | "outside";

export interface BackfillAnswer {
  readonly line: number;
  readonly id: string;
  readonly outcome: BackfillOutcome;
  /** Of a duplicate and a conflict: what holds the id; else empty. */
  readonly detail: string;
}

export type BackfillRange = Pick<Backfill, "tenant" | "sources" | "from" | "to">;

/** Who holds an identity. */
interface Holder {
  readonly hash: Uint8Array;
  readonly detail: string;
}

/**
 * What would be new, and what is there: each event is held against every accepted one of the range, and against what the window of
 * event times still holds, as the deduper does. Reads all of `usage.accepted`; the file's identities are in memory.
 */
export async function backfillDifference(
  log: Log,
  range: BackfillRange,
  events: readonly BackfillEvent[],
): Promise<BackfillAnswer[]> {
  const partitions = (await readCuts(log)).deployment?.partitions ?? 0;
  const settings = placedSettings(await readTopic<CatalogFact>(log, topics.catalog));
  const wanted = Array.from({ length: partitions }, () => new Map<string, Found>());
  const nothingElse = { backfill: "", closes_at: 0, catalog_offset: 0 };
  const asked: Backfill = { ...range, ...nothingElse };
  for (const { event } of events) {
    const key = identityKey(event.tenant, event.source, event.id);
    wanted[partitionOf(key, partitions)]?.set(textOf(key), {});
  }
  for (const [partition, found] of wanted.entries()) {
    if (found.size === 0) continue;
    let window: Window | undefined;
    for await (const records of readAhead(log, topics.usageAccepted, partition)) {
      for (const { value } of records) {
        const fact = decode(value);
        if (fact.kind === "BarrierPassed") {
          const known = settingsBelow(settings, fact.catalog_offset);
          window = windowBehind(fact, window, known);
        }
        if (fact.kind !== "UsageAccepted" || fact.target !== null || window === undefined) continue;
        const own = found.get(textOf(identityKey(fact.tenant, fact.source, fact.id)));
        if (own !== undefined) take(own, fact, { partition, window, asked });
      }
    }
    for (const own of found.values()) own.holder = holderOf(own, window?.lower_bound ?? null);
  }
  return events.map((each) => answerTo(each, wanted, asked));
}

/** What was accepted under an identity of the file. */
interface Found {
  /** The last one, of any time. */
  last?: Holder & { readonly held_until: number };
  /** The last one of the range. */
  inRange?: Holder;
  holder?: Holder | undefined;
}

function take(
  own: Found,
  fact: UsageAccepted,
  { partition, window, asked }: { partition: number; window: Window; asked: Backfill },
): void {
  const detail = `offset ${fact.raw_offset} of partition ${partition}, cut ${fact.cut}`;
  const holder = { hash: fact.content_hash, detail };
  own.last = { ...holder, held_until: heldUntil(fact.time, window) };
  if (isInRange(asked, fact)) own.inRange = holder;
}

function holderOf({ last, inRange }: Found, lowerBound: number | null): Holder | undefined {
  return last !== undefined && isHeld(last, lowerBound) ? last : inRange;
}

function answerTo(
  { line, event }: BackfillEvent,
  wanted: readonly Map<string, Found>[],
  asked: Backfill,
): BackfillAnswer {
  const { id, source, tenant, time } = event;
  const answer = (outcome: BackfillOutcome, detail = "") => ({ line, id, outcome, detail });
  if (time === null || !isInRange(asked, { ...event, time })) return answer("outside");
  const key = identityKey(tenant, source, id);
  const own = wanted[partitionOf(key, wanted.length)]?.get(textOf(key));
  const hash = contentHash(event);
  if (own?.holder === undefined) {
    // Whatever else in the file has the same id comes behind this one.
    if (own !== undefined) own.holder = { hash, detail: `line ${line}` };
    return answer("new");
  }
  const isSame = Buffer.compare(own.holder.hash, hash) === 0;
  return answer(isSame ? "duplicate" : "conflict", own.holder.detail);
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}
