import path from "node:path";
import {
  readEnv,
  readHost,
  readInstance,
  readKafka,
  readPartitions,
  type Env,
} from "@tallybook/service";

export interface Config {
  readonly kafka: { readonly brokers: readonly string[]; readonly prefix: string };
  readonly host: string;
  readonly port: number;
  /** Of `usage.raw`, fixed when a deployment is made. */
  readonly partitions: number;
  readonly spool: {
    /** Of this instance alone. */
    readonly folder: string;
    readonly bytesMax: number;
    /** Folders of ingests that are no more: what they hold is brought to Kafka from here. */
    readonly inherited: readonly string[];
  };
  readonly failpoint: string;
}

export function readConfig(env: Env): Config {
  return readEnv(env, (read) => ({
    kafka: readKafka(read),
    host: readHost(read),
    port: read.port("PORT"),
    partitions: readPartitions(read),
    spool: {
      folder: path.join(
        read.text("SPOOL_DIR", {
          fallback: path.join(read.text("DATA_DIR", { fallback: ".tallybook/ingest" }), "spool"),
        }),
        String(readInstance(read).ordinal),
      ),
      bytesMax: read.integer("SPOOL_BYTES_MAX", { min: 0, max: 2 ** 40, fallback: 2 ** 30 }),
      inherited: read.list("SPOOLS_INHERITED", { fallback: [] }),
    },
    failpoint: read.text("FAILPOINT", { fallback: "" }),
  }));
}
