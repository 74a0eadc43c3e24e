import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";

/** A pipe whose writing end is ours: it ends when we end it, or when this process dies. */
export type Pipe = {
  /** The descriptor of the reading end, to be given to a child as its standard input. */
  readonly read: number;
  end(): void;
};

/**
 * Makes a real pipe, by way of the name `file`, which is gone again when this returns.
 *
 * Node's own "pipe" to a child is a socket, and the ClickHouse engine takes a socket for an input without data.
 */
export function openPipe(file: string): Pipe {
  rmSync(file, { force: true });
  execFileSync("mkfifo", ["-m", "600", file]);
  // Opened both ways first, or opening one end would wait for the other.
  const both = openSync(file, "r+");
  const read = openSync(file, "r");
  const write = openSync(file, "w");
  closeSync(both);
  rmSync(file);
  // An input that is empty at its end is an error to the engine.
  writeSync(write, "started\n");
  return { read, end: () => closeSync(write) };
}
