import { readEnv, readHost, readKafka, readPartitions, type Env } from "@tallybook/service";

export interface Config {
  readonly kafka: { readonly brokers: readonly string[]; readonly prefix: string };
  readonly host: string;
  readonly port: number;
  /** Of `usage.raw`, fixed when a deployment is made. */
  readonly partitions: number;
  readonly failpoint: string;
}

export function readConfig(env: Env): Config {
  return readEnv(env, (read) => ({
    kafka: readKafka(read),
    host: readHost(read),
    port: read.port("PORT"),
    partitions: readPartitions(read),
    failpoint: read.text("FAILPOINT", { fallback: "" }),
  }));
}
