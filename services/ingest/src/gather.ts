import { setTimeout as sleep } from "node:timers/promises";
import type { OutRecord, Producer } from "@tallybook/log";

/** Sends the records of many requests by one producer: what gathers while a produce is under way is the next one. */
export interface Gatherer {
  /** Resolves when Kafka has acknowledged every record, or says that it did not within the bound: then nothing is known. */
  deliver(records: readonly OutRecord[]): Promise<"acknowledged" | "unavailable">;
  /** Sends what has gathered, each within its bound, and closes the producer. */
  close(): Promise<void>;
}

interface Load {
  readonly records: readonly OutRecord[];
  readonly bytes: number;
  settled: boolean;
  settle(outcome: "acknowledged" | "unavailable"): void;
}

/** After a failure, before the next attempt. */
const pauseMs = 100;

export function createGatherer(given: {
  readonly openProducer: () => Promise<Producer>;
  /** Of one produce; a larger load goes alone. */
  readonly bytesMax: number;
  /** From a load's arrival to its answer. */
  readonly waitMsMax: number;
  readonly onProduced: (records: number, ms: number) => void;
  readonly onFailure: (error: unknown) => void;
}): Gatherer {
  let waiting: Load[] = [];
  let sending: Promise<void> | undefined;
  let producer: Producer | undefined;

  async function sendAll(): Promise<void> {
    for (let taken = takeLoads(); taken.length > 0; taken = takeLoads()) {
      try {
        const began = performance.now();
        const records = taken.flatMap((load) => load.records);
        producer ??= await given.openProducer();
        await producer.send(records);
        given.onProduced(records.length, performance.now() - began);
        for (const load of taken) load.settle("acknowledged");
      } catch (error) {
        given.onFailure(error);
        await abandonProducer();
        // Whether they are there is unknown. To send them again is harmless: the deduper knows a repeat.
        waiting = [...taken, ...waiting].filter((load) => !load.settled);
        await sleep(pauseMs);
      }
    }
    sending = undefined;
  }

  function takeLoads(): Load[] {
    const live = waiting.filter((load) => !load.settled);
    let bytes = 0;
    let count = 0;
    for (const load of live) {
      bytes += load.bytes;
      if (count > 0 && bytes > given.bytesMax) break;
      count += 1;
    }
    waiting = live.slice(count);
    return live.slice(0, count);
  }

  /** Its sequence numbers may no longer fit what the broker has. */
  async function abandonProducer(): Promise<void> {
    const abandoned = producer;
    producer = undefined;
    await abandoned?.close().catch(given.onFailure);
  }

  return {
    deliver(records) {
      return new Promise((resolve) => {
        const load: Load = {
          records,
          bytes: bytesOf(records),
          settled: false,
          settle(outcome) {
            clearTimeout(bound);
            load.settled = true;
            resolve(outcome);
          },
        };
        const bound = setTimeout(() => load.settle("unavailable"), given.waitMsMax);
        waiting.push(load);
        sending ??= sendAll();
      });
    },
    async close() {
      await sending;
      await producer?.close();
    },
  };
}

function bytesOf(records: readonly OutRecord[]): number {
  let bytes = 0;
  for (const { key, value } of records) bytes += value.length + (key?.length ?? 0);
  return bytes;
}
