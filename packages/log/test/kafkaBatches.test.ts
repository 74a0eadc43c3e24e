import { createRequire } from "node:module";

import fc from "fast-check";
import { expect, test } from "vitest";

import { kafkajs } from "../src/kafkaBatches.ts";
import { committedRecords } from "../src/kafkaFetched.ts";
import type { FetchedBatch } from "../src/kafkaFetched.ts";
import { crc32c } from "../src/kafkaRecords.ts";

const require = createRequire(import.meta.url);

/** The module as it is in use now, and as kafkajs has it. */
function bothOf<Exports>(path: string): { ours: Exports; original: Exports } {
  const ours = require(path) as Exports;
  const name = require.resolve(path);
  const replaced = require.cache[name];
  delete require.cache[name];
  const original = require(path) as Exports;
  require.cache[name] = replaced;
  return { ours, original };
}

interface Encoded {
  readonly buffer: Buffer;
}
type Write = { RecordBatch: (batch: object) => Promise<Encoded> };
interface Message {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
}
type Read<Item> = (decoder: object) => Promise<Item[]>;

const record = bothOf<(record: object) => object>("kafkajs/src/protocol/recordBatch/record/v0");
const batch = bothOf<Write>("kafkajs/src/protocol/recordBatch/v0");
const answerPath = "kafkajs/src/protocol/requests/fetch/v4/decodeMessages";
const answer = {
  ours: bothOf(answerPath).ours as Read<FetchedBatch>,
  original: bothOf(answerPath).original as Read<Message>,
};
const withoutAborted = require("kafkajs/src/consumer/filterAbortedMessages") as (given: {
  messages: readonly Message[];
  abortedTransactions: readonly { producerId: string; firstOffset: string }[];
}) => Message[];
const group = bothOf<(given: object) => object>("kafkajs/src/producer/groupMessagesPerPartition");
const Decoder = require("kafkajs/src/protocol/decoder") as new (bytes: Buffer) => {
  offset: number;
};

const bytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc.integer({ min: 8_000, max: 20_000 }).map((length) => Buffer.alloc(length, 7)),
);
const batches = fc.record({
  records: fc.array(
    fc.record(
      {
        key: bytes,
        value: bytes,
        timestampDelta: fc.oneof(fc.constant(0), fc.nat(), fc.constant(2 ** 40)),
        headers: fc.constant({ trace: "1" }),
      },
      { requiredKeys: ["key", "value", "timestampDelta"] },
    ),
    { minLength: 1, maxLength: 200 },
  ),
  transactional: fc.boolean(),
  firstTimestamp: fc.integer({ min: 0, max: 2 ** 42 }),
  producerId: fc.oneof(fc.constant("-1"), fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String)),
  producerEpoch: fc.nat(32_767),
  firstSequence: fc.nat(2 ** 31 - 1),
});

test("a batch has the bytes that kafkajs itself gives it", async () => {
  await fc.assert(
    fc.asyncProperty(batches, async ({ records, ...rest }) => {
      const numbered = records.map((given, offsetDelta) => ({ ...given, offsetDelta }));
      const head = {
        ...rest,
        maxTimestamp: rest.firstTimestamp,
        lastOffsetDelta: records.length - 1,
      };
      const expected = await batch.original.RecordBatch({
        ...head,
        records: numbered.map(record.original),
      });
      const written = await batch.ours.RecordBatch({
        ...head,
        records: numbered.map(record.ours),
      });
      expect(written.buffer.equals(expected.buffer)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

/** Batches of an answer in turn: of records, or what ends a transaction of a producer. */
const sequences = fc.array(
  fc.record({
    records: fc.array(fc.record({ key: bytes, value: bytes, headers: fc.boolean() }), {
      minLength: 1,
      maxLength: 5,
    }),
    producer: fc.nat(2),
    kind: fc.constantFrom("plain", "transactional", "commit", "abort"),
    isAppendTime: fc.boolean(),
    isCompressed: fc.boolean(),
  }),
  { maxLength: 12 },
);

test("an answer is read as kafkajs reads it, without markers and what was aborted, from any offset on", async () => {
  await fc.assert(
    fc.asyncProperty(sequences, fc.nat(20), fc.nat(40), async (given, from, cutShort) => {
      const { bytes: whole, aborted } = await answerOf(given);
      const sent = whole.subarray(0, whole.length - Math.min(cutShort, whole.length));
      const size = Buffer.alloc(9);
      size.writeInt32BE(sent.length, 5);
      const received = Buffer.concat([size, sent, Buffer.alloc(3)]);
      const [mine, theirs] = [new Decoder(received), new Decoder(received)];
      [mine.offset, theirs.offset] = [5, 5];
      const batches = await answer.ours(mine);
      const messages = await answer.original(theirs);
      expect(mine.offset).toBe(theirs.offset);
      const expected = withoutAborted({ messages, abortedTransactions: aborted })
        .filter(({ isControlRecord, offset }) => !isControlRecord && Number(offset) >= from)
        .map(({ offset, timestamp, key, value }) => ({
          offset: Number(offset),
          timestamp: Number(timestamp),
          key,
          value: value ?? Buffer.alloc(0),
        }));
      // Brokers name the aborted in any order.
      expect(committedRecords(batches, aborted.toReversed(), from)).toEqual(expected);
      const last = messages.at(-1);
      expect(batches.at(-1)?.lastOffset).toBe(last === undefined ? undefined : Number(last.offset));
    }),
    { numRuns: 300 },
  );
});

type Given = typeof sequences extends fc.Arbitrary<infer Sequence> ? Sequence : never;

/** The bytes of an answer, and which transactions a broker would name as aborted. */
async function answerOf(
  given: Given,
): Promise<{ bytes: Buffer; aborted: { producerId: string; firstOffset: string }[] }> {
  let offset = 0;
  const encoded: Buffer[] = [];
  const begun = new Map<number, number>();
  const aborted: { producerId: string; firstOffset: string }[] = [];
  for (const { records, producer, kind, isAppendTime, isCompressed } of given) {
    const isMarker = kind === "commit" || kind === "abort";
    if (isMarker && !begun.has(producer)) continue;
    const marker = {
      key: Buffer.from([0, 0, 0, kind === "abort" ? 0 : 1]),
      value: Buffer.alloc(6),
    };
    const own = isMarker ? [{ ...marker, headers: false }] : records;
    const { buffer } = await batch.original.RecordBatch({
      compression: isCompressed && !isMarker ? 1 : 0,
      transactional: isMarker || kind === "transactional",
      firstTimestamp: 1_700_000_000_000 + offset,
      maxTimestamp: 1_700_000_009_000 + offset,
      producerId: String(producer),
      producerEpoch: 0,
      firstSequence: 0,
      lastOffsetDelta: own.length - 1,
      records: own.map(({ headers, ...each }, offsetDelta) =>
        record.original({
          ...each,
          offsetDelta,
          timestampDelta: offsetDelta * 300,
          ...(headers ? { headers: { trace: "1", other: "" } } : {}),
        }),
      ),
    });
    buffer.writeBigInt64BE(BigInt(offset), 0);
    const flags = (isMarker ? 0x20 : 0) | (isAppendTime ? 0x8 : 0);
    buffer.writeInt16BE(buffer.readInt16BE(21) | flags, 21);
    encoded.push(buffer);
    if (kind === "transactional" && !begun.has(producer)) begun.set(producer, offset);
    if (kind === "abort")
      aborted.push({ producerId: String(producer), firstOffset: String(begun.get(producer)) });
    if (isMarker) begun.delete(producer);
    offset += own.length;
  }
  const ordered = aborted.toSorted((a, b) => Number(a.firstOffset) - Number(b.firstOffset));
  return { bytes: Buffer.concat(encoded), aborted: ordered };
}

test("records that are broken are an error, and none of them is taken for another", async () => {
  const { bytes: whole } = await answerOf([
    {
      records: [{ key: null, value: Buffer.alloc(100), headers: false }],
      producer: 1,
      kind: "plain",
      isAppendTime: false,
      isCompressed: false,
    },
  ]);
  // The length of the value.
  whole[61 + 6] = 0x7e;
  const size = Buffer.alloc(4);
  size.writeInt32BE(whole.length);
  const [broken] = await answer.ours(new Decoder(Buffer.concat([size, whole])));
  expect(() => broken?.addTo([], 0)).toThrow("is broken in record 0");
});

test("a batch that says it is shorter than its head is an error, and not read for ever", async () => {
  const head = Buffer.alloc(61);
  head.writeInt32BE(-12, 8);
  head[16] = 2;
  const size = Buffer.alloc(4);
  size.writeInt32BE(head.length);
  const read = answer.ours(new Decoder(Buffer.concat([size, head])));
  await expect(read).rejects.toThrow("a batch of 0 bytes");
});

test("kafkajs is loaded with these parts in it", () => {
  const name = require.resolve("kafkajs");
  expect(require.cache[name]?.exports).toBe(kafkajs);
  const users = Object.values(require.cache).filter((module) =>
    module?.children.some(({ exports }) => exports === group.ours),
  );
  expect(users.map((module) => module?.filename)).toContain(
    require.resolve("kafkajs/src/producer/sendMessages"),
  );
});

test("messages are grouped by partition, in order", () => {
  const messages = Array.from({ length: 50 }, (_, at) => ({ at, partition: (at * 7) % 3 }));
  const given = {
    topic: "t",
    partitionMetadata: [{}, {}, {}],
    messages,
    partitioner: ({ message }: { message: { partition: number } }) => message.partition,
  };
  expect(group.ours(given)).toEqual(group.original(given));
  expect(group.ours({ ...given, partitionMetadata: [] })).toEqual({});
});

test("CRC-32C of the check value of RFC 3720's polynomial", () => {
  expect(crc32c(Buffer.from("123456789")).toString(16)).toBe("e3069283");
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});
