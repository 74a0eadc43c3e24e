import { readEnv, type Env } from "@tallybook/service";

export interface Config {
  readonly kafka: { readonly brokers: readonly string[]; readonly prefix: string };
  readonly port: number;
  /** Of `usage.raw`, fixed when a deployment is made. */
  readonly partitions: number;
  readonly failpoint: string;
}

export function readConfig(env: Env): Config {
  return readEnv(env, (read) => ({
    kafka: {
      brokers: read.list("KAFKA_BROKERS"),
      prefix: read.text("TOPIC_PREFIX", { fallback: "" }),
    },
    port: read.port("PORT"),
    partitions: read.integer("PARTITIONS", { min: 1, max: 1_024, fallback: 4 }),
    failpoint: read.text("FAILPOINT", { fallback: "" }),
  }));
}
