import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startEngines } from "@tallybook/local";
import type { StackOptions } from "@tallybook/testkit";

/** One Kafka and one ClickHouse for several runs, each with topics and a database of its own. */
export type SharedEngines = AsyncDisposable & {
  /** Engines as a run that nobody shares a topic with sees them. */
  next(): NonNullable<StackOptions["engines"]>;
};

export async function sharedEngines(): Promise<SharedEngines> {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-e2e-engines-"));
  const engines = await startEngines({ dir });
  let runs = 0;
  return {
    next() {
      runs += 1;
      return {
        brokers: engines.brokers,
        clickHouseUrl: engines.clickhouseUrl,
        topicPrefix: `run-${runs}.`,
        database: `tallybook_run_${runs}`,
      };
    },
    async [Symbol.asyncDispose]() {
      await engines.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
