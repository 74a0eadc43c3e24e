import { createRequire } from "node:module";

import fc from "fast-check";
import { expect, test } from "vitest";

import { kafkajs } from "../src/kafkaBatches.ts";
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
type Read = (decoder: object) => Promise<{ records: { batchContext: object }[] }>;

const record = bothOf<(record: object) => object>("kafkajs/src/protocol/recordBatch/record/v0");
const batch = bothOf<Write>("kafkajs/src/protocol/recordBatch/v0");
const decoder = bothOf<Read>("kafkajs/src/protocol/recordBatch/v0/decoder");
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

test("a batch has the bytes that kafkajs itself gives it, and is read as kafkajs reads it", async () => {
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
      // Behind something else, as in an answer of several batches.
      const answer = Buffer.concat([Buffer.alloc(5), written.buffer, Buffer.alloc(3)]);
      const [mine, theirs] = [new Decoder(answer), new Decoder(answer)];
      mine.offset = 5;
      theirs.offset = 5;
      const read = await decoder.ours(mine);
      expect(read).toEqual(await decoder.original(theirs));
      expect(mine.offset).toBe(theirs.offset);
    }),
    { numRuns: 200 },
  );
});

test("the end of an answer that was cut short is no record, as for kafkajs", async () => {
  const whole = await batch.ours.RecordBatch({
    firstTimestamp: 1,
    maxTimestamp: 1,
    producerId: "5",
    producerEpoch: 0,
    firstSequence: 0,
    lastOffsetDelta: 0,
    records: [{ offsetDelta: 0, timestampDelta: 0, key: null, value: Buffer.alloc(100) }],
  });
  const cut = new Decoder(whole.buffer.subarray(0, -1));
  await expect(decoder.ours(cut)).rejects.toThrow("partial record batch");
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
