import { ClickHouseContainer, type StartedClickHouseContainer } from "@testcontainers/clickhouse";
import { KafkaContainer, type StartedKafkaContainer } from "@testcontainers/kafka";

import { brokerSettings, chooseEngines, type EngineName, startEngines } from "@tallybook/local";

/** Kafka and ClickHouse for a test; the address of one that it does not want is empty. */
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
 * Docker, with their data in `dir`. Both, unless only one of them is wanted.
 */
export async function startTestEngines(dir: string, only?: EngineName): Promise<TestEngines> {
  const wished = process.env["TALLY_TEST_ENGINES"];
  const env = wished === undefined ? process.env : { ...process.env, TALLY_ENGINES: wished };
  const choice = chooseEngines(env);
  if (choice.kind === "none") throw new Error(choice.why);
  if (choice.kind === "containers") return startContainers(only);
  return startEngines({ dir, env: process.env, only });
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

async function startContainers(only: EngineName | undefined): Promise<TestEngines> {
  // Both are waited for, also when one fails: what came up has to be stopped.
  const [kafka, clickhouse] = await Promise.allSettled([
    only === "clickhouse" ? undefined : kafkaContainer(),
    only === "kafka" ? undefined : new ClickHouseContainer(images.clickhouse).start(),
  ]);
  const stop = async (): Promise<void> => {
    const started = [kafka, clickhouse].flatMap((one) =>
      one.status === "fulfilled" && one.value !== undefined ? [one.value] : [],
    );
    await Promise.all(started.map((one) => one.stop()));
  };
  if (kafka.status === "rejected" || clickhouse.status === "rejected") {
    await stop();
    throw [kafka, clickhouse].find((one) => one.status === "rejected")?.reason;
  }
  return {
    brokers: kafka.value ? `${kafka.value.getHost()}:${kafka.value.getMappedPort(9093)}` : "",
    clickhouseUrl: clickhouse.value ? urlOf(clickhouse.value) : "",
    stop,
  };
}

function kafkaContainer(): Promise<StartedKafkaContainer> {
  return new KafkaContainer(images.kafka).withKraft().withEnvironment(kafkaEnvironment()).start();
}

function urlOf(clickhouse: StartedClickHouseContainer): string {
  // Not its getConnectionUrl: that ends in a database, which would be taken for everybody's.
  const url = new URL(clickhouse.getHttpUrl());
  url.username = clickhouse.getUsername();
  url.password = clickhouse.getPassword();
  return url.toString().replace(/\/$/, "");
}
