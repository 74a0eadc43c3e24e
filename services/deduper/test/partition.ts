import { generateKeyPairSync } from "node:crypto";

import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { identityKey, signBarrier } from "@tallybook/usage";
import type { UsageReported, KnownSettings } from "@tallybook/usage";
import { decode, encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

import type { DeduperOptions } from "../src/index.ts";

export const second = 1_000_000;
export const day = 86_400 * second;
export const start = 1_700_000_000 * second;

const keys = generateKeyPairSync("ed25519");

/** One partition of a deployment in memory, in simulated time: what stands on it, and what came of it. */
export interface Partition {
  readonly log: MemoryLog;
  readonly grounds: DeduperOptions["grounds"];
  /** Appends what a producer reports, received at a time; its time is null where none is given. */
  report(event: Partial<UsageReported> & { readonly id: string }): Promise<void>;
  /** Appends the next barrier, at a time and with the settings known at it. */
  passBarrier(time: number, settings: Partial<KnownSettings>): Promise<void>;
  /** What became of each record, in order of their sources, a line each; progress and barriers aside. */
  outcomes(): string[];
}

export async function createPartition(): Promise<Partition> {
  const log = createMemoryLog();
  await log.prepareTopics(
    [topics.usageRaw, topics.usageAccepted, topics.usageRejected].map((topic) => ({
      topic,
      partitions: 1,
    })),
  );
  const producer = await log.producer();
  const known: KnownSettings[] = [];
  let cut = 0;
  let now = start;

  async function append(fact: Fact, key: Buffer | null): Promise<void> {
    await producer.send([{ topic: topics.usageRaw, partition: 0, key, value: encode(fact) }]);
  }

  return {
    log,
    grounds: {
      partition: 0,
      partitions: 1,
      publicKey: keys.publicKey,
      settingsAt: async (offset) => known[offset - 1] as KnownSettings,
    },
    async report(event) {
      const fact: UsageReported = {
        kind: "UsageReported",
        tenant: "acme-ai",
        source: "",
        type: "llm",
        customer: "c1",
        subscription: null,
        time: null,
        properties: { n: "1" },
        received_at: now,
        door: "native",
        api_key: null,
        target: null,
        personal: {},
        correction: null,
        backfill: null,
        ...event,
      };
      await append(fact, identityKey(fact.tenant, fact.source, fact.id));
    },
    async passBarrier(time, settings) {
      now = time;
      const defaults = { window_seconds: 35 * 86_400, ahead_seconds: 3_600 };
      known.push({
        ...defaults,
        cut_interval_seconds: 3_600,
        simulated: true,
        backfills: [],
        ...settings,
      });
      const barrier = { cut, partition: 0, time, catalog_offset: known.length };
      cut += 1;
      await append(signBarrier(barrier, keys.privateKey), null);
    },
    outcomes() {
      const lines: [number, string][] = [];
      for (const topic of [topics.usageAccepted, topics.usageRejected]) {
        for (const { value } of log.recordsOf(topic, 0)) {
          const fact = decode(value);
          if (fact.kind === "UsageAccepted")
            lines.push([fact.raw_offset, `accepted ${fact.id} at ${fact.time}`]);
          if (fact.kind === "UsageDuplicated")
            lines.push([fact.raw_offset, `duplicate of ${fact.original_offset}`]);
          if (fact.kind === "UsageRejected")
            lines.push([fact.raw_offset, `${fact.reason} of ${fact.original_offset}`]);
        }
      }
      return lines
        .toSorted(([one], [other]) => one - other)
        .map(([offset, line]) => `${offset} ${line}`);
    },
  };
}
