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

/** How a service ends, besides with 0 and 1: by the name of the error that ended it. */
const endings: Readonly<Record<string, { readonly code: number; readonly msg: string }>> = {
  Fenced: { code: 3, msg: "another process has taken over, and this one leaves" },
  Stalled: { code: 4, msg: "there is work and nothing moves: a new process shall go on" },
};

/**
 * Runs a service: `main` until it returns, then every closer, also when one of them fails, then the end of the process.
 *
 * The process exits with 0, or with one log line that says why: with 3 when another one has taken over (`Fenced`), with 4
 * when the watchdog ended it (`Stalled`), and with 1 when `main` or a closer threw anything else, when closing took
 * longer than 20 seconds, or when an error escaped from anywhere. Who started it starts it again, after 3 without haste.
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
      const ending = endings[(error as Error).name];
      logger.error(ending?.msg ?? "failed", { error });
      code = ending?.code ?? 1;
    }
  }
  // What still runs beside `main` has nobody to work for any more.
  stop.abort();
  const late = setTimeout(() => {
    logger.error("closing takes too long");
    process.exit(code === 0 ? 1 : code);
  }, closeMsMax);
  try {
    await closers.disposeAsync();
  } catch (error) {
    logger.error("closing failed", { error });
    if (code === 0) code = 1;
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
