import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ComposedEngines, composeEngines } from "@tallybook/local";
import { type Deployment, deployment } from "../deployment.ts";
import { Failure } from "../failure.ts";
import { setUp } from "../up/set-up.ts";
import { type Stack, startStack } from "../up/stack.ts";
import { withProgress } from "../waiting.ts";
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
  let engines: ComposedEngines | undefined;
  const asked = untilAsked(remark, () => {
    stack?.kill();
    engines?.abandon();
  });
  try {
    if ((await setUp(env)) === "containers")
      engines = await inContainers(env, remark, asked.signal);
    const places = engines
      ? { KAFKA_BROKERS: engines.brokers, CLICKHOUSE_URL: engines.clickhouseUrl }
      : {};
    stack = await startStack({
      dir,
      port: 0,
      clock,
      env: { ...env, ...places },
      say: remark,
      signal: asked.signal,
    });
    remark(`everything is ready at ${stack.url}`);
    const { url, place, run } = stack;
    const work = use({ target: deployment(url, place.adminKey), run, signal: asked.signal });
    return await Promise.race([work, asked.rejected]);
  } finally {
    asked[Symbol.dispose]();
    try {
      await stack?.stop();
    } finally {
      await engines?.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  }
}

/** Their images come first, which takes minutes the first time. */
function inContainers(
  env: NodeJS.ProcessEnv,
  remark: (line: string) => void,
  signal: AbortSignal,
): Promise<ComposedEngines> {
  const starting = composeEngines({ env, signal }).catch((error: unknown) => {
    throw signal.aborted ? error : new Failure(error instanceof Error ? error.message : "");
  });
  return withProgress(remark, () => "starting Kafka and ClickHouse in Docker", starting);
}
