import { createLogger, type Logger } from "./logger.ts";

/** What a service's main function is given. */
export type Scope = {
  /** Registers how `resource` is closed, and returns it. What was opened last is closed first. */
  readonly open: <T>(resource: T, close: (resource: T) => unknown) => T;
  /** Aborted by SIGTERM and SIGINT. A second signal ends the process at once. */
  readonly stopping: AbortSignal;
  readonly logger: Logger;
};

const closeMsMax = 20_000;

/**
 * Runs a service: `main` until it returns, then every closer, also when one of them fails, then the end of the process.
 *
 * The process exits with 0, or with 1 and one log line that says why: when `main` or a closer threw, when closing took
 * longer than 20 seconds, or when an error escaped from anywhere. Who started it starts it again.
 */
export async function run(service: string, main: (scope: Scope) => Promise<void>): Promise<never> {
  const logger = createLogger(service);
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      logger.info("stopping", { signal });
      stop.abort();
    });
  }
  // Node turns unhandled rejections into this as well. The state is unknown then, so nothing is closed.
  process.on("uncaughtException", (error) => fail(logger, "an error escaped", error));

  const closers = new AsyncDisposableStack();
  const open: Scope["open"] = (resource, close) =>
    closers.adopt(resource, async (opened) => {
      await close(opened);
    });
  let code = 0;
  try {
    await main({ open, stopping: stop.signal, logger });
  } catch (error) {
    // What a stop interrupts is no failure.
    if (!stop.signal.aborted || !isAbort(error)) {
      logger.error("failed", { error });
      code = 1;
    }
  }
  const late = setTimeout(() => fail(logger, "closing takes too long", null), closeMsMax);
  try {
    await closers.disposeAsync();
  } catch (error) {
    logger.error("closing failed", { error });
    code = 1;
  }
  clearTimeout(late);
  if (code === 0) logger.info("stopped");
  process.exit(code);
}

/** Resolves when the service is asked to stop. */
export function untilStopped(stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopping.aborted) resolve();
    else stopping.addEventListener("abort", () => resolve(), { once: true });
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function fail(logger: Logger, msg: string, error: unknown): never {
  logger.error(msg, { error });
  process.exit(1);
}
