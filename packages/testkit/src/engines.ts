import { ClickHouseContainer } from "@testcontainers/clickhouse";
import { KafkaContainer } from "@testcontainers/kafka";

import { startEngines } from "@tallybook/local";

/** Kafka and ClickHouse for a test. */
export interface TestEngines {
  readonly brokers: string;
  /** With user and password in it. */
  readonly clickhouseUrl: string;
  stop(): Promise<void>;
}

const images = {
  kafka: "confluentinc/cp-kafka:8.1.0",
  clickhouse: "clickhouse/clickhouse-server:26.7",
} as const;

/**
 * The engines that a test runs on: those of KAFKA_BROKERS and CLICKHOUSE_URL where they are set, containers where
 * TALLY_TEST_ENGINES is `containers` (a Docker engine is needed), and else the ones that need no Docker, with their data in `dir`.
 */
export async function startTestEngines(dir: string): Promise<TestEngines> {
  if (process.env["TALLY_TEST_ENGINES"] === "containers") return startContainers();
  return startEngines({ dir, env: process.env });
}

async function startContainers(): Promise<TestEngines> {
  const [kafka, clickhouse] = await Promise.all([
    new KafkaContainer(images.kafka).withKraft().start(),
    new ClickHouseContainer(images.clickhouse).withDatabase("tallybook").start(),
  ]);
  return {
    brokers: `${kafka.getHost()}:${kafka.getMappedPort(9093)}`,
    clickhouseUrl: clickhouse.getConnectionUrl(),
    async stop() {
      await Promise.all([kafka.stop(), clickhouse.stop()]);
    },
  };
}
