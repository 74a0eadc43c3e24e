import { flushAtExit } from "./at-exit.ts";
import { openDiskStore } from "./disk-store.ts";
import { createMemoryStore } from "./memory-store.ts";
import type { Ask } from "./request.ts";
import { createTracker } from "./tracker.ts";
import type { Tracker, TrackerBounds, TrackerTold } from "./tracker.ts";
import type { BatchAnswer } from "./usage.ts";

export interface TrackerOptions extends TrackerBounds, TrackerTold {
  /** Without a spool: events in memory; 10,000 unless given. */
  readonly bufferMax?: number;
  /** Without a spool: their bytes; 16 MiB unless given. */
  readonly bufferBytesMax?: number;
  /**
   * Keeps events in a folder until they are settled, so that they outlive the process: an own folder for each tracker. Its bytes
   * are bounded by `spoolBytesMax`, 256 MiB unless given.
   */
  readonly spool?: string;
  readonly spoolBytesMax?: number;
  /** Whether the end of the process waits for the last events; it does unless false. */
  readonly flushAtExit?: boolean;
}

const mebibyte = 1024 * 1024;

/** A tracker over the service's door for batches; with what an earlier run left in its spool. */
export async function openTracker(ask: Ask, options: TrackerOptions): Promise<Tracker> {
  const { spool, onTrouble } = options;
  const store =
    spool === undefined
      ? createMemoryStore({
          eventsMax: options.bufferMax ?? 10_000,
          bytesMax: options.bufferBytesMax ?? 16 * mebibyte,
        })
      : await openDiskStore({
          folder: spool,
          bytesMax: options.spoolBytesMax ?? 256 * mebibyte,
          onTrouble: (error) => onTrouble?.(error),
        });
  const send = (texts: readonly string[], signal: AbortSignal): Promise<BatchAnswer> =>
    ask("/v1/events/batch", { text: `{"events":[${texts.join(",")}]}`, signal });
  const tracker = createTracker(send, store, options);
  if (options.flushAtExit === false) return tracker;
  const release = flushAtExit(tracker, options.exitMsMax);
  return {
    ...tracker,
    async close(msMax) {
      try {
        return await tracker.close(msMax);
      } finally {
        release();
      }
    },
  };
}
