import { setImmediate as pollEnd } from "node:timers/promises";

import { pause, type OutRecord, type Producer } from "@tallybook/log";

/**
 * `acknowledged`: Kafka has every record. Otherwise it does not answer, and the records are `kept` in the spool, or could
 * not be: it is `full`, or the disk is `failing`. Then nothing is known of them.
 */
export type Outcome = "acknowledged" | "kept" | "full" | "failing";

/** Sends the records of many requests by one producer: what gathers while a produce is under way is the next one. */
export interface Gatherer {
  deliver(records: readonly OutRecord[]): Promise<Outcome>;
  /** Kafka has answered again: from now on it is asked first. */
  comeBack(): void;
  isAway(): boolean;
  /** Waits for the produce that is under way, and closes the producer. */
  close(): Promise<void>;
}

interface Load {
  readonly records: readonly OutRecord[];
  readonly bytes: number;
  settle(outcome: Outcome): void;
}

/** One run of produces. It is over when nothing waits, or when it is given up because Kafka is away. */
interface Sending {
  isGivenUp: boolean;
  readonly over: Promise<void>;
  end(): void;
}

/** After a failure, before the next attempt. */
const pauseMs = 100;

export function createGatherer(given: {
  readonly openProducer: () => Promise<Producer>;
  readonly keep: (records: readonly OutRecord[]) => Promise<Exclude<Outcome, "acknowledged">>;
  /** Of one produce; a larger load goes alone. */
  readonly bytesMax: number;
  /** How long Kafka may take for a produce, retries and all, before it counts as away. */
  readonly patienceMs: number;
  readonly onProduced: (records: number, ms: number) => void;
  readonly onFailure: (error: unknown) => void;
  /** Kafka counts as away. These records may or may not be there; to send them again is harmless. */
  readonly onAway: (records: readonly OutRecord[]) => void;
}): Gatherer {
  let waiting: Load[] = [];
  let sending: Sending | undefined;
  let producer: Producer | undefined;
  let away = false;

  function begin(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    const own: Sending = { isGivenUp: false, over: promise, end: resolve };
    sending = own;
    void sendAll(own);
  }

  async function sendAll(own: Sending): Promise<void> {
    for (;;) {
      // What came in the same look at the sockets goes along: else one event goes alone, and all others wait for it.
      await pollEnd();
      if (own.isGivenUp) return;
      const taken = takeLoads();
      if (taken.length === 0) break;
      const late = setTimeout(() => giveUp(taken), given.patienceMs);
      const records = taken.flatMap((load) => load.records);
      while (!own.isGivenUp) {
        try {
          const began = performance.now();
          producer ??= await given.openProducer();
          if (own.isGivenUp) return;
          await producer.send(records);
          if (own.isGivenUp) return;
          given.onProduced(records.length, performance.now() - began);
          for (const load of taken) load.settle("acknowledged");
          break;
        } catch (error) {
          given.onFailure(error);
          if (own.isGivenUp) return;
          // Whether they are there is unknown. To send them again is harmless: the deduper knows a repeat.
          await abandonProducer();
          await pause(pauseMs);
        }
      }
      clearTimeout(late);
      if (own.isGivenUp) return;
    }
    sending = undefined;
    own.end();
  }

  function takeLoads(): Load[] {
    let bytes = 0;
    const next = waiting.findIndex((load, at) => (bytes += load.bytes) > given.bytesMax && at > 0);
    return waiting.splice(0, next === -1 ? waiting.length : next);
  }

  /** The produce under way is left to itself: it may hang for as long as a broker's connection does. */
  function giveUp(taken: readonly Load[]): void {
    if (sending !== undefined) sending.isGivenUp = true;
    sending?.end();
    sending = undefined;
    away = true;
    void abandonProducer();
    const stranded = [...taken, ...waiting];
    waiting = [];
    given.onAway(taken.flatMap(({ records }) => records));
    for (const load of stranded) void given.keep(load.records).then(load.settle);
  }

  /** Its sequence numbers may no longer fit what the broker has. */
  async function abandonProducer(): Promise<void> {
    const abandoned = producer;
    producer = undefined;
    await abandoned?.close().catch(given.onFailure);
  }

  return {
    deliver(records) {
      if (away) return given.keep(records);
      return new Promise((settle) => {
        waiting.push({ records, bytes: bytesOf(records), settle });
        if (sending === undefined) begin();
      });
    },
    comeBack() {
      away = false;
    },
    isAway: () => away,
    async close() {
      await sending?.over;
      await producer?.close();
    },
  };
}

function bytesOf(records: readonly OutRecord[]): number {
  let bytes = 0;
  for (const { key, value } of records) bytes += value.length + (key?.length ?? 0);
  return bytes;
}
