import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";

import type { ServiceName } from "@tallybook/cli";
import { freePorts } from "@tallybook/local";

import type { Stage } from "./stage.ts";

const root = path.join(import.meta.dirname, "../..");
const leash = path.join(root, "packages/cli/src/up/leash.ts");

/** A second process of a service, which takes over from one that stands still; its identities are folded anew from the log. */
export interface Second {
  /** At once; nothing where it has ended by itself, fenced by the first. */
  kill(): Promise<void>;
}

export async function startSecond({ stack }: Stage, service: ServiceName): Promise<Second> {
  const { kafka, clickhouse, signing_key_file } = stack.run();
  const [port = 0] = await freePorts(1);
  const dataDir = path.join(stack.dir, `${service}-second-${port}`);
  mkdirSync(dataDir, { recursive: true });
  const log = openSync(path.join(stack.dir, "logs", `${service}-second.log`), "a");
  const { FAILPOINT: _, ...own } = process.env;
  const child = spawn(
    process.execPath,
    ["--import", leash, path.join(root, "services", service, "src/main.ts")],
    {
      env: {
        ...own,
        KAFKA_BROKERS: kafka.brokers,
        TOPIC_PREFIX: kafka.topic_prefix,
        CLICKHOUSE_URL: clickhouse.url,
        CLICKHOUSE_DATABASE: clickhouse.database,
        PORT: String(port),
        SIGNING_KEY_FILE: signing_key_file,
        DATA_DIR: dataDir,
      },
      stdio: ["pipe", log, log],
    },
  );
  closeSync(log);
  child.stdin?.on("error", () => {});
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
