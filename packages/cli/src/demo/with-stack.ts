import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Deployment, deployment } from "../deployment.ts";
import { setUp } from "../up/set-up.ts";
import { type Stack, startStack } from "../up/stack.ts";
import { untilAsked } from "../until-asked.ts";

export type DemoStack = {
  readonly target: Deployment;
  readonly run: Stack["run"];
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
};

/** Runs a deployment in a fresh temporary directory, on its own ports, and takes everything away at the end. */
export async function withStack<T>(
  options: { env: NodeJS.ProcessEnv; clock: string; remark: (line: string) => void },
  use: (stack: DemoStack) => Promise<T>,
): Promise<T> {
  const { env, clock, remark } = options;
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-demo-"));
  let stack: Stack | undefined;
  const asked = untilAsked(remark, () => stack?.kill());
  try {
    await setUp(env);
    stack = await startStack({ dir, port: 0, clock, env, say: remark, signal: asked.signal });
    remark(`everything is ready at ${stack.url}`);
    const { url, place, run } = stack;
    const work = use({ target: deployment(url, place.adminKey), run, signal: asked.signal });
    return await Promise.race([work, asked.rejected]);
  } finally {
    asked[Symbol.dispose]();
    await stack?.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
