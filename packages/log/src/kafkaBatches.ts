import { createRequire } from "node:module";

import type * as Kafkajs from "kafkajs";

import { batchesIn } from "./kafkaFetched.ts";
import type { FetchedBatch } from "./kafkaFetched.ts";
import { encodeBatch } from "./kafkaRecords.ts";
import type { BatchRecord } from "./kafkaRecords.ts";
import type { LogRecord } from "./log.ts";

// kafkajs makes an encoder with a buffer of its own for each record, and a list of all before it for each message that it
// groups by partition, so that a batch costs its square; and of each record that it reads it makes several objects. Four of its
// modules are replaced before it is loaded here: to the same bytes, and with its own for what these do not know (compression,
// headers that are written). The version is pinned; what is used of its insides is declared here.

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

// Reading an answer.

interface Decoder {
  readonly buffer: Buffer;
  offset: number;
}
interface ReadRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}
const Decoder = require("kafkajs/src/protocol/decoder") as new (bytes: Buffer) => Decoder;
const readBatch = require("kafkajs/src/protocol/recordBatch/v0/decoder") as (
  decoder: Decoder,
) => Promise<{ readonly records: readonly ReadRecord[] }>;
const answerPath = "kafkajs/src/protocol/requests/fetch/v4/decodeMessages";
require(answerPath);

// Only our own reader asks: what kafkajs passes on as messages are batches for it.
replace(answerPath, async (decoder: Decoder): Promise<FetchedBatch[]> => {
  const { buffer } = decoder;
  const bytes = buffer.readInt32BE(decoder.offset);
  const start = decoder.offset + 4;
  decoder.offset = start;
  if (bytes <= 0 || start + bytes > buffer.length) return [];
  decoder.offset = start + bytes;
  return batchesIn(buffer.subarray(start, start + bytes), readCompressed);
});

async function readCompressed(batch: Buffer): Promise<LogRecord[]> {
  const { records } = await readBatch(new Decoder(batch));
  return records.map(({ offset, timestamp, key, value }) => ({
    offset: Number(offset),
    timestamp: Number(timestamp),
    key,
    value: value ?? Buffer.alloc(0),
  }));
}

/** kafkajs with these in it: everybody takes it from here. */
export const kafkajs = require("kafkajs") as typeof Kafkajs;
