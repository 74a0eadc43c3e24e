import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Failure } from "../failure.ts";
import { isAlive, markOf, type ProcessMark } from "./process-mark.ts";

/**
 * Takes the data directory for this process; the answer gives it back. Throws when another `tally up` that lives holds
 * it; what a dead one left is taken over.
 */
export function lockDir(dir: string): () => void {
  const file = path.join(dir, "lock");
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(markOf(process.pid)));
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        linkSync(mine, file);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 2) throw error;
        const holder = readMark(file);
        if (holder && isAlive(holder)) {
          throw new Failure(
            `another \`tally up\` (process ${holder.pid}) runs on ${dir}: stop it first, or name another directory with --data.`,
          );
        }
        rmSync(file, { force: true });
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(file, { force: true });
}

function readMark(file: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessMark;
  } catch {
    return undefined;
  }
}
