import { readEnv, readHost, readInstance, readKafka, readPartitions } from "@tallybook/service";
import type { Env } from "@tallybook/service";

/** What the deduper is told by its environment. */
export function readConfig(env: Env) {
  return readEnv(env, (read) => ({
    host: readHost(read),
    port: read.port("PORT", { fallback: 0 }),
    kafka: readKafka(read),
    instance: readInstance(read),
    partitions: readPartitions(read),
    dataDir: read.text("DATA_DIR"),
    /** Shared by all instances; inside DATA_DIR unless set. */
    snapshotDir: read.text("SNAPSHOT_DIR", { fallback: "" }),
    /** Off only to show that the totals do not rest on Kafka's transactions. */
    transactions: read.text("TRANSACTIONS", { fallback: "on" }) !== "off",
    failpoint: read.text("FAILPOINT", { fallback: "" }),
  }));
}
