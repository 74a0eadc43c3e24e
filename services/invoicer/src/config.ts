import { readEnv } from "@tallybook/service";
import type { Env } from "@tallybook/service";

/** What the invoicer is told by its environment. */
export function readConfig(env: Env) {
  return readEnv(env, (read) => ({
    port: read.port("PORT", { fallback: 0 }),
    kafka: {
      brokers: read.list("KAFKA_BROKERS"),
      prefix: read.text("TOPIC_PREFIX", { fallback: "" }),
    },
    failpoint: read.text("FAILPOINT", { fallback: "" }),
  }));
}
