import { existsSync, readFileSync } from "node:fs";

/** What a process has used so far. */
export interface Used {
  readonly cpuSeconds: number;
  /** The most it ever held, in MiB. */
  readonly memoryMib: number;
}

/** Ticks of a second in /proc, on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** What a process has used, from /proc; undefined where there is none. */
export function usedBy(pid: number | undefined): Used | undefined {
  if (pid === undefined || !existsSync(`/proc/${pid}/stat`)) return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in brackets, may hold spaces; the fields are counted behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { cpuSeconds: ticks / ticksPerSecond, memoryMib: Number(peak ?? 0) / 1_024 };
}
