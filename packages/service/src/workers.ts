import { setTimeout as sleep } from "node:timers/promises";
import { Hung } from "./failpoints.ts";
import { untilStopped } from "./run.ts";
import { createPulse, type Pulse, watch, type WatchLimits } from "./watchdog.ts";

/** One loop of a service, for instance over one partition. */
export type Worker = {
  readonly name: string;
  /**
   * Does one bounded piece of work, and says whether there was any, or that it waits for something it knows to be away.
   * What it throws ends all workers.
   */
  turn(stopping: AbortSignal): Promise<"worked" | "idle" | "waiting">;
  /**
   * Whether there is work before it, asked of the log and not of the worker. Where it is missing, a turn that has begun is
   * work enough, and has two minutes for a sign of life.
   */
  lag?(): Promise<boolean>;
  /** Its signs of life inside a turn; only turns that end are any unless given. */
  readonly pulse?: Pulse;
};

const blindMsMax = 120_000;
const lastTurnMsMax = 5_000;

/**
 * Runs each worker's turns, one after the other, until `stopping`; a turn that has begun is finished.
 *
 * Rejects with the first error of any worker, after the others were given five seconds to end their turns, and with
 * `Stalled` when the watchdog finds one that has work and shows no sign of life for 30 seconds.
 */
export async function runWorkers(
  workers: readonly Worker[],
  stopping: AbortSignal,
  limits: WatchLimits & { readonly idleMs?: number } = {},
): Promise<void> {
  // An instance beyond the last partition has nothing to do, and stays.
  if (workers.length === 0) return untilStopped(stopping);
  const { idleMs = 20 } = limits;
  const failing = new AbortController();
  const ending = AbortSignal.any([stopping, failing.signal]);
  const all = workers.map((worker) => {
    const pulse = worker.pulse ?? createPulse();
    let isInTurn = false;
    async function loop(): Promise<void> {
      while (!ending.aborted) {
        isInTurn = true;
        const outcome = await turnOf(worker, ending);
        isInTurn = false;
        if (outcome !== "idle") pulse.beat();
        if (outcome !== "worked") await pause(idleMs, ending);
      }
    }
    const watched = {
      name: worker.name,
      pulse,
      lag: async () => (worker.lag === undefined ? isInTurn : worker.lag()),
    };
    return { loop: loop(), watched, isBlind: worker.lag === undefined };
  });
  const loops = all.map(({ loop }) => loop);
  const watchedOf = (isBlind: boolean) =>
    all.filter((one) => one.isBlind === isBlind).map(({ watched }) => watched);
  const watching = [
    watch(watchedOf(false), ending, limits),
    watch(watchedOf(true), ending, { silentMsMax: blindMsMax, ...limits }),
  ];
  try {
    await Promise.race([Promise.all(loops), Promise.all(watching).then(() => Promise.all(loops))]);
  } catch (error) {
    failing.abort();
    const over = new AbortController();
    await Promise.race([Promise.allSettled(loops), pause(lastTurnMsMax, over.signal)]);
    over.abort();
    throw error;
  }
}

/** A turn that hangs by a fail point ends when all workers do. */
async function turnOf(worker: Worker, ending: AbortSignal): ReturnType<Worker["turn"]> {
  try {
    return await worker.turn(ending);
  } catch (error) {
    if (!(error instanceof Hung)) throw error;
    await untilStopped(ending);
    return "idle";
  }
}

/** An interrupted pause is only a shorter one. */
async function pause(ms: number, ending: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: ending }).catch(() => {});
}
