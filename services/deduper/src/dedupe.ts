import { findLast, readAll } from "@tallybook/log";
import type { Log, LogRecord, OutRecord, Turning } from "@tallybook/log";
import { decode, encode, topics } from "@tallybook/wire";
import type { Fact, FactOf } from "@tallybook/wire";

import { decideBatch } from "./batch.ts";
import type { Below, DecidedBatch, Grounds } from "./batch.ts";
import { createInsertPace } from "./pace.ts";
import { collectRanges } from "./ranges.ts";
import type { IdentityStore } from "./store.ts";

export interface DeduperOptions {
  readonly log: Log;
  readonly store: IdentityStore;
  readonly grounds: Grounds;
  /** Called at each fail point. */
  readonly reached: (
    point:
      | "deduper.read"
      | "deduper.collected"
      | "deduper.decided"
      | "deduper.stored"
      | "deduper.produced",
  ) => void;
  /** Off: outputs are appended plainly, and their readers' sources alone keep a repeat harmless. */
  readonly transactions: boolean;
  /** Called when a batch with a barrier in it is committed. */
  readonly atCut?: () => void;
  /** Milliseconds that never go back: they choose where inserts into the columns end, and nothing else. */
  readonly now: () => number;
  /** How many cuts are closed: paces the inserts where ClickHouse is behind. All unless given. */
  readonly cutsClosed?: () => number;
}

/**
 * Bytes and milliseconds of a fetch. A batch is a transaction here and an insert in ClickHouse, and each costs what a
 * thousand events cost: so while many come, more are waited for.
 */
const calm = { bytesMax: 2 * 1024 * 1024, bytesMin: 64 * 1024, waitMsMax: 200 };
const busy = { ...calm, bytesMin: 1024 * 1024, waitMsMax: 500 };
/** From so many records in a batch on, many come. */
const busyFrom = 500;
/** Records decided and committed at once. */
const recordsMax = 10_000;

/** Each turn reads, decides and commits one batch. */
export interface Deduper extends Turning {
  /** The last raw offset whose outcome is committed; -1: none. */
  committed(): number;
}

/**
 * Takes over a partition of `usage.raw`: fences the predecessor, reads what it committed, brings the store up to there,
 * and goes on behind it. Throws `Fenced` from a turn when a successor has taken over.
 */
export async function openDeduper({
  log,
  store,
  grounds,
  reached,
  transactions,
  atCut,
  now,
  cutsClosed = () => Number.POSITIVE_INFINITY,
}: DeduperOptions): Promise<Deduper> {
  const { partition } = grounds;
  const writer = transactions ? await openTransactional(log, partition) : await openPlain(log);
  // Without transactions a predecessor that woke up may have written an older progress last.
  let committed = Math.max(await lastCommitted(log, partition), store.committed());
  const end = await log.endOffset(topics.usageRaw, partition);
  if (Math.max(store.position(), committed) >= end) {
    throw new Error(
      `partition ${partition} of ${topics.usageRaw} ends at ${end}, but offset ${Math.max(store.position(), committed)} was decided: the log has lost records`,
    );
  }
  const below: Below = {
    readRecord: (offset) => recordAt(log, partition, offset),
    async collect(backfills, offset) {
      await collectRanges(log, partition, { backfills, below: offset, committed }, store);
      reached("deduper.collected");
    },
  };
  if (store.position() < committed) await foldBehind(log, store, { grounds, below, committed });
  let next = committed + 1;
  let waiting: readonly LogRecord[] = [];
  let lastBatch = 0;
  const pace = createInsertPace({ isOpen: committed >= 0, now, cutsClosed });

  async function write(outputs: OutRecord[], progress: Progress): Promise<void> {
    await writer.write(
      outputs,
      outRecord(topics.usageAccepted, partition, progress),
      progress.raw_offset + 1,
    );
    if (progress.ends_insert) pace.ended();
  }

  return {
    committed: () => committed,
    async turn() {
      if (waiting.length === 0) {
        const fetched = await log.fetch(
          topics.usageRaw,
          partition,
          next,
          lastBatch < busyFrom ? calm : busy,
        );
        waiting = fetched.records;
        lastBatch = waiting.length;
        if (waiting.length === 0) {
          next = fetched.next;
          if (!pace.isOverdue(openCut(store))) return "idle";
          await write([], progressTo(committed, openCut(store), true));
          return "worked";
        }
      }
      const records = waiting.slice(0, recordsMax);
      reached("deduper.read");
      const last = (records.at(-1) as LogRecord).offset;
      const decided = await decideBatch(records, store, grounds, below);
      reached("deduper.decided");
      await store.apply({
        claims: decided.claims,
        ranged: decided.ranged,
        windows: decided.windows,
        position: last,
        committed,
      });
      reached("deduper.stored");
      const endsInsert = pace.endsBehind(decided.claims.length, decided.cut);
      await write(outputsOf(decided, partition), progressTo(last, decided.cut, endsInsert));
      reached("deduper.produced");
      committed = last;
      next = last + 1;
      waiting = waiting.slice(records.length);
      if (decided.windows.length > 0) atCut?.();
      return "worked";
    },
    close: () => writer.close(),
  };
}

interface Writer {
  write(outputs: OutRecord[], progress: OutRecord, next: number): Promise<void>;
  close(): Promise<void>;
}

async function openTransactional(log: Log, partition: number): Promise<Writer> {
  const transactor = await log.transactor(`deduper.${partition}`);
  return {
    write: (outputs, progress, next) =>
      transactor.commit([...outputs, progress], {
        group: "deduper",
        topic: topics.usageRaw,
        partition,
        next,
      }),
    close: () => transactor.close(),
  };
}

async function openPlain(log: Log): Promise<Writer> {
  const producer = await log.producer();
  return {
    async write(outputs, progress) {
      await producer.send(outputs);
      // Only once everything it speaks of is there.
      await producer.send([progress]);
    },
    close: () => producer.close(),
  };
}

async function lastCommitted(log: Log, partition: number): Promise<number> {
  const progress = await findLast(log, topics.usageAccepted, partition, ({ value }) => {
    const fact = decode(value);
    return fact.kind === "DeduperProgressed" ? fact.raw_offset : undefined;
  });
  return progress ?? -1;
}

// A store that is behind, or was lost, is folded again from the log: the same decisions, without their output.
async function foldBehind(
  log: Log,
  store: IdentityStore,
  { grounds, below, committed }: { grounds: Grounds; below: Below; committed: number },
): Promise<void> {
  let batch: LogRecord[] = [];
  async function fold(): Promise<void> {
    const { claims, ranged, windows } = await decideBatch(batch, store, grounds, below);
    const position = (batch.at(-1) as LogRecord).offset;
    await store.apply({ claims, ranged, windows, position, committed: position });
    batch = [];
  }
  for await (const record of readAll(log, topics.usageRaw, grounds.partition, {
    from: store.position() + 1,
    to: committed + 1,
  })) {
    batch.push(record);
    if (batch.length >= recordsMax) await fold();
  }
  if (batch.length > 0) await fold();
}

/** A record that is known to stand there. */
async function recordAt(log: Log, partition: number, offset: number): Promise<LogRecord> {
  const { records } = await log.fetch(topics.usageRaw, partition, offset, oneRecord);
  const [record] = records;
  if (record?.offset === offset) return record;
  throw new Error(`offset ${offset} of ${topics.usageRaw}/${partition} was decided and is gone`);
}

const oneRecord = { bytesMax: 1, waitMsMax: 500 };

function outputsOf(decided: DecidedBatch, partition: number): OutRecord[] {
  return [
    ...decided.accepted.map((fact) => outRecord(topics.usageAccepted, partition, fact)),
    ...decided.rejected.map((fact) => outRecord(topics.usageRejected, partition, fact)),
  ];
}

type Progress = FactOf<"DeduperProgressed">;

/** The open cut behind everything that is decided. */
function openCut(store: IdentityStore): number {
  return store.windows().at(-1)?.cut ?? 0;
}

function progressTo(raw_offset: number, cut: number, ends_insert: boolean): Progress {
  return { kind: "DeduperProgressed", raw_offset, cut, ends_insert };
}

function outRecord(topic: string, partition: number, fact: Fact): OutRecord {
  return { topic, partition, key: null, value: encode(fact) };
}
