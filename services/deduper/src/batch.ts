import type { KeyObject } from "node:crypto";

import { Fenced } from "@tallybook/log";
import type { LogRecord } from "@tallybook/log";
import { decide, isSigned, targetOf, windowBehind } from "@tallybook/usage";
import type {
  AcceptedFact,
  Backfill,
  BarrierPlaced,
  Claim,
  EarlierRecord,
  KnownSettings,
  RejectedFact,
  UsageReported,
  Window,
} from "@tallybook/usage";
import { readRaw, undecided } from "@tallybook/wire";

import { createRanges, openedBy } from "./ranges.ts";
import type { IdentityStore, StoreChange } from "./store.ts";

/** What the decisions of a partition rest on besides its records. */
export interface Grounds {
  readonly partition: number;
  readonly partitions: number;
  readonly publicKey: KeyObject;
  /** What is known below an offset of `catalog`; waits until it is folded so far. */
  readonly settingsAt: (catalogOffset: number) => Promise<KnownSettings>;
}

/** What of the log a batch may need besides its records. */
export interface Below {
  /** A record of the partition below them, for corrections of what was accepted earlier. */
  readonly readRecord: (offset: number) => Promise<LogRecord>;
  /** Has the store keep what was accepted below an offset in the ranges of backfills. */
  readonly collect: (backfills: readonly Backfill[], below: number) => Promise<void>;
}

/** The outcome of a batch: facts for both topics in order of their sources, and what the store has to keep. */
export interface DecidedBatch {
  readonly accepted: AcceptedFact[];
  readonly rejected: RejectedFact[];
  readonly claims: StoreChange["claims"];
  readonly ranged: StoreChange["ranged"];
  readonly windows: Window[];
  /** The open cut behind the last record. */
  readonly cut: number;
}

/** Decides the records of a batch, in order, on the store as it stands. */
export async function decideBatch(
  records: readonly LogRecord[],
  store: IdentityStore,
  grounds: Grounds,
  { readRecord, collect }: Below,
): Promise<DecidedBatch> {
  const known = store.windows();
  refuseSettled(records, known);
  const windows: Window[] = [];
  const claims: { identity: Uint8Array; claim: Claim }[] = [];
  const claimed = new Map<string, Claim>();
  const accepted: AcceptedFact[] = [];
  const rejected: RejectedFact[] = [];
  const ranges = createRanges(store);

  /** What was accepted in the ranges that a new barrier opens: before the batch, and in it. */
  async function openRanges(opened: readonly Backfill[]): Promise<void> {
    if (opened.length === 0) return;
    await collect(opened, records[0]?.offset ?? 0);
    for (const fact of accepted) if (fact.kind === "UsageAccepted") ranges.take(fact, opened);
  }

  // Of the identity that was asked for last: the one that is decided about.
  let identityText = "";
  function claimOf(identity: Uint8Array): Claim | undefined {
    identityText = textOf(identity);
    return claimed.get(identityText) ?? store.claimOf(identity);
  }

  /** The records that a correction refers to, read before it is decided. */
  async function earlierFor(
    fact: UsageReported,
    offset: number,
    window: Window | undefined,
  ): Promise<ReadonlyMap<number, EarlierRecord>> {
    if (window === undefined) return none;
    const target = targetOf(fact, offset, window.lower_bound, claimOf);
    if (target === undefined) return none;
    const earlier = new Map<number, EarlierRecord>();
    for (const at of new Set([target.original, target.inForce])) {
      const record = records.find((each) => each.offset === at) ?? (await readRecord(at));
      const event = readRaw(record.value);
      if (event.kind === "UsageReported")
        earlier.set(at, { offset: at, appended_at: record.timestamp * 1_000, event });
    }
    return earlier;
  }

  for (const record of records) {
    const window = windowBelow(record.offset, known, windows);
    const fact = readRaw(record.value);
    if (
      fact.kind === "BarrierPlaced" &&
      isSigned(fact, grounds.publicKey) &&
      fact.partition === grounds.partition
    ) {
      const passed = await passBarrier(record.offset, fact, window, known, grounds);
      if (passed === undefined) continue;
      if (passed.isNew) {
        await openRanges(openedBy(passed.window, window));
        windows.push(passed.window);
      }
      const { cut, time, catalog_offset } = fact;
      accepted.push({
        kind: "BarrierPassed",
        raw_offset: record.offset,
        cut,
        time,
        catalog_offset,
      });
      continue;
    }
    const earlier =
      fact.kind === "UsageReported" && fact.target !== null
        ? await earlierFor(fact, record.offset, window)
        : none;
    const decision = decide(
      undecided(record, fact),
      { partition: grounds.partition, partitions: grounds.partitions, window },
      claimOf,
      (offset) => earlier.get(offset),
      ranges.claimIn,
    );
    switch (decision.kind) {
      case "accepted":
        accepted.push(decision.fact);
        ranges.take(decision.fact, window?.backfills ?? []);
        claims.push({ identity: decision.identity, claim: decision.claim });
        if (decision.inForce === null) {
          claimed.set(identityText, decision.claim);
        } else {
          const { key: identity, claim } = decision.inForce;
          claims.push({ identity, claim });
          claimed.set(textOf(identity), claim);
          claimed.set(textOf(decision.identity), decision.claim);
        }
        break;
      case "duplicate":
      case "rejected":
        rejected.push(decision.fact);
        break;
    }
  }
  const last = windowBelow(Number.POSITIVE_INFINITY, known, windows);
  return {
    accepted,
    rejected,
    claims,
    ranged: ranges.added(),
    windows,
    cut: last?.cut ?? 0,
  };
}

const none: ReadonlyMap<number, EarlierRecord> = new Map();

// A character for each byte.
function textOf(identity: Uint8Array): string {
  return Buffer.from(identity.buffer, identity.byteOffset, identity.length).toString("latin1");
}

// Below the first window kept, a successor on the same store has committed: its outcome stands, and we are the past.
function refuseSettled(records: readonly LogRecord[], known: readonly Window[]): void {
  const [first] = known;
  const isFirstOfAll = first === undefined || first.cut === 1;
  const offset = records[0]?.offset ?? 0;
  if (!isFirstOfAll && offset <= first.raw_offset)
    throw new Fenced(`offset ${offset} is settled: a successor is beyond ${first.raw_offset}`);
}

// A barrier passes once, only as the next one. One that is read again is still the one it was; a retried one is nothing.
async function passBarrier(
  offset: number,
  barrier: BarrierPlaced,
  window: Window | undefined,
  known: readonly Window[],
  grounds: Grounds,
): Promise<{ window: Window; isNew: boolean } | undefined> {
  const again = known.find(({ raw_offset }) => raw_offset === offset);
  if (again !== undefined) return { window: again, isNew: false };
  const expected = window?.cut ?? 0;
  if (barrier.cut < expected) return undefined;
  if (barrier.cut > expected)
    throw new Error(
      `barrier ${barrier.cut} stands at offset ${offset} of partition ${grounds.partition} where barrier ${expected} is due`,
    );
  const settings = await grounds.settingsAt(barrier.catalog_offset);
  return {
    window: windowBehind({ raw_offset: offset, ...barrierFields(barrier) }, window, settings),
    isNew: true,
  };
}

function barrierFields({
  cut,
  time,
  catalog_offset,
}: BarrierPlaced): Pick<BarrierPlaced, "cut" | "time" | "catalog_offset"> {
  return { cut, time, catalog_offset };
}

function windowBelow(
  offset: number,
  known: readonly Window[],
  fresh: readonly Window[],
): Window | undefined {
  return (
    fresh.findLast(({ raw_offset }) => raw_offset < offset) ??
    known.findLast(({ raw_offset }) => raw_offset < offset)
  );
}
