import { ClickHouseContainer } from "@testcontainers/clickhouse";
import { KafkaContainer } from "@testcontainers/kafka";

import { brokerSettings, chooseEngines, startEngines } from "@tallybook/local";

/** Kafka and ClickHouse for a test. */
export interface TestEngines {
  readonly brokers: string;
  /** With user and password in it. */
  readonly clickhouseUrl: string;
  stop(): Promise<void>;
}

/** Confluent's 8.1 is Kafka 4.1; testcontainers starts that image, and not Apache's. */
const images = {
  kafka: "confluentinc/cp-kafka:8.1.0",
  clickhouse: "clickhouse/clickhouse-server:26.7",
} as const;

/**
 * The engines that a test runs on: those of KAFKA_BROKERS and CLICKHOUSE_URL where they are set, containers where
 * TALLY_TEST_ENGINES is `containers` or nothing else can run and a Docker engine answers, and else the ones that need no
 * Docker, with their data in `dir`.
 */
export async function startTestEngines(dir: string): Promise<TestEngines> {
  const wished = process.env["TALLY_TEST_ENGINES"];
  const env = wished === undefined ? process.env : { ...process.env, TALLY_ENGINES: wished };
  const choice = chooseEngines(env);
  if (choice.kind === "none") throw new Error(choice.why);
  if (choice.kind === "containers") return startContainers();
  return startEngines({ dir, env: process.env });
}

/** `log.retention.ms` as the images take it: KAFKA_LOG_RETENTION_MS. */
function kafkaEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(brokerSettings).map(([name, value]) => [
      `KAFKA_${name.replaceAll(".", "_").toUpperCase()}`,
      String(value),
    ]),
  );
}

async function startContainers(): Promise<TestEngines> {
  // Both are waited for, also when one fails: what came up has to be stopped.
  const [kafka, clickhouse] = await Promise.allSettled([
    new KafkaContainer(images.kafka).withKraft().withEnvironment(kafkaEnvironment()).start(),
    new ClickHouseContainer(images.clickhouse).start(),
  ]);
  const stop = async (): Promise<void> => {
    const started = [kafka, clickhouse].filter((one) => one.status === "fulfilled");
    await Promise.all(started.map((one) => one.value.stop()));
  };
  if (kafka.status === "rejected" || clickhouse.status === "rejected") {
    await stop();
    throw [kafka, clickhouse].find((one) => one.status === "rejected")?.reason;
  }
  // Not its getConnectionUrl: that ends in a database, which would be taken for everybody's.
  const url = new URL(clickhouse.value.getHttpUrl());
  url.username = clickhouse.value.getUsername();
  url.password = clickhouse.value.getPassword();
  return {
    brokers: `${kafka.value.getHost()}:${kafka.value.getMappedPort(9093)}`,
    clickhouseUrl: url.toString().replace(/\/$/, ""),
    stop,
  };
}
