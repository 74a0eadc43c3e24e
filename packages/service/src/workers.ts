import { setTimeout as sleep } from "node:timers/promises";
import { untilStopped } from "./run.ts";

/** One loop of a service, for instance over one partition. */
export type Worker = {
  readonly name: string;
  /** Does one bounded piece of work, and says whether there was any. What it throws ends all workers. */
  turn(stopping: AbortSignal): Promise<"worked" | "idle">;
};

/** A turn took too long: the client under it has probably gone silent, and a new process is the cure. */
export class Stalled extends Error {
  override readonly name = "Stalled";
}

/**
 * Runs each worker's turns, one after the other, until `stopping`; a turn that has begun is finished.
 *
 * Rejects with the first error of any worker, after the others were given five seconds to end their turns, and with
 * Stalled when a turn takes longer than `turnMsMax` (two minutes unless given).
 */
export async function runWorkers(
  workers: readonly Worker[],
  stopping: AbortSignal,
  limits: { readonly idleMs?: number; readonly turnMsMax?: number } = {},
): Promise<void> {
  const { idleMs = 20, turnMsMax = 120_000 } = limits;
  const failing = new AbortController();
  const ending = AbortSignal.any([stopping, failing.signal]);
  const loop = async (worker: Worker): Promise<void> => {
    while (!ending.aborted) {
      const outcome = await within(turnMsMax, worker, worker.turn(ending));
      if (outcome === "idle") await pause(idleMs, ending);
    }
  };
  // An instance beyond the last partition has nothing to do, and stays.
  if (workers.length === 0) return untilStopped(stopping);
  const loops = workers.map((worker) => loop(worker));
  try {
    await Promise.all(loops);
  } catch (error) {
    failing.abort();
    await Promise.race([Promise.allSettled(loops), sleep(5_000, undefined, { ref: false })]);
    throw error;
  }
}

async function within<T>(msMax: number, worker: Worker, turn: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Stalled(`${worker.name} has been in one turn for ${msMax} ms`)),
      msMax,
    );
  });
  try {
    return await Promise.race([turn, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An interrupted pause is only a shorter one. */
async function pause(ms: number, ending: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: ending }).catch(() => {});
}
