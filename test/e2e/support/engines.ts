import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type SharedEngines, startTestEngines } from "@tallybook/testkit";

/** One Kafka and one ClickHouse for several runs. */
export type RunningEngines = AsyncDisposable & {
  /** With topics and a database for one run. */
  next(): SharedEngines;
};

export async function runEngines(): Promise<RunningEngines> {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-e2e-engines-"));
  const engines = await startTestEngines(dir);
  let runs = 0;
  return {
    next() {
      runs += 1;
      // Engines that are not ours may hold what an earlier test has left.
      const run = `e2e_${process.pid}_${runs}`;
      return {
        brokers: engines.brokers,
        clickHouseUrl: engines.clickhouseUrl,
        topicPrefix: `${run}.`,
        database: `tallybook_${run}`,
      };
    },
    async [Symbol.asyncDispose]() {
      await engines.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
