import { LogUnavailable } from "./log.ts";

/** Something that works in turns, and can be closed. */
export interface Turning {
  turn(): Promise<"worked" | "idle">;
  close(): Promise<void>;
}

const pauseMsMin = 200;
const pauseMsMax = 5_000;

/**
 * Keeps a worker open: when an answer is missing or in doubt, closes it and opens a new one, which reads again what is
 * committed. Nothing is tried again in place: half a turn's state would not be a function of the log. Every other error, being fenced among them, is the process's end, and its supervisor's business.
 */
export function reopening(given: {
  readonly open: () => Promise<Turning>;
  /** Which errors are waited out besides Kafka's; none unless given. */
  readonly isPassing?: (error: unknown) => boolean;
  /** Told of each failure that is waited out. */
  readonly onUnavailable: (error: Error) => void;
  readonly stopping: AbortSignal;
}): Turning {
  let opened: Turning | undefined;
  let pauseMs = pauseMsMin;
  return {
    async turn() {
      try {
        opened ??= await given.open();
        const outcome = await opened.turn();
        pauseMs = pauseMsMin;
        return outcome;
      } catch (error) {
        await opened?.close().catch(() => {});
        opened = undefined;
        if (!(error instanceof LogUnavailable) && given.isPassing?.(error) !== true) throw error;
        given.onUnavailable(error as Error);
        await pause(pauseMs, given.stopping);
        pauseMs = Math.min(pauseMs * 2, pauseMsMax);
        return "idle";
      }
    },
    async close() {
      await opened?.close();
    },
  };
}

/** Resolves after some milliseconds, or at once when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}
