import { setTimeout as sleep } from "node:timers/promises";
import { createBackOff } from "./back-off.ts";

/** How a process ended: one of the two is null. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A process that runs. */
export type Running = {
  readonly pid: number;
  /** Resolves once it is gone, for whatever reason; never rejects. */
  readonly exited: Promise<Exit>;
  /** Ends it, gently first. */
  stop(): Promise<void>;
};

/** Something that shall always run. */
export type Unit = {
  readonly name: string;
  /** Starts it; `attempt` counts from 0. A rejection counts as a death. */
  start(attempt: number): Promise<Running>;
  /** The last words of a process that died, for people; empty when there are none. */
  lastWords(): string;
};

export type Supervised = {
  readonly name: string;
  /** Of the process that runs now. */
  pid(): number | undefined;
  /** How often it was started again. */
  restarts(): number;
  /** Ends it gently and starts it again at once; resolves when it runs again, or is stopped for good. */
  restart(): Promise<void>;
  /** Ends it for good. A second call waits for the first. */
  stop(): Promise<void>;
};

export type Watch = {
  say(line: string): void;
  /** A process was started, or is gone. */
  changed(): void;
};

/** A start that failed, to the back-off: any death. */
const unstarted: Exit = { code: 1, signal: null };

/**
 * Starts the unit, and starts it again whenever it dies, with a back-off that doubles up to 5 s and begins anew after
 * 5 s of health; one that was fenced, or that the watchdog ended, gets a longer one. Rejects when the first start does.
 */
export async function supervise(unit: Unit, watch: Watch): Promise<Supervised> {
  const stopping = new AbortController();
  let asked: PromiseWithResolvers<void> | undefined;
  let attempt = 0;
  let running: Running | undefined = await unit.start(attempt);
  watch.changed();
  const done = keepRunning();
  return {
    name: unit.name,
    pid: () => running?.pid,
    restarts: () => attempt,
    async restart() {
      asked ??= Promise.withResolvers<void>();
      const { promise } = asked;
      await running?.stop();
      await promise;
    },
    async stop() {
      stopping.abort();
      asked?.resolve();
      await running?.stop();
      await done;
    },
  };

  async function keepRunning(): Promise<void> {
    const backOff = createBackOff();
    for (;;) {
      const startedAt = performance.now();
      const how = running === undefined ? undefined : await running.exited;
      const isAsked = asked !== undefined && how !== undefined;
      const backOffMs = isAsked
        ? 0
        : backOff.after(how ?? unstarted, performance.now() - startedAt);
      if (how) {
        running = undefined;
        watch.changed();
        if (stopping.signal.aborted) return;
        watch.say(
          isAsked
            ? `${unit.name} is started anew`
            : `${unit.name} ${ended(how, unit.lastWords())}; starting it again in ${seconds(backOffMs)}`,
        );
      }
      await sleep(backOffMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      attempt += 1;
      try {
        running = await unit.start(attempt);
        watch.changed();
        asked?.resolve();
        asked = undefined;
      } catch (error) {
        watch.say(`${unit.name} did not start: ${firstLine(error)}; trying again`);
      }
      if (stopping.signal.aborted) await running?.stop();
    }
  }
}

function ended(exit: Exit, lastWords: string): string {
  if (exit.signal !== null) return `was ended by ${exit.signal}`;
  return `ended with code ${exit.code}${lastWords === "" ? "" : ` (${lastWords})`}`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? "";
}
