import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { startEngines } from "../src/index.ts";

test("engines that are named in the environment are used, and none is started", async () => {
  const env = { KAFKA_BROKERS: "kafka.example:9092", CLICKHOUSE_URL: "http://u:p@ch.example:8123" };
  await using engines = await startEngines({ dir: "/nonexistent", env });
  expect(engines).toMatchObject({
    brokers: env.KAFKA_BROKERS,
    clickhouseUrl: env.CLICKHOUSE_URL,
    analystUrl: null,
    pids: { kafka: null, clickhouse: null },
  });
});

test("engines end with the process that started them, also when that is killed", async () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-engines-"));
  const parent = spawn(process.execPath, [path.join(import.meta.dirname, "parent.ts"), dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pids = Object.values(JSON.parse(String(line)) as Record<string, number>);
  expect(pids.map(isAlive)).toEqual([true, true]);
  parent.kill("SIGKILL");
  await expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  rmSync(dir, { recursive: true });
}, 90_000);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
