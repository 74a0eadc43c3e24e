import { readEnv } from "@tallybook/service";
import type { Env } from "@tallybook/service";

/** What the aggregator is told by its environment. */
export function readConfig(env: Env) {
  return readEnv(env, (read) => ({
    port: read.port("PORT", { fallback: 0 }),
    kafka: {
      brokers: read.list("KAFKA_BROKERS"),
      prefix: read.text("TOPIC_PREFIX", { fallback: "" }),
    },
    columns: {
      url: read.url("CLICKHOUSE_URL"),
      database: read.text("CLICKHOUSE_DATABASE", { fallback: "tallybook" }),
    },
    partitions: read.integer("PARTITIONS", { min: 1, max: 1_024, fallback: 4 }),
    signingKeyFile: read.text("SIGNING_KEY_FILE"),
    failpoint: read.text("FAILPOINT", { fallback: "" }),
  }));
}
