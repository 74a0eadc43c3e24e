// What a broker answers to a fetch, batch by batch (magic 2): a record becomes an object when somebody wants it, once, as the log
// gives it. kafkajs makes three of each, with its numbers as texts, and looks at each again for what was aborted.

import type { LogRecord } from "./log.ts";

/** A batch as it came. */
export interface FetchedBatch {
  /** Of the batch, also where its last records are compacted away. */
  readonly lastOffset: number;
  readonly producerId: bigint;
  readonly isTransactional: boolean;
  /** What ends a transaction, instead of records. */
  readonly marker: "commit" | "abort" | null;
  /** Adds the records from an offset on. Throws where the bytes are no records. */
  readonly addTo: (records: LogRecord[], from: number) => void;
}

export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** Takes compressed batches apart, given their bytes. */
export type ReadCompressed = (batch: Buffer) => Promise<readonly LogRecord[]>;

const headBytes = 61;
const magicAt = 16;
const magic = 2;
const compressionMask = 0x7;
const appendTimeMask = 0x8;
const transactionalMask = 0x10;
const controlMask = 0x20;

/** The batches of an answer. Its end may be cut short: such a one is left out. Throws for the forms before Kafka 0.11. */
export async function batchesIn(
  bytes: Buffer,
  readCompressed: ReadCompressed,
): Promise<FetchedBatch[]> {
  const batches: FetchedBatch[] = [];
  for (let at = 0; at + headBytes <= bytes.length;) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end < at + headBytes)
      throw new Error(`a batch of ${end - at} bytes: its head alone has ${headBytes}`);
    if (end > bytes.length) break;
    if (bytes[at + magicAt] !== magic)
      throw new Error(`a batch of records of format ${bytes[at + magicAt]}: only ${magic} is read`);
    batches.push(await batchIn(bytes.subarray(at, end), readCompressed));
    at = end;
  }
  return batches;
}

async function batchIn(bytes: Buffer, readCompressed: ReadCompressed): Promise<FetchedBatch> {
  const firstOffset = Number(bytes.readBigInt64BE(0));
  const attributes = bytes.readInt16BE(21);
  const head = {
    lastOffset: firstOffset + bytes.readInt32BE(23),
    producerId: bytes.readBigInt64BE(43),
    isTransactional: (attributes & transactionalMask) !== 0,
    marker: null,
  };
  if ((attributes & compressionMask) !== 0) {
    const all = await readCompressed(bytes);
    return {
      ...head,
      addTo(records, from) {
        for (const record of all) if (record.offset >= from) records.push(record);
      },
    };
  }
  const firstTimestamp = Number(bytes.readBigInt64BE(27));
  const appendedAt =
    (attributes & appendTimeMask) === 0 ? undefined : Number(bytes.readBigInt64BE(35));
  const base = { firstOffset, firstTimestamp, appendedAt };
  if ((attributes & controlMask) === 0)
    return { ...head, addTo: (records, from) => addRecords(bytes, base, records, from) };
  const markers: LogRecord[] = [];
  addRecords(bytes, base, markers, 0);
  // The key of a marker is its version and its kind, two bytes each: 0 aborts.
  const isAbort = markers[0]?.key?.readInt16BE(2) === 0;
  return { ...head, marker: isAbort ? "abort" : "commit", addTo: () => {} };
}

/** What a batch says of all its records. */
interface Base {
  readonly firstOffset: number;
  readonly firstTimestamp: number;
  /** Of all, where the broker stamps them. */
  readonly appendedAt: number | undefined;
}

function addRecords(bytes: Buffer, base: Base, records: LogRecord[], from: number): void {
  const count = bytes.readInt32BE(headBytes - 4);
  const cursor = new Cursor(bytes);
  for (let index = 0; index < count; index += 1) {
    const end = cursor.varint() + cursor.at;
    // A byte of attributes, which nothing uses.
    cursor.at += 1;
    const timestamp = base.appendedAt ?? base.firstTimestamp + cursor.varint();
    if (base.appendedAt !== undefined) cursor.varint();
    const offset = base.firstOffset + cursor.varint();
    if (offset < from) {
      cursor.at = end;
      continue;
    }
    const key = cursor.field();
    const value = cursor.field();
    // A name and a value each; who sends any says the same in the record's own.
    for (let headers = cursor.varint(); headers > 0 && cursor.at < end; headers -= 1) {
      cursor.field();
      cursor.field();
    }
    if (cursor.at !== end || end > bytes.length)
      throw new Error(`the batch at offset ${base.firstOffset} is broken in record ${index}`);
    records.push({ offset, timestamp, key, value: value ?? empty });
  }
}

const empty = Buffer.alloc(0);

class Cursor {
  at = headBytes;
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Zigzag, as long as it is; NaN behind the end. */
  varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at] ?? NaN;
    this.at += 1;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let factor = 128; byte >= 0x80; factor *= 128) {
      byte = bytes[this.at] ?? NaN;
      this.at += 1;
      value += (byte & 0x7f) * factor;
    }
    if (Number.isNaN(byte)) return NaN;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  field(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.at = start + length;
    return this.bytes.subarray(start, this.at);
  }
}

/** The committed records of an answer from an offset on, without transaction markers and aborted ones. */
export function committedRecords(
  batches: readonly FetchedBatch[],
  abortedTransactions: readonly AbortedTransaction[] | null,
  from: number,
): LogRecord[] {
  // Brokers do not promise an order.
  const waiting = (abortedTransactions ?? [])
    .map(({ producerId, firstOffset }) => ({
      producerId: BigInt(producerId),
      firstOffset: Number(firstOffset),
    }))
    .toSorted((one, other) => one.firstOffset - other.firstOffset);
  const aborted = new Set<bigint>();
  const records: LogRecord[] = [];
  for (const batch of batches) {
    while ((waiting[0]?.firstOffset ?? Infinity) <= batch.lastOffset)
      aborted.add((waiting.shift() as (typeof waiting)[number]).producerId);
    if (batch.marker === "abort") aborted.delete(batch.producerId);
    if (batch.isTransactional && aborted.has(batch.producerId)) continue;
    batch.addTo(records, from);
  }
  return records;
}
