import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

interface RequestQueue {
  readonly pending: readonly unknown[];
  /** Milliseconds since 1970; -1: never throttled. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const RequestQueue = require("kafkajs/src/network/requestQueue") as { prototype: RequestQueue };

const checkMs = 10;

/**
 * Lets kafkajs look at the requests that wait on a connection only while some do. As published (2.2.4) it sets the next
 * timer from within each, also when nothing waits and for a time that has long passed: every connection looks a thousand
 * times a second, which cost an idle deployment a tenth of the machine, and Node warns of negative timeouts.
 */
export function calmRequestQueues(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue) {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
    const throttledMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      Math.max(checkMs, throttledMs),
    );
  };
}
