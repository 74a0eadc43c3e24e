import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Deployment, deployment, readRunFile, type RunFile } from "@tallybook/cli";

export type StackOptions = {
  /** Simulated time begins here. */
  readonly clock?: string;
  /** Of the one address; any free one when absent. */
  readonly port?: number;
  /** Of each service; one when absent. */
  readonly instances?: number;
  /** A data directory that stays; a temporary one when absent. */
  readonly dir?: string;
  /** Fail points by service, for its first start. */
  readonly failPoints?: Readonly<Record<string, string>>;
  /** Engines that run already; without them the stack starts its own. */
  readonly engines?: SharedEngines | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly args?: readonly string[];
};

/** Engines, and what nobody else uses there. */
export type SharedEngines = {
  readonly brokers: string;
  readonly clickHouseUrl: string;
  readonly topicPrefix: string;
  readonly database: string;
};

/** `tally up` in a process of its own, as a user runs it. */
export type TestStack = AsyncDisposable & {
  readonly dir: string;
  /** The one address, with the admin's key. */
  readonly target: Deployment;
  /** What run.json says now. */
  run(): RunFile;
  /** Of a service or engine, as it runs now; waits while it is being started again. */
  pidOf(name: string): Promise<number>;
  /** Sends a signal to a service or engine, and answers its process number. */
  signal(name: string, signal: NodeJS.Signals): Promise<number>;
  /** Resolves when `/readyz` says that everybody is ready. */
  untilReady(): Promise<void>;
  /** Everything that `tally up` has said. */
  said(): string;
  /** Ends it with SIGTERM and answers its exit code; the data directory stays. */
  stop(): Promise<number | null>;
};

const main = path.join(import.meta.dirname, "../../cli/src/main.ts");
const compileCache = path.join(import.meta.dirname, "../../../node_modules/.cache/tallybook");
const readyMsMax = 150_000;
const pollMs = 50;

/** Starts `tally up` and waits for its address. Throws with all it said when it ends before. */
export async function startStack(options: StackOptions = {}): Promise<TestStack> {
  const dir = options.dir ?? mkdtempSync(path.join(tmpdir(), "tallybook-e2e-"));
  const child = spawn(process.execPath, [main, "up", ...argumentsOf(dir, options)], {
    env: environmentOf(options),
    // Over the channel it notices the end of a test run that is killed.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const dispose = async (): Promise<void> => {
    await end(child, exited);
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  try {
    await untilSaid(() => output, child);
  } catch (error) {
    await dispose();
    throw error;
  }
  const run = (): RunFile => {
    const file = readRunFile(dir);
    if (!file) throw new Error(`there is no run.json in ${dir}:\n${output}`);
    return file;
  };
  const target = deployment(run().url, readFileSync(run().admin_key_file, "utf8").trim());
  const pidOf = async (name: string): Promise<number> => {
    const deadline = performance.now() + readyMsMax;
    for (;;) {
      const pid = run().processes[name]?.pid;
      if (pid !== undefined) return pid;
      if (performance.now() > deadline) throw new Error(`${name} does not run:\n${output}`);
      await sleep(pollMs);
    }
  };
  return {
    dir,
    target,
    run,
    pidOf,
    async signal(name, signal) {
      const pid = await pidOf(name);
      process.kill(pid, signal);
      return pid;
    },
    async untilReady() {
      const deadline = performance.now() + readyMsMax;
      while (!(await isReady(target.url))) {
        if (performance.now() > deadline) throw new Error(`not ready:\n${output}`);
        await sleep(pollMs);
      }
    },
    said: () => output,
    stop: () => end(child, exited),
    [Symbol.asyncDispose]: dispose,
  };
}

function argumentsOf(dir: string, options: StackOptions): string[] {
  const failPoints = Object.entries(options.failPoints ?? {});
  return [
    "--data",
    dir,
    "--port",
    String(options.port ?? 0),
    ...(options.instances === undefined ? [] : ["--instances", String(options.instances)]),
    ...(options.clock === undefined ? [] : ["--clock", options.clock]),
    ...failPoints.flatMap(([service, spec]) => ["--failpoint", `${service}=${spec}`]),
    ...(options.args ?? []),
  ];
}

function environmentOf({ engines, env }: StackOptions): NodeJS.ProcessEnv {
  const { KAFKA_BROKERS: _, CLICKHOUSE_URL: __, FAILPOINT: ___, ...own } = process.env;
  const base = { NODE_COMPILE_CACHE: compileCache, ...own };
  if (!engines) return { ...base, ...env };
  return {
    ...base,
    KAFKA_BROKERS: engines.brokers,
    CLICKHOUSE_URL: engines.clickHouseUrl,
    TOPIC_PREFIX: engines.topicPrefix,
    CLICKHOUSE_DATABASE: engines.database,
    ...env,
  };
}

async function untilSaid(output: () => string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + readyMsMax;
  while (!output().includes("Tallybook is ready at ")) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      throw new Error(`tally up did not get ready:\n${output()}`);
    }
    await sleep(pollMs);
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function end(child: ChildProcess, exited: Promise<number | null>): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  return exited;
}
