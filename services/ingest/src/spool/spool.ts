import type { OutRecord } from "@tallybook/log";
import type { SpoolFiles } from "./files.ts";
import { all, asideName, inspectSpool, type Sealed, type SpoolDamage } from "./inspect.ts";
import { packRecord, unpackRecord } from "./record.ts";
import { frameHeaderBytes, scanSegment } from "./segment.ts";
import { createSegmentWriter } from "./writer.ts";

/** Records that Kafka does not take at the moment, on the disk, in the order in which they came. */
export interface Spool {
  /**
   * `kept`: all of the records are on the disk. `full`: they would pass the bound. `failing`: the disk did not take
   * them, and nobody may be told that they are kept.
   */
  append(records: readonly OutRecord[]): Promise<"kept" | "full" | "failing">;
  /**
   * Hands over the oldest segment in pieces, then forgets it. False: there is none. When `send` throws, the piece is
   * handed over again the next time; after a crash the whole segment is.
   */
  drain(send: (records: readonly OutRecord[]) => Promise<unknown>): Promise<boolean>;
  state(): SpoolState;
  /** Waits for what is being written. Nothing is lost: the next run goes on. */
  close(): Promise<void>;
}

export interface SpoolState {
  /** On the disk and not delivered, or being written. */
  readonly records: number;
  /** All that the spool takes on the disk, damaged segments too. */
  readonly bytes: number;
  /** When the oldest segment was begun, in milliseconds of the wall clock; null where nothing is kept. */
  readonly since: number | null;
  /** What was acknowledged and cannot be read, until a person removes the files and starts ingest anew. */
  readonly damages: readonly SpoolDamage[];
  /** Why the disk did not take the last records; null when it did. */
  readonly failing: string | null;
}

export interface SpoolOptions {
  readonly files: SpoolFiles;
  /** Of all that the spool takes on the disk. */
  readonly bytesMax: number;
  /** Milliseconds of the wall clock. */
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
  readonly onDamage: (damage: SpoolDamage) => void;
  /** The half-written end of a segment, which nobody was told is kept, was cut off. */
  readonly onTorn: (torn: SpoolDamage) => void;
  /** A segment is closed at so many bytes; 8 MiB unless given. */
  readonly segmentBytesMax?: number;
}

interface Entry {
  readonly packed: readonly Buffer[];
  readonly bytes: number;
  settle(outcome: "kept" | "failing"): void;
}

const segmentBytesUsual = 8 * 1024 * 1024;
/** What gathers while the disk works goes with the next sync, up to this; a larger request goes alone. */
const groupBytesMax = 4 * 1024 * 1024;
/** Of what is handed over at once. */
const pieceBytesMax = 800_000;
/** After the disk took nothing, how long others are told so without asking it again. */
const retryMs = 500;

/** Opens the spool of a folder, with what an earlier run left in it. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { files, now } = options;
  const inspected = await inspectSpool(files);
  const sealed: Sealed[] = [...inspected.segments];
  const damages = [...inspected.aside, ...sealed].flatMap((segment) => segment.damages);
  for (const torn of inspected.torn) options.onTorn(torn);
  for (const damage of damages) options.onDamage(damage);
  const writer = createSegmentWriter({
    ...options,
    inspected,
    segmentBytesMax: options.segmentBytesMax ?? segmentBytesUsual,
    onSealed: (segment) => sealed.push(segment),
  });
  let asideBytes = bytesOf(inspected.aside);
  const queue: Entry[] = [];
  let beingWritten: Entry[] = [];
  let isWriting = false;
  let turn: Promise<unknown> = Promise.resolve();
  let failing: { readonly why: string; readonly until: number } | null = null;
  let draining: { readonly file: string; readonly pieces: OutRecord[][] } | undefined;

  const bytesKept = (): number => bytesOf(sealed) + writer.current().bytes + asideBytes;
  const waiting = (): readonly Entry[] => [...beingWritten, ...queue];

  /** The writer does one thing at a time. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  }

  /** One group, so that whoever waits for the writer gets a turn between two. */
  async function writeGroup(): Promise<void> {
    beingWritten = takeGroup();
    const outcome = await keep(beingWritten.flatMap(({ packed }) => packed));
    const written = beingWritten;
    beingWritten = [];
    for (const entry of written) entry.settle(outcome);
    isWriting = queue.length > 0;
    if (isWriting) void inTurn(writeGroup);
  }

  function takeGroup(): Entry[] {
    let bytes = 0;
    const next = queue.findIndex((entry, at) => (bytes += entry.bytes) > groupBytesMax && at > 0);
    return queue.splice(0, next === -1 ? queue.length : next);
  }

  /** Twice: after an error of the disk nothing more goes into that file, and another may do. */
  async function keep(records: readonly Buffer[]): Promise<"kept" | "failing"> {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      try {
        await writer.write(records);
        failing = null;
        return "kept";
      } catch (error) {
        failing = { why: messageOf(error), until: now() + retryMs };
        options.onFailure(error);
      }
    }
    return "failing";
  }

  async function piecesOf(segment: Sealed): Promise<OutRecord[][]> {
    const bytes = await files.read(segment.file).catch((error: unknown) => {
      options.onFailure(error);
      return undefined;
    });
    if (bytes === undefined) {
      noteDamage(segment, all(segment.file));
      return [];
    }
    const { frames, damages: found } = scanSegment(
      segment.name.salt,
      bytes.subarray(0, segment.bytes),
    );
    const lost = segment.records - frames.length;
    if (lost > 0) {
      const [where = { from: bytes.length, to: segment.bytes }] = found;
      noteDamage(segment, { file: segment.file, bytes: where, records: lost });
    }
    return inPieces(frames.map(({ record }) => unpackRecord(record)));
  }

  /** Of a segment that was whole when it was last looked at. */
  function noteDamage(segment: Sealed, damage: SpoolDamage): void {
    sealed[0] = { ...segment, damages: [...segment.damages, damage] };
    damages.push(damage);
    options.onDamage(damage);
  }

  async function forgetOldest(): Promise<void> {
    const segment = sealed.shift();
    if (segment === undefined) return;
    try {
      if (segment.damages.length === 0) return await files.remove(segment.file);
      asideBytes += segment.bytes;
      await files.rename(segment.file, asideName(segment.file));
    } catch (error) {
      // The next run delivers it again, which is harmless.
      options.onFailure(error);
    }
  }

  return {
    async append(records) {
      const packed = records.map(packRecord);
      const bytes = packed.reduce((sum, { length }) => sum + length + frameHeaderBytes, 0);
      if (bytesKept() + bytesOf(waiting()) + bytes > options.bytesMax) return "full";
      if (failing !== null && now() < failing.until) return "failing";
      return new Promise((settle) => {
        queue.push({ packed, bytes, settle });
        if (isWriting) return;
        isWriting = true;
        void inTurn(writeGroup);
      });
    },
    async drain(send) {
      // The oldest may be the one that is written to: from here on it is not.
      if (sealed.length === 0) await inTurn(() => writer.seal());
      const [oldest] = sealed;
      if (oldest === undefined) return false;
      if (draining?.file !== oldest.file)
        draining = { file: oldest.file, pieces: await piecesOf(oldest) };
      const { pieces } = draining;
      while (pieces[0] !== undefined) {
        await send(pieces[0]);
        pieces.shift();
      }
      draining = undefined;
      await forgetOldest();
      return true;
    },
    state() {
      const current = writer.current();
      let records = current.records;
      for (const segment of sealed) records += segment.records;
      for (const { packed } of waiting()) records += packed.length;
      return {
        records,
        bytes: bytesKept(),
        since: sealed[0]?.name.begunAt ?? current.begunAt,
        damages,
        failing: failing?.why ?? null,
      };
    },
    async close() {
      while (isWriting) await turn;
      await inTurn(() => writer.close());
    },
  };
}

function bytesOf(list: readonly { readonly bytes: number }[]): number {
  return list.reduce((sum, { bytes }) => sum + bytes, 0);
}

function inPieces(records: readonly OutRecord[]): OutRecord[][] {
  const pieces: OutRecord[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const size = record.value.length + (record.key?.length ?? 0);
    bytes += size;
    if (bytes > pieceBytesMax) {
      pieces.push([]);
      bytes = size;
    }
    pieces.at(-1)?.push(record);
  }
  return pieces;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
