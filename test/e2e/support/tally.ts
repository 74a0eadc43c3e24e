import { spawn } from "node:child_process";
import path from "node:path";

export type Outcome = { readonly code: number | null; readonly out: string; readonly err: string };

const launcher = path.join(import.meta.dirname, "../../../packages/cli/bin/tally.mjs");

/** Runs one command line of `tally` as a user does, with more variables in its environment. */
export function tally(
  argv: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const { TALLYBOOK_URL: _, TALLYBOOK_KEY: __, ...env } = process.env;
  const child = spawn(process.execPath, [launcher, ...argv], {
    env: { ...env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, out, err }));
  });
}
