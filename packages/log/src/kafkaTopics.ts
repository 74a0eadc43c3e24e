import type { Admin } from "kafkajs";

import { kafkajs } from "./kafkaBatches.ts";
import { UnfitTopic } from "./log.ts";
import type { TopicSpec } from "./log.ts";
import { pause } from "./pause.ts";

const { ConfigResourceTypes } = kafkajs;

/**
 * Kafka is the only truth, so nothing may age out of it; times are the broker's; and the broker unpacks whatever a
 * producer of another language compressed, since this client reads gzip alone.
 */
const requiredConfig: Readonly<Record<string, string>> = {
  "retention.ms": "-1",
  "retention.bytes": "-1",
  "cleanup.policy": "delete",
  "message.timestamp.type": "LogAppendTime",
  "compression.type": "uncompressed",
};

const attemptsMax = 50;
const pauseMs = 100;

/** Creates what is missing and refuses what would lose or misplace a record. Safe to call from several at once. */
export async function prepareKafkaTopics(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  await onceKnown(() => createMissing(admin, specs));
  await onceKnown(() => refusePartitionCounts(admin, specs));
  await onceKnown(() => refuseConfig(admin, specs));
  await onceKnown(async () => {
    for (const { topic } of specs) await admin.fetchTopicOffsets(topic);
  });
}

/** A topic that was just created, perhaps by somebody else, is not known to every broker at once, nor has it a leader. */
async function onceKnown(ask: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      const isPassing = (error as { retriable?: boolean }).retriable === true;
      if (!isPassing || attempt === attemptsMax) throw error;
      await pause(pauseMs);
    }
  }
}

async function createMissing(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = specs.filter(({ topic }) => !existing.has(topic));
  if (missing.length === 0) return;
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map(({ topic, partitions }) => ({
      topic,
      numPartitions: partitions,
      configEntries: Object.entries(requiredConfig).map(([name, value]) => ({ name, value })),
    })),
  });
}

async function refusePartitionCounts(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: specs.map(({ topic }) => topic) });
  for (const { topic, partitions } of specs) {
    const found = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    if (found !== partitions) {
      throw new UnfitTopic(
        `topic ${topic} has ${found} partitions, not ${partitions}: identities would move; set PARTITIONS=${found} or use a new prefix`,
      );
    }
  }
}

async function refuseConfig(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: specs.map(({ topic }) => ({
      type: ConfigResourceTypes.TOPIC,
      name: topic,
      configNames: Object.keys(requiredConfig),
    })),
  });
  for (const { resourceName, configEntries } of resources) {
    for (const { configName, configValue } of configEntries) {
      const wanted = requiredConfig[configName];
      if (wanted !== undefined && wanted !== configValue) {
        throw new UnfitTopic(
          `topic ${resourceName} has ${configName}=${configValue}: set it to ${wanted}, or records would be lost or misread`,
        );
      }
    }
  }
}
