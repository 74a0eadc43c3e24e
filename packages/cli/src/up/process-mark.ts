import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** A process, told apart from a later one that got the same number. */
export type ProcessMark = { readonly pid: number; readonly started: string };

/** The mark of a living process; undefined when there is none. */
export function markOf(pid: number): ProcessMark | undefined {
  const started = startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isAlive(mark: ProcessMark): boolean {
  return startOf(mark.pid) === mark.started;
}

function startOf(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (existsSync("/proc/self/stat")) {
    try {
      // After the name in brackets, which may hold anything: state first, the start time as the 20th.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}
