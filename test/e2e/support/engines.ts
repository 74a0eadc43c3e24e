import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startTestEngines, type StackOptions } from "@tallybook/testkit";

/** One Kafka and one ClickHouse for several runs, each with topics and a database of its own. */
export type SharedEngines = AsyncDisposable & {
  /** The engines, as a run sees them that shares no topic with another. */
  next(): NonNullable<StackOptions["engines"]>;
};

export async function sharedEngines(): Promise<SharedEngines> {
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
