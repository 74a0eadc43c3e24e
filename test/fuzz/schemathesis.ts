import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Known } from "./stage.ts";
import { interpreterWith } from "../e2e/support/python.ts";

export type Course = {
  readonly url: string;
  /** Of an admin of the first tenant: nothing is refused for want of a role. */
  readonly key: string;
  /** What there is to ask about. */
  readonly known: Known;
  /** For so long, or only so many requests of each route and of steps that follow each other. */
  readonly bound: { readonly seconds: number } | { readonly examples: number };
  readonly seed: number;
};

/** What schemathesis ended with and said. */
export type Outcome = { readonly code: number | null; readonly said: string };

const here = import.meta.dirname;
/** It looks at its clock between two operations, and knows none where it counts. */
const patienceMs = 160_000;

/** Lets schemathesis ask everything that the document says of a running stack, for as long as it is told to. */
export async function askByDocument({ url, key, known, bound, seed }: Course): Promise<Outcome> {
  const python = await interpreterWith(path.join(here, "requirements.txt"));
  const config = `--config-file=${path.join(here, "schemathesis.toml")}`;
  const asked = ["run", `${url}/openapi.json`, `--url=${url}`];
  const seconds = "seconds" in bound ? bound.seconds : 0;
  const bounds =
    "seconds" in bound
      ? [`--max-time=${seconds}`]
      : ["--phases=fuzzing,stateful", `--max-examples=${bound.examples}`];
  const args = [
    "-m",
    "schemathesis.cli",
    "--no-color",
    config,
    ...asked,
    ...bounds,
    `--seed=${seed}`,
  ];
  const hooks = path.join(here, "hooks.py");
  const env = {
    ...process.env,
    TALLY_API_KEY: key,
    TALLY_FUZZ_HOOKS: hooks,
    TALLY_FUZZ_KNOWN: JSON.stringify(known),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, { env, cwd: tmpdir(), stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (said += chunk));
    const late = setTimeout(() => child.kill("SIGKILL"), seconds * 1_000 + patienceMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(late);
      resolve({ code, said });
    });
  });
}
