import { crc32 } from "node:zlib";

// A segment is a file of frames, one record in each:
//
//   8 bytes  the segment's salt, which is in its name
//   4 bytes  CRC-32 of all that follows in the frame
//   4 bytes  the record's place in the segment, from 0
//   4 bytes  length of the record
//   …        the record
//
// The salt marks where a frame begins, so that the frames behind a damaged one are found again. It is random and told to
// nobody: otherwise a producer could send a frame of its own inside an event, to be found there one day.

/** A segment, as its name tells. */
export interface SegmentName {
  /** From 1; segments are drained in this order. */
  readonly number: number;
  /** How many records stood in all segments before it, since the folder was made. */
  readonly firstRecord: number;
  /** Wall clock, milliseconds. */
  readonly begunAt: number;
  /** Of 16 hex digits. */
  readonly salt: string;
}

export interface Frame {
  /** In its segment, from 0. */
  readonly index: number;
  readonly record: Buffer;
  /** Of the frame, in the segment. */
  readonly from: number;
  readonly to: number;
}

/** Bytes that are no frame, in the segment; `to` is exclusive. */
export interface Damage {
  readonly from: number;
  readonly to: number;
}

export interface Scanned {
  readonly frames: readonly Frame[];
  readonly damages: readonly Damage[];
}

export const frameHeaderBytes = 20;
const nameForm = /^(\d{12})-(\d{15})-(\d{15})-([0-9a-f]{16})\.spool$/;

export function segmentName({ number, firstRecord, begunAt, salt }: SegmentName): string {
  return `${padded(number, 12)}-${padded(firstRecord, 15)}-${padded(begunAt, 15)}-${salt}.spool`;
}

/** Undefined for the name of anything else. */
export function readSegmentName(name: string): SegmentName | undefined {
  const match = nameForm.exec(name);
  if (match === null) return undefined;
  const [, number, firstRecord, begunAt, salt = ""] = match;
  return {
    number: Number(number),
    firstRecord: Number(firstRecord),
    begunAt: Number(begunAt),
    salt,
  };
}

export function frameOf(salt: string, index: number, record: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(frameHeaderBytes + record.length);
  frame.write(salt, 0, "hex");
  frame.writeUInt32BE(index, 12);
  frame.writeUInt32BE(record.length, 16);
  frame.set(record, frameHeaderBytes);
  frame.writeUInt32BE(crc32(frame.subarray(12)), 8);
  return frame;
}

/** Every frame that is whole, and all the bytes that are in none. */
export function scanSegment(salt: string, bytes: Buffer): Scanned {
  const mark = Buffer.from(salt, "hex");
  const frames: Frame[] = [];
  const damages: Damage[] = [];
  let at = 0;
  let damagedFrom: number | undefined;
  while (at < bytes.length) {
    const frame = frameAt(mark, bytes, at, (frames.at(-1)?.index ?? -1) + 1);
    if (frame === undefined) {
      damagedFrom ??= at;
      const next = bytes.indexOf(mark, at + 1);
      at = next === -1 ? bytes.length : next;
      continue;
    }
    if (damagedFrom !== undefined) damages.push({ from: damagedFrom, to: at });
    damagedFrom = undefined;
    frames.push(frame);
    at = frame.to;
  }
  if (damagedFrom !== undefined) damages.push({ from: damagedFrom, to: bytes.length });
  return { frames, damages };
}

function frameAt(mark: Buffer, bytes: Buffer, from: number, indexMin: number): Frame | undefined {
  if (from + frameHeaderBytes > bytes.length) return undefined;
  if (mark.compare(bytes, from, from + mark.length) !== 0) return undefined;
  const index = bytes.readUInt32BE(from + 12);
  const to = from + frameHeaderBytes + bytes.readUInt32BE(from + 16);
  if (index < indexMin || to > bytes.length) return undefined;
  if (crc32(bytes.subarray(from + 12, to)) !== bytes.readUInt32BE(from + 8)) return undefined;
  return { index, record: bytes.subarray(from + frameHeaderBytes, to), from, to };
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
