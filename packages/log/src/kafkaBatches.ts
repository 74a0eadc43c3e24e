import { createRequire } from "node:module";

import type * as Kafkajs from "kafkajs";

import { decodeRecords, encodeBatch } from "./kafkaRecords.ts";
import type { BatchRecord } from "./kafkaRecords.ts";

// kafkajs makes an encoder with a buffer of its own for each record, and a list of all before it for each message that it
// groups by partition, so that a batch costs its square. Four of its modules are replaced before it is loaded here: to the
// same bytes, and with its own for what these do not know (compression, headers, other clients' forms). The version is
// pinned; what is used of its insides is declared here.

const require = createRequire(import.meta.url);

interface Encoder {
  buf: Buffer;
  offset: number;
}
const Encoder = require("kafkajs/src/protocol/encoder") as new (bytes: number) => Encoder;

/** Bytes as kafkajs passes them on. */
function asEncoder(bytes: Buffer): Encoder {
  const encoder = new Encoder(1);
  encoder.buf = bytes;
  encoder.offset = bytes.length;
  return encoder;
}

function replace(path: string, by: unknown): void {
  const module = require.cache[require.resolve(path)];
  if (module === undefined) throw new Error(`${path} is not loaded`);
  module.exports = by;
}

// Messages by partition.

type Message = object;
interface Grouping {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly Message[];
  readonly partitioner: (given: object) => number;
}

const groupPath = "kafkajs/src/producer/groupMessagesPerPartition";
require(groupPath);
replace(groupPath, ({ topic, partitionMetadata, messages, partitioner }: Grouping) => {
  const byPartition: Record<number, Message[]> = {};
  if (partitionMetadata.length === 0) return byPartition;
  for (const message of messages)
    (byPartition[partitioner({ topic, partitionMetadata, message })] ??= []).push(message);
  return byPartition;
});

// Writing a batch.

type WriteRecord = (record: WrittenRecord) => Encoder;
interface WrittenRecord extends BatchRecord {
  readonly headers?: object;
}
interface WrittenBatch {
  readonly compression?: number;
  readonly transactional?: boolean;
  readonly firstTimestamp: number | string;
  readonly maxTimestamp: number | string;
  readonly producerId: unknown;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly lastOffsetDelta: number;
  readonly records: readonly WrittenRecord[];
}

const recordPath = "kafkajs/src/protocol/recordBatch/record/v0";
const batchPath = "kafkajs/src/protocol/recordBatch/v0";
const writeRecord = require(recordPath) as WriteRecord;
const written = require(batchPath) as {
  readonly RecordBatch: (batch: object) => Promise<Encoder>;
  readonly MAGIC_BYTE: number;
};
const transactionalMask = 0x10;
const timestampDeltaMax = 0x3fff_ffff;

replace(recordPath, (record: WrittenRecord) => record);
replace(batchPath, {
  ...written,
  async RecordBatch(batch: WrittenBatch): Promise<Encoder> {
    const isPlain = (batch.compression ?? 0) === 0 && batch.records.every(isPlainRecord);
    if (!isPlain) return written.RecordBatch({ ...batch, records: batch.records.map(writeRecord) });
    const head = {
      firstOffset: 0n,
      partitionLeaderEpoch: 0,
      attributes: batch.transactional === true ? transactionalMask : 0,
      lastOffsetDelta: batch.lastOffsetDelta,
      firstTimestamp: BigInt(batch.firstTimestamp),
      maxTimestamp: BigInt(batch.maxTimestamp),
      producerId: BigInt(String(batch.producerId)),
      producerEpoch: batch.producerEpoch,
      firstSequence: batch.firstSequence,
    };
    return asEncoder(encodeBatch(head, batch.records));
  },
});

function isPlainRecord({ key, value, timestampDelta, headers }: WrittenRecord): boolean {
  if (headers !== undefined || timestampDelta < 0 || timestampDelta > timestampDeltaMax)
    return false;
  return (key === null || Buffer.isBuffer(key)) && (value === null || Buffer.isBuffer(value));
}

// Reading a batch.

interface Decoder {
  readonly buffer: Buffer;
  offset: number;
}
type ReadBatch = (decoder: Decoder) => Promise<object>;

const readPath = "kafkajs/src/protocol/recordBatch/v0/decoder";
const readBatch = require(readPath) as ReadBatch;
const timestampTypes = require("kafkajs/src/protocol/timestampTypes") as {
  readonly LOG_APPEND_TIME: number;
  readonly CREATE_TIME: number;
};
const compressionMask = 0x7;
const appendTimeMask = 0x8;
const controlMask = 0x20;
const headBytes = 61;

replace(readPath, async (decoder: Decoder): Promise<object> => {
  const { buffer, offset: start } = decoder;
  // Cut short, or compressed: kafkajs knows what to say or do.
  if (buffer.length < start + headBytes) return readBatch(decoder);
  const end = start + 12 + buffer.readInt32BE(start + 8);
  const attributes = buffer.readInt16BE(start + 21);
  if (end > buffer.length || (attributes & compressionMask) !== 0) return readBatch(decoder);
  const bytes = buffer.subarray(start, end);
  const read = decodeRecords(bytes, headBytes, bytes.readInt32BE(57));
  if (read === undefined) return readBatch(decoder);
  decoder.offset = end;

  const firstOffset = Number(bytes.readBigInt64BE(0));
  const firstTimestamp = Number(bytes.readBigInt64BE(27));
  const maxTimestamp = String(bytes.readBigInt64BE(35));
  const isControlBatch = (attributes & controlMask) !== 0;
  const isAppendTime = (attributes & appendTimeMask) !== 0;
  const context = {
    firstOffset: String(firstOffset),
    firstTimestamp: String(firstTimestamp),
    partitionLeaderEpoch: bytes.readInt32BE(12),
    inTransaction: (attributes & transactionalMask) !== 0,
    isControlBatch,
    lastOffsetDelta: bytes.readInt32BE(23),
    producerId: String(bytes.readBigInt64BE(43)),
    producerEpoch: bytes.readInt16BE(51),
    firstSequence: bytes.readInt32BE(53),
    maxTimestamp,
    timestampType: isAppendTime ? timestampTypes.LOG_APPEND_TIME : timestampTypes.CREATE_TIME,
  };
  const batchContext = { ...context, magicByte: written.MAGIC_BYTE };
  const records = read.map((record) => ({
    magicByte: written.MAGIC_BYTE,
    attributes: record.attributes,
    timestamp: isAppendTime ? maxTimestamp : String(firstTimestamp + record.timestampDelta),
    offset: String(firstOffset + record.offsetDelta),
    key: record.key,
    value: record.value,
    headers: {},
    isControlRecord: isControlBatch,
    batchContext,
  }));
  return { ...context, records };
});

/** kafkajs with these in it: everybody takes it from here. */
export const kafkajs = require("kafkajs") as typeof Kafkajs;
