import { LogUnavailable } from "./log.ts";
import { pause } from "./pause.ts";

/** Something that works in turns, and can be closed. */
export interface Turning {
  /** `waiting`: for something it knows to be away. */
  turn(): Promise<"worked" | "idle" | "waiting">;
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
        // A stop closes what a turn is working with: that says nothing of Kafka.
        if (!given.stopping.aborted) given.onUnavailable(error as Error);
        await pause(pauseMs, given.stopping);
        pauseMs = Math.min(pauseMs * 2, pauseMsMax);
        return "waiting";
      }
    },
    async close() {
      await opened?.close();
    },
  };
}
