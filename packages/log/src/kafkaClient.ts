import { createRequire } from "node:module";

import type { Kafka, Logger, logCreator, RetryOptions } from "kafkajs";

import { kafkajs } from "./kafkaBatches.ts";
import type { AbortedTransaction, FetchedBatch } from "./kafkaFetched.ts";
import { calmRequestQueues } from "./kafkaQueue.ts";

// kafkajs reads only as a member of a group, and a group's sessions are what we do without: a partition belongs to an
// instance by its ordinal, its position follows from the log, and a predecessor is fenced by its transactional id. So the
// reader asks a broker for a partition itself, by the parts that kafkajs' own consumer is made of. The version is pinned
// and its project dormant; what is used of it is declared here.
const require = createRequire(import.meta.url);
const Cluster = require("kafkajs/src/cluster") as new (options: object) => Cluster;
const { createLogger } = require("kafkajs/src/loggers") as {
  createLogger(options: object): Logger;
};
calmRequestQueues();
const createSocketFactory = require("kafkajs/src/network/socketFactory") as () => unknown;

export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findGroupCoordinator(of: { groupId: string }): Promise<Broker>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ partitions: { partition: number; offset: string }[] }[]>;
}

export interface Broker {
  joinGroup(request: object): Promise<{
    generationId: number;
    leaderId: string;
    memberId: string;
    /** Of all, told to the leader alone. */
    members: { memberId: string; memberMetadata: Buffer }[];
  }>;
  syncGroup(request: object): Promise<{ memberAssignment: Buffer }>;
  heartbeat(request: object): Promise<unknown>;
  leaveGroup(request: object): Promise<void>;
  fetch(request: object): Promise<{ responses: { partitions: PartitionData[] }[] }>;
}

export interface PartitionData {
  readonly partition: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  readonly messages: readonly FetchedBatch[];
}

export interface KafkaOptions {
  /** `host:port` of each. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Before every topic's name and transactional id; empty unless given. */
  readonly prefix?: string;
  /** Called at the fail point inside a transaction: its records are with Kafka, it is not committed. */
  readonly reached?: (point: "log.produced") => void;
}

/** Milliseconds; a request that is not answered by then has failed. Longer than any fetch waits. */
const requestTimeoutMs = 20_000;
const connectionTimeoutMs = 3_000;

/** Short and many: a coordinator that is loading, or a transaction that is closing, is ready within milliseconds. */
export const patient: RetryOptions = {
  initialRetryTime: 5,
  multiplier: 1.5,
  maxRetryTime: 200,
  retries: 50,
};

/** A reader starts over by itself, so it gives up soon. */
const brief: RetryOptions = { initialRetryTime: 50, multiplier: 2, maxRetryTime: 500, retries: 3 };

// What fails comes back as an error to whoever asked; kafkajs' own log would say it twice.
const silent: logCreator = () => () => {};

export function createClient({ brokers, clientId }: KafkaOptions): Kafka {
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    logLevel: kafkajs.logLevel.NOTHING,
    logCreator: silent,
    retry: patient,
  });
}

const readCommitted = 1;

/** A connection of its own for one reader: a broker answers one connection's requests in order, and a fetch may wait. */
export function createReaderCluster({ brokers, clientId }: KafkaOptions): Cluster {
  return new Cluster({
    logger: createLogger({ level: kafkajs.logLevel.NOTHING, logCreator: silent }),
    socketFactory: createSocketFactory(),
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    metadataMaxAge: 300_000,
    retry: brief,
    allowAutoTopicCreation: false,
    isolationLevel: readCommitted,
  });
}

export const fetchIsolation = readCommitted;
