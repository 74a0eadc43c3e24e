import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { seekLease } from "@tallybook/log";
import type { Lease } from "@tallybook/log";
import { startTestEngines } from "@tallybook/testkit";
import type { TestEngines } from "@tallybook/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

import { childHolder } from "./support/lease-holder.ts";

let dir: string;
let engines: TestEngines;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), "tallybook-lease-"));
  engines = await startTestEngines(dir, "kafka");
}, 120_000);
afterAll(async () => {
  await engines.stop();
  rmSync(dir, { recursive: true, force: true });
});

const patience = AbortSignal.timeout(100_000);

function seek(group: string): Lease {
  return seekLease(group, {
    brokers: engines.brokers.split(","),
    clientId: "test",
    prefix: "p.",
    instances: 2,
  });
}

async function isHeld(lease: Lease, withinMs: number): Promise<boolean> {
  return lease.held(AbortSignal.timeout(withinMs)).then(
    () => true,
    () => false,
  );
}

test.concurrent("one of two holds it; the other gets it as soon as the first gives it back", async () => {
  const first = seek("given");
  await first.held(patience);
  expect(first.isSure()).toBe(true);
  const second = seek("given");
  expect(await isHeld(second, 3_000)).toBe(false);
  expect(second.isSure()).toBe(false);
  expect(first.isSure()).toBe(true);
  await first.close();
  await second.held(patience);
  await second.close();
}, 60_000);

test.concurrent("who joins never takes it from who has it", async () => {
  const first = seek("joined");
  await first.held(patience);
  const later = [seek("joined"), seek("joined"), seek("joined")];
  const outcomes = await Promise.all(later.map((lease) => isHeld(lease, 3_000)));
  expect(outcomes).toEqual([false, false, false]);
  expect(first.isSure()).toBe(true);
  await Promise.all([first, ...later].map((lease) => lease.close()));
}, 60_000);

test.concurrent("when its holder is killed, another one gets it", async () => {
  await using killed = await childHolder(engines.brokers, "killed");
  const heir = seek("killed");
  expect(await isHeld(heir, 3_000)).toBe(false);
  killed.process.kill("SIGKILL");
  // One that comes back, as the killed one's next process does, waits behind who waited before it.
  const later = Array.from({ length: 3 }, () => seek("killed"));
  await heir.held(patience);
  expect(later.map((lease) => lease.isSure())).toEqual([false, false, false]);
  await Promise.all([heir, ...later].map((lease) => lease.close()));
}, 60_000);

test.concurrent("when its holder stands still for longer than its session, another one gets it and keeps it", async () => {
  await using stopped = await childHolder(engines.brokers, "stopped");
  const successor = seek("stopped");
  stopped.process.kill("SIGSTOP");
  await successor.held(patience);
  stopped.process.kill("SIGCONT");
  expect(await stopped.ended).toBe("another process is the active stopped now");
  // Nor does it get it back by asking.
  const again = seek("stopped");
  expect(await isHeld(again, 3_000)).toBe(false);
  expect(successor.isSure()).toBe(true);
  await Promise.all([successor.close(), again.close()]);
}, 60_000);
