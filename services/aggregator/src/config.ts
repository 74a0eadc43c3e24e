import {
  readColumns,
  readEnv,
  readHost,
  readInstance,
  readKafka,
  readPartitions,
} from "@tallybook/service";
import type { Env } from "@tallybook/service";

/** What the aggregator is told by its environment. */
export function readConfig(env: Env) {
  return readEnv(env, (read) => ({
    host: readHost(read),
    port: read.port("PORT", { fallback: 0 }),
    kafka: readKafka(read),
    instance: readInstance(read),
    columns: readColumns(read),
    partitions: readPartitions(read),
    /** Of every ingest, whose spools the closer asks for; in the order of their ordinals. */
    ingestUrls: read.list("INGEST_URLS", { fallback: [] }),
    /** Of every aggregator, which say how far their partitions are; in the order of their ordinals. With one instance none is needed. */
    aggregatorUrls: read.list("AGGREGATOR_URLS", { fallback: [] }),
    signingKeyFile: read.text("SIGNING_KEY_FILE"),
    failpoint: read.text("FAILPOINT", { fallback: "" }),
  }));
}
