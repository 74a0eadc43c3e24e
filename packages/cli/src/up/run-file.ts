import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.ts";
import { writeAtomically } from "./atomically.ts";
import { isAlive, markOf, type ProcessMark } from "./process-mark.ts";

/** `run.json`: how a running deployment is reached. It is there while `tally up` runs, and readable by its owner only. */
export type RunFile = {
  /** Of `tally up` itself. */
  readonly pid: number;
  /** The one address. */
  readonly url: string;
  /** True once everything was ready. */
  readonly ready: boolean;
  readonly admin_key_file: string;
  readonly signing_key_file: string;
  readonly kafka: { readonly brokers: string; readonly topic_prefix: string };
  readonly clickhouse: {
    readonly url: string;
    readonly analyst_url: string | null;
    readonly database: string;
    /** The database of the public views, where it is not the usual one. */
    readonly analytics?: string | undefined;
    /** Of the native protocol, where ClickHouse runs here. */
    readonly native_port?: number | undefined;
  };
  /** Each service's own address: /livez, /readyz, /metrics. */
  readonly services: Readonly<Record<string, string>>;
  /** Of every child that runs now. */
  readonly processes: Readonly<Record<string, ProcessMark>>;
};

const leftoverMsMax = 30_000;

export function runFileOf(dir: string): string {
  return path.join(path.resolve(dir), "run.json");
}

export function readRunFile(dir: string): RunFile | undefined {
  const file = runFileOf(dir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as RunFile) : undefined;
}

export function writeRunFile(
  dir: string,
  run: Omit<RunFile, "pid" | "processes">,
  pids: Readonly<Record<string, number | undefined>>,
): void {
  const marks = Object.entries(pids).flatMap(([name, pid]) => {
    const mark = pid === undefined ? undefined : markOf(pid);
    return mark ? [[name, mark] as const] : [];
  });
  const whole: RunFile = { pid: process.pid, ...run, processes: Object.fromEntries(marks) };
  writeAtomically(runFileOf(dir), `${JSON.stringify(whole, null, 2)}\n`);
}

export function removeRunFile(dir: string): void {
  rmSync(runFileOf(dir), { force: true });
}

/** Waits until nothing runs any more that a killed `tally up` has left: its children notice, and take a moment to end. */
export async function untilLeftoversEnd(dir: string, say: (line: string) => void): Promise<void> {
  const run = readRunFile(dir);
  if (!run) return;
  const deadline = performance.now() + leftoverMsMax;
  let isSaid = false;
  for (;;) {
    const alive = Object.entries(run.processes).filter(([, mark]) => isAlive(mark));
    if (alive.length === 0) break;
    if (performance.now() > deadline) {
      const who = alive.map(([name, mark]) => `${name} (process ${mark.pid})`).join(", ");
      throw new Failure(
        `${who} of an earlier run on ${dir} did not end: end it, then start again.`,
      );
    }
    if (!isSaid) say("waiting for what the earlier run left to end");
    isSaid = true;
    await sleep(100);
  }
  removeRunFile(dir);
}
