import { Failure } from "./failure.ts";

/** Watches for Ctrl-C, SIGTERM and the end of the launcher. */
export type Asked = Disposable & {
  /** Aborted when somebody asks for the end. */
  readonly signal: AbortSignal;
  /** Resolves then. */
  readonly asked: Promise<void>;
  /** Rejects then. */
  readonly rejected: Promise<never>;
};

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Ctrl-C reaches a process twice when a launcher passes it on as well. */
const sameMs = 300;

/** The second time somebody asks, `kill` is called and the process exits. */
export function untilAsked(remark: (line: string) => void, kill: () => void): Asked {
  const stopping = new AbortController();
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const { promise: rejected, reject } = Promise.withResolvers<never>();
  rejected.catch(() => {});
  let firstAt = 0;
  const ask = (): void => {
    if (!stopping.signal.aborted) {
      firstAt = performance.now();
      const failure = new Failure("stopped before its end.");
      stopping.abort(failure);
      resolve();
      reject(failure);
      return;
    }
    if (performance.now() - firstAt < sameMs) return;
    remark("killing everything");
    kill();
    process.exit(1);
  };
  const orphaned = (): void => {
    if (!stopping.signal.aborted) ask();
  };
  for (const signal of signals) process.on(signal, ask);
  if (process.channel) {
    process.once("disconnect", orphaned);
    process.channel.unref();
  }
  return {
    signal: stopping.signal,
    asked,
    rejected,
    [Symbol.dispose]() {
      process.off("disconnect", orphaned);
    },
  };
}
