import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { freePorts } from "./ports.ts";

/** Kafka and ClickHouse in containers of their own, on loopback. */
export type ComposedEngines = AsyncDisposable & {
  readonly brokers: string;
  /** With user and password in it. */
  readonly clickhouseUrl: string;
  /** Takes the containers and their data away. A second call waits for the first. */
  stop(): Promise<void>;
  /** The same without waiting: Docker goes on when this process has ended. */
  abandon(): void;
};

const composeFile = path.join(import.meta.dirname, "../../compose.yaml");
const outputCharsMax = 16_000;

/**
 * Starts the engines of `infra/compose.yaml`, under a name and on ports that nobody else has, and resolves when both are
 * healthy. Throws with Docker's last words when it fails, or is aborted; nothing is left then.
 */
export async function composeEngines(options: {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}): Promise<ComposedEngines> {
  const [kafka = 0, http = 0, tcp = 0] = await freePorts(3);
  const password = randomBytes(18).toString("base64url");
  const env = {
    ...options.env,
    KAFKA_PORT: String(kafka),
    CLICKHOUSE_HTTP_PORT: String(http),
    CLICKHOUSE_TCP_PORT: String(tcp),
    TALLYBOOK_PASSWORD: password,
  };
  const project = `tallybook-${randomBytes(6).toString("hex")}`;
  const ofProject = ["compose", "--project-name", project, "--file", composeFile];
  const down = [...ofProject, "down", "--volumes", "--timeout", "20"];
  const takeAway = () => docker(down, env, undefined);
  try {
    await docker(
      [...ofProject, "up", "--detach", "--wait", "kafka", "clickhouse"],
      env,
      options.signal,
    );
  } catch (error) {
    // Whatever came up goes; why it failed is what counts.
    await takeAway().catch(() => {});
    throw error;
  }
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= takeAway());
  return {
    brokers: `127.0.0.1:${kafka}`,
    clickhouseUrl: `http://tallybook:${password}@127.0.0.1:${http}`,
    stop,
    abandon() {
      spawn("docker", down, { env, stdio: "ignore", detached: true }).unref();
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** A group of its own: Ctrl-C in a terminal must not end Docker's client in the middle of taking containers away. */
async function docker(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn("docker", args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-outputCharsMax);
    });
  }
  const abort = () => child.kill("SIGTERM");
  signal?.addEventListener("abort", abort, { once: true });
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      output += error.message;
      resolve(127);
    });
    child.once("close", resolve);
  });
  signal?.removeEventListener("abort", abort);
  signal?.throwIfAborted();
  if (code === 0) return;
  const said = output.trimEnd().split("\n").slice(-15).join("\n");
  throw new Error(`\`docker ${args.join(" ")}\` ended with ${code}:\n${said}`);
}
