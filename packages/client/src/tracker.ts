import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { deliver } from "./delivery.ts";
import type { Outcome } from "./delivery.ts";
import { ApiProblem } from "./request.ts";
import type { Held, Store } from "./store.ts";
import type { BatchAnswer, RefusedItem, UsageEvent } from "./usage.ts";

/** A usage event to be tracked. Its id and its time are made when it is tracked, where it has none. */
export type TrackedEvent = Omit<UsageEvent, "id"> & { readonly id?: string };

/** Takes usage events at once, and brings them to the service in the background, each as one event however often it is sent. */
export interface Tracker {
  /**
   * Returns the event's id. With a spool it is on the disk a moment later, see `kept`. Throws `TrackerFull` where no more is
   * held, and what `JSON.stringify` throws for an event that is no JSON.
   */
  track(event: TrackedEvent): string;
  /** Resolves when what was tracked before is on the disk; at once where there is no spool. */
  kept(): Promise<void>;
  /** Sends now. True when everything tracked before is settled; false when that took longer than `msMax`. */
  flush(msMax?: number): Promise<boolean>;
  /** Flushes, for `exitMsMax` unless given, and takes nothing more. */
  close(msMax?: number): Promise<TrackerTotals>;
  /** Keeps what is not on the disk yet at once: all that a process can still do that is ending. */
  keepNow(): void;
  totals(): TrackerTotals;
}

/** Of the events since the tracker was made, and of what an earlier run left in the spool. */
export interface TrackerTotals {
  readonly accepted: number;
  readonly refused: number;
  /** Tracked while it was full, with `whenFull: "drop"`. */
  readonly dropped: number;
  /** Not settled yet. */
  readonly waiting: number;
}

export interface TrackerBounds {
  /** Events in one request; 1,000 unless given, at most 10,000. */
  readonly itemsMax?: number;
  /** Bytes of one request; 1 MiB unless given. */
  readonly batchBytesMax?: number;
  /** How long an event waits for others, in milliseconds; 200 unless given. */
  readonly lingerMs?: number;
  /** What happens to an event for which there is no room: `track` throws, or it is dropped and told. `throw` unless given. */
  readonly whenFull?: "throw" | "drop";
  /** How long `close` and the end of the process wait for the last events; 10,000 ms unless given. */
  readonly exitMsMax?: number;
  /** Milliseconds before the first repeat, and at most between two; 100 and 30,000 unless given. */
  readonly backOffMsMin?: number;
  readonly backOffMsMax?: number;
}

export interface TrackerTold {
  /** An event that the service refuses: it is not sent again. */
  readonly onRefused?: (event: UsageEvent, refusal: RefusedItem | Error) => void;
  /** An event for which there was no room. */
  readonly onDropped?: (event: TrackedEvent) => void;
  /** Something that is waited out: the service is away, or the disk is full; with `waitMs` until it is tried again. */
  readonly onTrouble?: (error: unknown, waitMs?: number) => void;
}

/** No more events are held: the service is away for longer than the tracker's bounds allow. */
export class TrackerFull extends Error {
  override readonly name = "TrackerFull";
}

/** Of one event, as JSON. */
const eventBytesMax = 1024 * 1024;

export const exitMsUsual = 10_000;

/** Sends what its store holds, one batch at a time, until each event is accepted or refused. */
export function createTracker(
  send: (texts: readonly string[], signal: AbortSignal) => Promise<BatchAnswer>,
  store: Store,
  options: TrackerBounds & TrackerTold = {},
): Tracker {
  const told = warning(options);
  const { itemsMax = 1_000, batchBytesMax = 1024 * 1024, lingerMs = 200 } = options;
  const stopping = new AbortController();
  let [accepted, refused, dropped] = [0, 0, 0];
  let isHurried = store.waiting() > 0;
  let isClosed = false;
  let running: Promise<void> | undefined;
  let hurry = new AbortController();
  const watching = new Set<() => void>();

  function wake(): void {
    running ??= run().catch((error: unknown) => told.onTrouble(error));
  }

  async function run(): Promise<void> {
    // In a later turn, so that what is tracked in one go is one batch.
    await Promise.resolve();
    try {
      while (store.waiting() > 0 && !stopping.signal.aborted) {
        if (!isHurried && store.waiting() < itemsMax) await interruptible(lingerMs, hurry.signal);
        const held = await store.take({ itemsMax, bytesMax: batchBytesMax });
        if (held === undefined) await interruptible(lingerMs);
        else await settle(held);
        for (const look of watching) look();
      }
      isHurried = false;
    } finally {
      running = undefined;
    }
  }

  async function interruptible(ms: number, ...by: AbortSignal[]): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, ...by]);
    await sleep(ms, undefined, { signal, ref: false }).catch(() => {});
  }

  async function settle({ texts, done }: Held): Promise<void> {
    const { signal } = stopping;
    const sending = (some: readonly string[]) => send(some, signal);
    const outcomes = await deliver(sending, texts, {
      patienceMs: Number.POSITIVE_INFINITY,
      backOffMsMax: 30_000,
      ...options,
      onTrouble: told.onTrouble,
      isPassing: (error) => !isRefusal(error),
      signal,
      ref: false,
    });
    // What nobody has said anything of stays where it is: on the disk, if there is one.
    if (signal.aborted && outcomes.some(({ kind }) => kind === "failed")) return;
    for (const [index, outcome] of outcomes.entries()) count(outcome, texts[index] ?? "");
    await done();
  }

  function count(outcome: Outcome, text: string): void {
    if (outcome.kind === "settled" && outcome.result.status === "accepted") {
      accepted += 1;
      return;
    }
    refused += 1;
    const why = outcome.kind === "settled" ? (outcome.result as RefusedItem) : outcome.error;
    told.onRefused(JSON.parse(text) as UsageEvent, why as RefusedItem | Error);
  }

  function totals(): TrackerTotals {
    return { accepted, refused, dropped, waiting: store.waiting() };
  }

  async function flush(msMax = Number.POSITIVE_INFINITY): Promise<boolean> {
    const goal = accepted + refused + store.waiting();
    isHurried = true;
    hurry.abort();
    hurry = new AbortController();
    if (store.waiting() > 0) wake();
    return reached(() => accepted + refused >= goal, msMax);
  }

  function reached(isThere: () => boolean, msMax: number): Promise<boolean> {
    if (isThere()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = () => {
        watching.delete(look);
        clearTimeout(timer);
        resolve(isThere());
      };
      const look = () => isThere() && end();
      // It keeps the process alive, which is what is asked for.
      const timer = setTimeout(end, Math.min(msMax, timerMsMax));
      watching.add(look);
    });
  }

  if (isHurried) wake();
  return {
    track(event) {
      if (isClosed) throw new Error("the tracker is closed: nothing is sent any more");
      const { id = randomUUID(), time = new Date().toISOString(), ...rest } = event;
      const text = JSON.stringify({ id, time, ...rest });
      if (Buffer.byteLength(text) > eventBytesMax)
        throw new RangeError(`event ${id} has more than ${eventBytesMax} bytes`);
      if (store.put(text)) {
        wake();
        return id;
      }
      if (options.whenFull !== "drop")
        throw new TrackerFull(`${store.waiting()} events wait already: event ${id} is not taken`);
      dropped += 1;
      told.onDropped(event);
      return id;
    },
    kept: () => store.kept(),
    flush,
    async close(msMax = options.exitMsMax ?? exitMsUsual) {
      isClosed = true;
      // A disk that takes nothing is no reason to stay for ever.
      await Promise.race([store.kept(), sleep(msMax, undefined, { ref: false })]);
      await flush(msMax);
      stopping.abort();
      await running;
      await store.close();
      return totals();
    },
    keepNow: () => store.keepNow(),
    totals,
  };
}

const timerMsMax = 2_147_483_647;

/** Only what the events themselves are refused for: a wrong key can be mended, and no event is lost for it. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiProblem && [400, 413, 422].includes(error.status);
}

/** What somebody else's function throws is a warning of the process, and no reason to lose an event. */
function warning({ onRefused, onDropped, onTrouble }: TrackerTold): Required<TrackerTold> {
  const calling =
    <Given extends readonly unknown[]>(tell: ((...given: Given) => void) | undefined) =>
    (...given: Given) => {
      try {
        tell?.(...given);
      } catch (error) {
        process.emitWarning(error as Error);
      }
    };
  return {
    onRefused: calling(onRefused),
    onDropped: calling(onDropped),
    onTrouble: calling(onTrouble),
  };
}
