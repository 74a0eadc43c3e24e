import { decode } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

import { LogUnavailable } from "./log.ts";
import type { Log } from "./log.ts";
import { pause } from "./pause.ts";

/** A fold of a topic's partition 0 that keeps up with it. */
export interface Follower<State> {
  state(): State;
  /** How far it is folded: the next offset to read. */
  offset(): number;
  /** Resolves once the predicate holds; rejects with the follower's failure, or when `signal` aborts. */
  until(holds: (state: State, offset: number) => boolean, signal?: AbortSignal): Promise<void>;
  /** Resolves when something more is folded, or `signal` aborts; rejects with the follower's failure. */
  moved(signal?: AbortSignal): Promise<void>;
  /** Resolves when closed; rejects when the fold fails. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}

/** How a follower of an idle log goes on. */
export interface Pace {
  /** Milliseconds between looks at a log whose fetch does not wait by itself (the one in memory). */
  readonly idleMs?: number;
}

const limits = { bytesMax: 1024 * 1024, waitMsMax: 500 };
const pauseMs = 500;

/** Follows a topic of one partition; resolves once what is committed now is folded. */
export async function follow<State>(
  given: Pace & {
    readonly log: Log;
    readonly topic: string;
    readonly initial: State;
    readonly evolve: (state: State, fact: Fact, offset: number) => State;
  },
): Promise<Follower<State>> {
  const { log, topic, evolve } = given;
  let state = given.initial;
  let offset = 0;
  let stopped = false;
  let failure: Error | undefined;
  const waiting = new Set<() => void>();

  async function takeNext(): Promise<boolean> {
    const fetched = await log.fetch(topic, 0, offset, limits);
    for (const record of fetched.records)
      state = evolve(state, decode(record.value), record.offset);
    const moved = fetched.next > offset;
    offset = fetched.next;
    if (moved) for (const wake of waiting) wake();
    return moved;
  }

  const end = await log.endOffset(topic, 0);
  while (offset < end) await takeNext();

  const done = (async () => {
    while (!stopped) {
      try {
        const moved = await takeNext();
        if (!moved && given.idleMs !== undefined) await pause(given.idleMs);
      } catch (error) {
        if (!(error instanceof LogUnavailable)) throw error;
        await pause(pauseMs);
      }
    }
  })().catch((error: unknown) => {
    failure = error as Error;
    for (const wake of waiting) wake();
    throw error;
  });
  // Whoever awaits `done` or `until` sees the failure; nobody needs to do both.
  done.catch(() => {});

  return {
    state: () => state,
    offset: () => offset,
    done,
    async moved(signal) {
      if (failure !== undefined) throw failure;
      if (signal?.aborted !== true) await nextMove(waiting, signal);
      // Written by the fold while we waited.
      if (failure as Error | undefined) throw failure;
    },
    async until(holds, signal) {
      while (!holds(state, offset)) {
        if (failure !== undefined) throw failure;
        signal?.throwIfAborted();
        await nextMove(waiting, signal);
      }
    },
    async close() {
      stopped = true;
      await done.catch(() => {});
    },
  };
}

function nextMove(waiting: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    function wake(): void {
      waiting.delete(wake);
      signal?.removeEventListener("abort", wake);
      resolve();
    }
    waiting.add(wake);
    signal?.addEventListener("abort", wake);
  });
}
