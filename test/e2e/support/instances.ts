import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestStack } from "@tallybook/testkit";
import { until } from "./until.ts";

type Part = { readonly ready: boolean; readonly standby?: boolean };

/** The name of a service's active instance; waits while there is none. */
export function activeOf(stack: TestStack, service: string): Promise<string> {
  return until(`an active ${service}`, async () => {
    const answer = await fetch(`${stack.target.url}/readyz`);
    const { services } = (await answer.json()) as { services: Record<string, Part> };
    return Object.keys(services).find(
      (name) => name.startsWith(`${service}-`) && services[name]?.ready,
    );
  });
}

/** Resolves once another instance than that one is active. */
export function untilTakenOver(stack: TestStack, service: string, from: string): Promise<string> {
  return until(`another ${service} than ${from}`, async () => {
    const name = await activeOf(stack, service);
    return name === from ? undefined : name;
  });
}

/** Resolves when `tally up` has said something; answers the line. */
export function untilSaid(stack: TestStack, pattern: RegExp): Promise<string> {
  return until(String(pattern), async () => pattern.exec(stack.said())?.[0]);
}

export type Twin = AsyncDisposable & {
  readonly exited: Promise<number | null>;
  /** Resolves when it has taken over so many partitions. */
  untilTaken(partitions: number): Promise<unknown>;
};

/** The same instance of a service a second time, as somebody starts it elsewhere: nobody starts it again. */
export function startTwin(
  stack: TestStack,
  service: string,
  env: Readonly<Record<string, string>>,
): Twin {
  const { kafka, clickhouse, signing_key_file } = stack.run();
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-twin-"));
  const main = path.join(import.meta.dirname, "../../../services", service, "src/main.ts");
  const child: ChildProcess = spawn(process.execPath, [main], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      KAFKA_BROKERS: kafka.brokers,
      TOPIC_PREFIX: kafka.topic_prefix,
      CLICKHOUSE_URL: clickhouse.url,
      CLICKHOUSE_DATABASE: clickhouse.database,
      SIGNING_KEY_FILE: signing_key_file,
      DATA_DIR: dir,
      PORT: "0",
      ...env,
    },
  });
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exited = once(child, "exit").then(([code]) => code as number | null);
  return {
    exited,
    untilTaken: (partitions) =>
      until(`${service} to take over ${partitions} partitions:\n${log}`, async () =>
        log.split('"partition taken over"').length > partitions ? true : undefined,
      ),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
