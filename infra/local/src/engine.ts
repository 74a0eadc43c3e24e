import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** How a process ended: one of the two is null. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A database or broker that runs as a child of this process, and ends with it. */
export type Engine = {
  readonly pid: number;
  /** Resolves once the process is gone, for whatever reason. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Ends it gracefully, and by force after 20 seconds. A second call waits for the first. */
  stop(): Promise<void>;
};

/** Why an engine is not ready yet, or null when it is. */
export type NotReady = string | null;

const stopMsMax = 20_000;
const pollMs = 50;

/**
 * Starts a process whose output is appended to `logFile`.
 *
 * It gets a process group of its own: Ctrl-C in a terminal must reach the services first, not the engine under them.
 * The descriptor `stdin` is handed over: it is closed here.
 */
export function spawnEngine(
  command: string,
  args: readonly string[],
  options: {
    logFile: string;
    stdin?: number;
    cwd?: string;
    endGently: (child: ChildProcess) => void;
  },
): Engine {
  const log = openSync(options.logFile, "a");
  const child = spawn(command, args, {
    stdio: [options.stdin ?? "ignore", log, log],
    detached: true,
    cwd: options.cwd,
  });
  closeSync(log);
  if (options.stdin !== undefined) closeSync(options.stdin);
  const exited = new Promise<Exit>((resolve) => {
    child.once("error", () => resolve({ code: 127, signal: null }));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  let stopping: Promise<void> | undefined;
  return {
    pid: child.pid ?? 0,
    exited,
    stop() {
      stopping ??= stopChild(child, exited, options.endGently);
      return stopping;
    },
  };
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<Exit>,
  endGently: (child: ChildProcess) => void,
): Promise<void> {
  const force = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  endGently(child);
  await exited;
  clearTimeout(force);
}

/**
 * Waits until `probe` finds the engine ready.
 *
 * Throws with the end of the engine's log when it exits before, or is not ready within `withinMs`; it is stopped then.
 */
export async function untilReady(
  name: string,
  engine: Engine,
  options: { probe: () => Promise<NotReady>; logFile: string; withinMs: number },
): Promise<void> {
  const deadline = performance.now() + options.withinMs;
  let exit: Exit | undefined;
  void engine.exited.then((e) => {
    exit = e;
  });
  for (;;) {
    const notReady = await options.probe();
    if (notReady === null) return;
    if (exit === undefined && performance.now() < deadline) {
      await Promise.race([sleep(pollMs), engine.exited]);
      continue;
    }
    const how = exit ? `exited with ${exit.signal ?? exit.code}` : `is not ready: ${notReady}`;
    await engine.stop();
    throw new Error(`${name} ${how}. The end of ${options.logFile}:\n${tail(options.logFile)}`);
  }
}

function tail(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-15).join("\n");
}
