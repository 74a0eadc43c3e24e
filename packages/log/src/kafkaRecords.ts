// Kafka's record batches (magic 2, uncompressed, without headers), written in one pass over one buffer.

/** A record to be written, as kafkajs passes it. */
export interface BatchRecord {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** What a batch says of all its records. */
export interface BatchHead {
  readonly firstOffset: bigint;
  readonly partitionLeaderEpoch: number;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: bigint;
  readonly maxTimestamp: bigint;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

const lengthAt = 8;
const crcAt = 17;
const attributesAt = 21;
const recordsAt = 61;
const magic = 2;

/** The bytes of a batch. */
export function encodeBatch(head: BatchHead, records: readonly BatchRecord[]): Buffer {
  let size = recordsAt;
  for (const record of records) {
    const body = bodyBytes(record);
    size += varintBytes(body) + body;
  }
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeBigInt64BE(head.firstOffset, 0);
  bytes.writeInt32BE(size - lengthAt - 4, lengthAt);
  bytes.writeInt32BE(head.partitionLeaderEpoch, 12);
  bytes.writeInt8(magic, 16);
  bytes.writeInt16BE(head.attributes, attributesAt);
  bytes.writeInt32BE(head.lastOffsetDelta, 23);
  bytes.writeBigInt64BE(head.firstTimestamp, 27);
  bytes.writeBigInt64BE(head.maxTimestamp, 35);
  bytes.writeBigInt64BE(head.producerId, 43);
  bytes.writeInt16BE(head.producerEpoch, 51);
  bytes.writeInt32BE(head.firstSequence, 53);
  bytes.writeInt32BE(records.length, 57);
  let at = recordsAt;
  for (const record of records) at = writeRecord(bytes, at, record);
  bytes.writeUInt32BE(crc32c(bytes, attributesAt), crcAt);
  return bytes;
}

function bodyBytes({ offsetDelta, timestampDelta, key, value }: BatchRecord): number {
  // Attributes and the number of headers take a byte each.
  const fields = varintBytes(timestampDelta) + varintBytes(offsetDelta);
  return 2 + fields + fieldBytes(key) + fieldBytes(value);
}

function fieldBytes(field: Buffer | null): number {
  return field === null ? 1 : varintBytes(field.length) + field.length;
}

function writeRecord(bytes: Buffer, start: number, record: BatchRecord): number {
  let at = writeVarint(bytes, start, bodyBytes(record));
  bytes[at] = 0;
  at = writeVarint(bytes, at + 1, record.timestampDelta);
  at = writeVarint(bytes, at, record.offsetDelta);
  at = writeField(bytes, at, record.key);
  at = writeField(bytes, at, record.value);
  bytes[at] = 0;
  return at + 1;
}

function writeField(bytes: Buffer, at: number, field: Buffer | null): number {
  if (field === null) return writeVarint(bytes, at, -1);
  const start = writeVarint(bytes, at, field.length);
  bytes.set(field, start);
  return start + field.length;
}

/** Of a signed number of 31 bits, zigzag. */
function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = start;
  while (zigzag >= 0x80) {
    bytes[at] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
    at += 1;
  }
  bytes[at] = zigzag;
  return at + 1;
}

/** CRC-32C (Castagnoli), four bytes at a time: Node's own `crc32` is of another polynomial. */
export function crc32c(bytes: Uint8Array, start = 0): number {
  let crc = -1;
  let at = start;
  for (const end = bytes.length - 3; at < end; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (tables[0x300 | (crc & 0xff)] as number) ^
      (tables[0x200 | ((crc >>> 8) & 0xff)] as number) ^
      (tables[0x100 | ((crc >>> 16) & 0xff)] as number) ^
      (tables[crc >>> 24] as number);
  }
  for (; at < bytes.length; at += 1)
    crc = (tables[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Four tables of 256: of a byte, and of a byte with one, two and three zero bytes behind it. */
const tables = crcTables(0x82f63b78);

function crcTables(polynomial: number): Int32Array {
  const made = new Int32Array(1_024);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[byte] = crc;
  }
  for (let at = 256; at < 1_024; at += 1) {
    const before = made[at - 256] as number;
    made[at] = (made[before & 0xff] as number) ^ (before >>> 8);
  }
  return made;
}
