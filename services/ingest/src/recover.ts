import { pause, type OutRecord, type Producer } from "@tallybook/log";
import type { Spool } from "./spool/spool.ts";

/** Asks Kafka again and again while it is away, and brings what is in the spool to it, the oldest first. */
export interface Recovery {
  /** Kafka is away, and these records may not be there: they are the question where the spool holds none. */
  begin(stranded: readonly OutRecord[]): void;
  close(): Promise<void>;
}

/** Between two attempts. */
const pauseMs = 250;
const closeMsMax = 2_000;

export function createRecovery(given: {
  readonly openProducer: () => Promise<Producer>;
  readonly spool: Pick<Spool, "drain" | "state">;
  readonly isAway: () => boolean;
  /** Kafka has taken something. */
  readonly onBack: () => void;
  /** Nothing is left to be brought. */
  readonly onDrained: (records: number, ms: number) => void;
  readonly onFailure: (error: unknown) => void;
}): Recovery {
  const { spool, isAway } = given;
  let running: Promise<void> | undefined;
  let producer: Producer | undefined;
  let question: readonly OutRecord[] = [];
  const closing = new AbortController();

  async function recover(): Promise<void> {
    const began = performance.now();
    let delivered = 0;
    async function send(records: readonly OutRecord[]): Promise<void> {
      producer ??= await given.openProducer();
      await producer.send(records);
      if (isAway()) given.onBack();
    }
    while (!closing.signal.aborted) {
      try {
        const isMore = await spool.drain(async (records) => {
          closing.signal.throwIfAborted();
          await send(records);
          delivered += records.length;
        });
        if (isMore) continue;
        if (isAway()) await send(question);
        // What is being written at this moment is brought as well.
        else if (spool.state().records === 0) break;
      } catch (error) {
        if (closing.signal.aborted) break;
        given.onFailure(error);
        await abandonProducer();
        await pause(pauseMs, closing.signal);
      }
    }
    running = undefined;
    await abandonProducer();
    if (!closing.signal.aborted) given.onDrained(delivered, performance.now() - began);
  }

  async function abandonProducer(): Promise<void> {
    const abandoned = producer;
    producer = undefined;
    await abandoned?.close().catch(given.onFailure);
  }

  return {
    begin(stranded) {
      question = stranded;
      running ??= recover();
    },
    async close() {
      closing.abort();
      // A produce that hangs fails when its connection goes.
      await abandonProducer();
      await Promise.race([running, pause(closeMsMax)]);
    },
  };
}
