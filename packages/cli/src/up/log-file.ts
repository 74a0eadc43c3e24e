import {
  copyFileSync,
  existsSync,
  readSync,
  openSync,
  closeSync,
  fstatSync,
  renameSync,
  statSync,
  truncateSync,
} from "node:fs";

const logBytesMax = 20 * 1024 * 1024;
const tailBytes = 8 * 1024;

/** At the start of a deployment its logs begin anew; those of the run before stay beside them. */
export function beginLog(file: string): void {
  if (existsSync(file)) renameSync(file, `${file}.1`);
}

/**
 * Keeps a log within its bound while a process appends to it. The process holds the file open, so it is copied and cut,
 * not renamed.
 */
export function boundLog(file: string): void {
  if (!existsSync(file) || statSync(file).size < logBytesMax) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}

/** The last line that says something, for people, without its braces when it is JSON. */
export function lastLine(file: string): string {
  if (!existsSync(file)) return "";
  const lines = tail(file)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const line =
    lines.findLast((text) => /error|fatal|cannot|refuse|fail/i.test(text)) ?? lines.at(-1) ?? "";
  return spoken(line).slice(0, 200);
}

function spoken(line: string): string {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record !== "object" || record === null) return line;
    const { msg, error } = record as { msg?: string; error?: { message?: string } };
    return [msg, error?.message].filter((part) => part !== undefined).join(": ") || line;
  } catch {
    return line.trim();
  }
}

function tail(file: string): string {
  const fd = openSync(file, "r");
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("utf8");
  } finally {
    closeSync(fd);
  }
}
