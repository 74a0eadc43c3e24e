import { readEnv } from "@tallybook/service";
import type { Env } from "@tallybook/service";

/** What the deduper is told by its environment. */
export function readConfig(env: Env) {
  return readEnv(env, (read) => ({
    port: read.port("PORT", { fallback: 0 }),
    kafka: {
      brokers: read.list("KAFKA_BROKERS"),
      prefix: read.text("TOPIC_PREFIX", { fallback: "" }),
    },
    partitions: read.integer("PARTITIONS", { min: 1, max: 1_024, fallback: 4 }),
    dataDir: read.text("DATA_DIR"),
    /** Off only to show that the totals do not rest on Kafka's transactions. */
    transactions: read.text("TRANSACTIONS", { fallback: "on" }) !== "off",
    failpoint: read.text("FAILPOINT", { fallback: "" }),
  }));
}
