import { randomBytes } from "node:crypto";
import { acknowledgedName, writeAcknowledged } from "./acknowledged.ts";
import type { SpoolFile, SpoolFiles } from "./files.ts";
import type { Inspected, Sealed } from "./inspect.ts";
import { frameOf, segmentName, type SegmentName } from "./segment.ts";

/** Writes records into segments, one call at a time. */
export interface SegmentWriter {
  /**
   * Resolves once all of them are on the disk and noted as acknowledged. Throws what the disk said: then the segment is
   * closed behind the last record that is safe, and the next write begins another.
   */
  write(records: readonly Buffer[]): Promise<void>;
  /** Closes the segment that is written to, if there is one. */
  seal(): Promise<void>;
  /** The segment that is written to: what is on the disk for certain. */
  current(): { readonly bytes: number; readonly records: number; readonly begunAt: number | null };
  close(): Promise<void>;
}

interface Open {
  readonly name: SegmentName;
  readonly file: string;
  readonly handle: SpoolFile;
  bytes: number;
  records: number;
}

export function createSegmentWriter(given: {
  readonly files: SpoolFiles;
  /** What an earlier run left. */
  readonly inspected: Inspected;
  /** A segment is closed at so many bytes. */
  readonly segmentBytesMax: number;
  readonly now: () => number;
  readonly onSealed: (segment: Sealed) => void;
  readonly onFailure: (error: unknown) => void;
}): SegmentWriter {
  const { files, inspected } = given;
  let numberMax = inspected.numberMax;
  let recordsEver = recordsBehind(inspected.segments.at(-1));
  let open: Open | undefined;
  let acknowledged: SpoolFile | undefined;

  async function begin(): Promise<Open> {
    // Before the first segment: without it all that stands in one counts as acknowledged.
    acknowledged ??= await beginAcknowledged();
    const name: SegmentName = {
      number: numberMax + 1,
      firstRecord: recordsEver,
      begunAt: given.now(),
      salt: randomBytes(8).toString("hex"),
    };
    numberMax += 1;
    const file = segmentName(name);
    return { name, file, handle: await files.create(file), bytes: 0, records: 0 };
  }

  async function beginAcknowledged(): Promise<SpoolFile> {
    const file = await files.update(acknowledgedName);
    if (inspected.acknowledged !== undefined || recordsEver > 0) return file;
    await writeAcknowledged(file, { segment: numberMax, bytes: 0 });
    await file.sync();
    return file;
  }

  async function append(records: readonly Buffer[]): Promise<void> {
    open ??= await begin();
    const segment = open;
    const { salt, number } = segment.name;
    const frames = Buffer.concat(
      records.map((record, at) => frameOf(salt, segment.records + at, record)),
    );
    for (let at = 0; at < frames.length;) {
      const taken = await segment.handle.write(frames.subarray(at), segment.bytes + at);
      if (taken === 0) throw new Error("the disk takes no more bytes");
      at += taken;
    }
    await segment.handle.sync();
    const bytes = segment.bytes + frames.length;
    acknowledged ??= await files.update(acknowledgedName);
    await writeAcknowledged(acknowledged, { segment: number, bytes });
    segment.bytes = bytes;
    segment.records += records.length;
    recordsEver += records.length;
  }

  async function seal(): Promise<void> {
    const segment = open;
    open = undefined;
    if (segment === undefined) return;
    // At once: a cut that asks in between must not be told that nothing is kept.
    if (segment.records > 0) given.onSealed({ ...segment, damages: [] });
    await segment.handle.close().catch(given.onFailure);
    if (segment.records === 0) await files.remove(segment.file).catch(given.onFailure);
  }

  return {
    async write(records) {
      try {
        await append(records);
      } catch (error) {
        // What stands behind the last safe byte is in an unknown state: it goes, if the disk lets it.
        if (open !== undefined) await open.handle.truncate(open.bytes).catch(() => {});
        await seal();
        await acknowledged?.close().catch(() => {});
        acknowledged = undefined;
        throw error;
      }
      if (open !== undefined && open.bytes >= given.segmentBytesMax) await seal();
    },
    seal,
    current: () => ({
      bytes: open?.bytes ?? 0,
      records: open?.records ?? 0,
      begunAt: open?.name.begunAt ?? null,
    }),
    async close() {
      await open?.handle.close();
      await acknowledged?.close();
    },
  };
}

/** So that a segment from whose end records are missing is known by the one after it. */
function recordsBehind(last: Sealed | undefined): number {
  if (last === undefined) return 0;
  const lost = last.damages.reduce((sum, { records }) => sum + records, 0);
  return last.name.firstRecord + last.records + lost;
}
