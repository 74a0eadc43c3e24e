import type { Kafka, Producer as KafkaProducer, TopicMessages } from "kafkajs";

import { createClient, patient } from "./kafkaClient.ts";
import type { KafkaOptions } from "./kafkaClient.ts";
import { asLogError } from "./kafkaErrors.ts";
import { createPartitionReader } from "./kafkaReader.ts";
import type { PartitionReader } from "./kafkaReader.ts";
import { prepareKafkaTopics } from "./kafkaTopics.ts";
import { UnfitTopic } from "./log.ts";
import type { Log, OutRecord, Producer, Transactor } from "./log.ts";

export type { KafkaOptions } from "./kafkaClient.ts";

/** Milliseconds after which Kafka aborts a transaction whose writer has died, and readers of committed records go on. */
const transactionTimeoutMs = 15_000;

/** Bytes of one produce request: Kafka refuses a batch over its `max.message.bytes`, 1 MiB unless configured. */
const produceBytesMax = 900_000;

const acksOfAll = -1;

/** The log on Kafka. Connects when first used. */
export async function connectLog(options: KafkaOptions): Promise<Log> {
  const client = createClient(options);
  const prefix = options.prefix ?? "";
  const readers = new Map<string, PartitionReader>();

  function readerOf(topic: string, partition: number): PartitionReader {
    const name = `${topic}/${partition}`;
    const reader = readers.get(name) ?? createPartitionReader(options, prefix + topic, partition);
    readers.set(name, reader);
    return reader;
  }

  return {
    async prepareTopics(specs) {
      const admin = client.admin({ retry: patient });
      try {
        await admin.connect();
        await prepareKafkaTopics(
          admin,
          specs.map(({ topic, partitions }) => ({ topic: prefix + topic, partitions })),
        );
      } catch (error) {
        throw error instanceof UnfitTopic ? error : asLogError(error, "prepare topics");
      } finally {
        await admin.disconnect();
      }
    },
    endOffset: (topic, partition) => readerOf(topic, partition).endOffset(),
    fetch: (topic, partition, from, limits) => readerOf(topic, partition).fetch(from, limits),
    producer: () => openProducer(client, prefix),
    transactor: (id) => openTransactor(client, prefix, id, options.reached ?? (() => {})),
    async close() {
      await Promise.all([...readers.values()].map((reader) => reader.close()));
    },
  };
}

async function openProducer(client: Kafka, prefix: string): Promise<Producer> {
  const producer = client.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    retry: patient,
    allowAutoTopicCreation: false,
    createPartitioner: namedPartition,
  });
  await connectOrThrow(producer, "connect a producer");
  return {
    async send(records) {
      const offsets: number[] = [];
      try {
        for (const chunk of chunksOf(records))
          offsets.push(...(await sendChunk(producer, prefix, chunk)));
      } catch (error) {
        throw asLogError(error, "produce");
      }
      return offsets;
    },
    close: () => producer.disconnect(),
  };
}

async function sendChunk(
  producer: KafkaProducer,
  prefix: string,
  records: readonly OutRecord[],
): Promise<number[]> {
  const answers = await producer.sendBatch({
    acks: acksOfAll,
    topicMessages: byTopic(prefix, records),
  });
  const nextByPartition = new Map(
    answers.map(({ topicName, partition, baseOffset }) => [
      `${topicName}/${partition}`,
      Number(baseOffset),
    ]),
  );
  return records.map(({ topic, partition }) => {
    const name = `${prefix}${topic}/${partition}`;
    const offset = nextByPartition.get(name) ?? -1;
    nextByPartition.set(name, offset + 1);
    return offset;
  });
}

async function openTransactor(
  client: Kafka,
  prefix: string,
  id: string,
  reached: NonNullable<KafkaOptions["reached"]>,
): Promise<Transactor> {
  const producer = client.producer({
    transactionalId: prefix + id,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: transactionTimeoutMs,
    retry: patient,
    allowAutoTopicCreation: false,
    createPartitioner: namedPartition,
  });
  await connectOrThrow(producer, `open ${id}`);
  // Beginning the first transaction initialises the producer: that settles what the predecessor left and fences it.
  let transaction = await producer.transaction().catch((error: unknown) => {
    throw asLogError(error, `open ${id}`);
  });
  return {
    async commit(records, progress) {
      try {
        for (const chunk of chunksOf(records)) {
          await transaction.sendBatch({ acks: acksOfAll, topicMessages: byTopic(prefix, chunk) });
        }
        reached("log.produced");
        if (progress !== undefined) {
          await transaction.sendOffsets({
            consumerGroupId: prefix + progress.group,
            topics: [
              {
                topic: prefix + progress.topic,
                partitions: [{ partition: progress.partition, offset: String(progress.next) }],
              },
            ],
          });
        }
        await transaction.commit();
        transaction = await producer.transaction();
      } catch (error) {
        throw asLogError(error, `commit by ${id}`);
      }
    },
    close: () => producer.disconnect(),
  };
}

async function connectOrThrow(producer: KafkaProducer, doing: string): Promise<void> {
  await producer.connect().catch((error: unknown) => {
    throw asLogError(error, doing);
  });
}

function namedPartition(): ({ message }: { message: { partition?: number } }) => number {
  return ({ message }) => message.partition ?? 0;
}

function byTopic(prefix: string, records: readonly OutRecord[]): TopicMessages[] {
  const messagesByTopic = new Map<string, TopicMessages["messages"]>();
  for (const { topic, partition, key, value } of records) {
    const messages = messagesByTopic.get(topic) ?? [];
    messagesByTopic.set(topic, messages);
    messages.push({ key, value, partition });
  }
  return [...messagesByTopic].map(([topic, messages]) => ({ topic: prefix + topic, messages }));
}

/** Splits records, in order, into produce requests of bounded size. A larger record goes alone. */
export function* chunksOf(records: readonly OutRecord[]): Generator<OutRecord[]> {
  let chunk: OutRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.value.length + (record.key?.length ?? 0) + 32;
    if (bytes + size > produceBytesMax && chunk.length > 0) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
