import type { EnvReader } from "./env.ts";

/** Which of several instances of a service a process is. */
export interface Instance {
  /** From 0 to `instances` − 1; two processes with the same one fence each other. */
  readonly ordinal: number;
  readonly instances: number;
}

/** How Kafka is reached: the same variables for every service. */
export function readKafka(read: EnvReader) {
  return {
    brokers: read.list("KAFKA_BROKERS"),
    prefix: read.text("TOPIC_PREFIX", { fallback: "" }),
  };
}

/** How ClickHouse is reached. */
export function readColumns(read: EnvReader) {
  return {
    url: read.url("CLICKHOUSE_URL"),
    database: read.text("CLICKHOUSE_DATABASE", { fallback: "tallybook" }),
    /** Of analysts' views; empty: `analytics`, or beside another database than `tallybook` that one's name and `_analytics`. */
    analytics: read.text("ANALYTICS_DATABASE", { fallback: "" }),
  };
}

/** Of the usage topics, fixed when a deployment is made. */
export function readPartitions(read: EnvReader): number {
  return read.integer("PARTITIONS", { min: 1, max: 1_024, fallback: 4 });
}

/** INSTANCES and ORDINAL; one instance unless given. */
export function readInstance(read: EnvReader): Instance {
  const instances = read.integer("INSTANCES", { min: 1, max: 1_024, fallback: 1 });
  const ordinal = read.integer("ORDINAL", { min: 0, max: instances - 1, fallback: 0 });
  return { ordinal, instances };
}

/** The partitions of an instance: p belongs to the ordinal p mod instances. */
export function partitionsOf({ ordinal, instances }: Instance, partitions: number): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => partition % instances === ordinal,
  );
}

/** The address to listen on: loopback unless told otherwise, as a container has to be. */
export function readHost(read: EnvReader): string {
  return read.text("LISTEN_HOST", { fallback: "127.0.0.1" });
}
