import type { Writable } from "node:stream";

/**
 * Ends the process when all that was written is handed over: what a pipe has no room for waits in memory, and an exit would drop it.
 * Whoever reads no more, as `head` does, has what it wants.
 */
export async function leave(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(untilWritten));
  process.exit(code);
}

function untilWritten(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.once("error", () => resolve());
    stream.write("", () => resolve());
  });
}
