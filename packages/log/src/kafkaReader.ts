import { createReaderCluster, fetchIsolation } from "./kafkaClient.ts";
import type { Cluster, KafkaOptions, PartitionData } from "./kafkaClient.ts";
import { asLogError } from "./kafkaErrors.ts";
import { committedRecords } from "./kafkaFetched.ts";
import type { Fetched, FetchLimits } from "./log.ts";

/** Reads one partition over a connection of its own, which it opens anew after an error. */
export interface PartitionReader {
  fetch(from: number, limits: FetchLimits): Promise<Fetched>;
  endOffset(): Promise<number>;
  close(): Promise<void>;
}

export function createPartitionReader(
  options: KafkaOptions,
  topic: string,
  partition: number,
): PartitionReader {
  let connected: Promise<Cluster> | undefined;

  async function withCluster<Answer>(ask: (cluster: Cluster) => Promise<Answer>): Promise<Answer> {
    const connection = (connected ??= connect(options, topic));
    try {
      return await ask(await connection);
    } catch (error) {
      if (connected === connection) connected = undefined;
      await connection.then((cluster) => cluster.disconnect()).catch(() => {});
      throw asLogError(error, `read ${topic}/${partition}`);
    }
  }

  return {
    fetch: (from, limits) =>
      withCluster((cluster) => fetchFrom(cluster, topic, partition, from, limits)),
    endOffset: () => withCluster((cluster) => endOffsetOf(cluster, topic, partition)),
    async close() {
      const connection = connected;
      connected = undefined;
      await connection?.then((cluster) => cluster.disconnect()).catch(() => {});
    },
  };
}

async function connect(options: KafkaOptions, topic: string): Promise<Cluster> {
  const cluster = createReaderCluster(options);
  await cluster.connect();
  await cluster.addTargetTopic(topic);
  await cluster.refreshMetadata();
  return cluster;
}

async function fetchFrom(
  cluster: Cluster,
  topic: string,
  partition: number,
  from: number,
  limits: FetchLimits,
): Promise<Fetched> {
  await cluster.refreshMetadataIfNecessary();
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  const broker = await cluster.findBroker({ nodeId: nodeId ?? "" });
  const { responses } = await broker.fetch({
    replicaId: -1,
    isolationLevel: fetchIsolation,
    maxWaitTime: limits.waitMsMax,
    minBytes: limits.bytesMin ?? 1,
    maxBytes: limits.bytesMax,
    topics: [
      {
        topic,
        partitions: [
          {
            partition,
            currentLeaderEpoch: -1,
            fetchOffset: String(from),
            logStartOffset: -1,
            maxBytes: limits.bytesMax,
          },
        ],
      },
    ],
  });
  const data = responses[0]?.partitions[0];
  if (data === undefined) throw new Error(`the broker's answer lacks ${topic}/${partition}`);
  return fetchedOf(from, data);
}

function fetchedOf(
  from: number,
  { messages, abortedTransactions, lastStableOffset }: PartitionData,
): Fetched {
  const next = Math.max(from, (messages.at(-1)?.lastOffset ?? -1) + 1);
  // A batch may begin before what was asked for.
  const records = committedRecords(messages, abortedTransactions, from);
  return { records, next, end: Number(lastStableOffset) };
}

async function endOffsetOf(cluster: Cluster, topic: string, partition: number): Promise<number> {
  await cluster.refreshMetadataIfNecessary();
  const [answer] = await cluster.fetchTopicsOffset([
    { topic, partitions: [{ partition }], fromBeginning: false },
  ]);
  const offset = answer?.partitions.find((found) => found.partition === partition)?.offset;
  if (offset === undefined) throw new Error(`the broker's answer lacks ${topic}/${partition}`);
  return Number(offset);
}
