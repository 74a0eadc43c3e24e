import { deliver } from "./delivery.ts";
import type { BatchAnswer, ItemResult, UsageEvent } from "./usage.ts";

/** Collects usage events and sends them in batches; a producer never thinks about retries. */
export interface Reporter {
  /**
   * Resolves when the event is durable or refused; rejects when it could not be delivered within `patienceMs`. A repeat
   * with the same id is harmless at any time. Waits while the queue is full.
   */
  report(event: UsageEvent): Promise<ItemResult>;
  /** Resolves when everything reported so far is settled. */
  flush(): Promise<void>;
}

export interface ReporterOptions {
  /** Events in one request; 1,000 unless given, at most 10,000. */
  readonly itemsMax?: number;
  /** Events waiting or on their way; 10,000 unless given. */
  readonly queueMax?: number;
  /** How long a batch is sent again while the service is away; 120,000 ms unless given. */
  readonly patienceMs?: number;
}

interface Entry {
  readonly event: UsageEvent;
  readonly resolve: (result: ItemResult) => void;
  readonly reject: (error: unknown) => void;
}

/** One request is under way at a time; what is reported meanwhile is the next batch. */
export function createReporter(
  sendBatch: (events: readonly UsageEvent[]) => Promise<BatchAnswer>,
  options: ReporterOptions = {},
): Reporter {
  const itemsMax = options.itemsMax ?? 1_000;
  const queueMax = options.queueMax ?? 10_000;
  const patienceMs = options.patienceMs ?? 120_000;
  const waiting: Entry[] = [];
  const blocked: (() => void)[] = [];
  let queued = 0;
  let sending: Promise<void> | undefined;

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, itemsMax);
      await settle(batch);
      queued -= batch.length;
      for (const wake of blocked.splice(0, batch.length)) wake();
    }
    sending = undefined;
  }

  async function settle(batch: readonly Entry[]): Promise<void> {
    const events = batch.map(({ event }) => event);
    const outcomes = await deliver(sendBatch, events, { patienceMs });
    for (const [index, entry] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === "settled") entry.resolve(outcome.result);
      else entry.reject(outcome?.error);
    }
  }

  return {
    async report(event) {
      while (queued >= queueMax) await new Promise<void>((resolve) => blocked.push(resolve));
      queued += 1;
      return new Promise((resolve, reject) => {
        waiting.push({ event, resolve, reject });
        // In the next turn, so that what is reported in one go is one batch.
        sending ??= Promise.resolve().then(sendAll);
      });
    },
    async flush() {
      while (sending !== undefined) await sending;
    },
  };
}
