import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClient } from "../src/client.ts";
import { TrackerFull, type TrackerOptions } from "../src/index.ts";
import { startService, type StubService } from "./stub/service.ts";

const quick = { lingerMs: 1, backOffMsMin: 1, backOffMsMax: 4, flushAtExit: false } as const;

let spool: string;

beforeEach(() => {
  spool = mkdtempSync(path.join(tmpdir(), "tallybook-tracker-"));
});

afterEach(() => rmSync(spool, { recursive: true, force: true }));

function spoolingTo(url: string, options: TrackerOptions = {}) {
  return createClient({ url, key: "k" }).tracker({ ...quick, spool, ...options });
}

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `e-${number}`);
}

/** Runs a program that tracks events; resolves with its exit code, or the signal that ended it. */
async function produce(service: StubService, ...args: string[]): Promise<unknown> {
  const main = path.join(import.meta.dirname, "stub/producer.ts");
  const child = spawn(process.execPath, [main, service.url, ...args], { stdio: "inherit" });
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  return signal ?? code;
}

test("what was on the disk when the process was killed is sent by the next one", async () => {
  await using service = await startService();
  expect(await produce(service, "500", "kept", spool)).toBe("SIGKILL");
  expect(service.requests).toEqual([]);
  const tracker = await spoolingTo(service.url);
  expect(tracker.totals().waiting).toBe(500);
  expect(await tracker.close()).toEqual({ accepted: 500, refused: 0, dropped: 0, waiting: 0 });
  expect(service.requests.flat()).toEqual(ids(500));
  expect(readdirSync(spool)).toEqual([]);
});

test("a program that ends by itself has sent everything before", async () => {
  await using service = await startService();
  expect(await produce(service, "20", "by itself")).toBe(0);
  expect([...service.accepted.keys()]).toEqual(ids(20));
});

test("so has one that is asked to end, and it ends by the signal", async () => {
  await using service = await startService();
  expect(await produce(service, "20", "signal")).toBe("SIGTERM");
  expect([...service.accepted.keys()]).toEqual(ids(20));
});

test("one that exits at once leaves what it has not sent on the disk", async () => {
  await using service = await startService();
  expect(await produce(service, "20", "exit", spool)).toBe(0);
  const tracker = await spoolingTo(service.url);
  await tracker.close();
  expect([...service.accepted.keys()].toSorted()).toEqual(ids(20).toSorted());
});

test("a file that ends in the middle of an event, and one with other bytes, cost nothing else", async () => {
  await using service = await startService();
  await produce(service, "5", "kept", spool);
  const [name = ""] = readdirSync(spool);
  const file = path.join(spool, name);
  const whole = readFileSync(file, "utf8");
  appendFileSync(file, '0badc0de {"id":"e-5');
  writeFileSync(path.join(spool, "0000000009.events"), whole.replace("e-3", "e-X"));
  const troubles: string[] = [];
  const tracker = await spoolingTo(service.url, {
    onTrouble: (error) => troubles.push(String(error)),
  });
  await tracker.close();
  expect([...service.accepted.keys()]).toEqual(ids(5));
  expect(troubles).toEqual([expect.stringContaining("1 events in ")]);
  expect(readdirSync(spool)).toEqual(["0000000009.events.damaged"]);
});

test("much is kept in files, of which each is gone when it is sent", async () => {
  await using service = await startService();
  const tracker = await spoolingTo(service.url, { itemsMax: 100 });
  const properties = { padding: "x".repeat(1_000) };
  for (let number = 0; number < 3_000; number += 1)
    tracker.track({ id: `e-${number}`, type: "t", customer: "c", properties });
  await tracker.kept();
  expect(await tracker.close()).toMatchObject({ accepted: 3_000, waiting: 0 });
  expect(service.requests.flat()).toEqual(ids(3_000));
  expect(readdirSync(spool)).toEqual([]);
});

test("the disk is bounded too", async () => {
  await using service = await startService();
  service.faults.push("silent");
  const tracker = await spoolingTo(service.url, { spoolBytesMax: 300 });
  const track = () => tracker.track({ type: "t", customer: "c" });
  track();
  track();
  expect(track).toThrow(TrackerFull);
  await tracker.close(0);
});

test("two trackers do not share a folder", async () => {
  await using service = await startService();
  const tracker = await spoolingTo(service.url);
  await expect(spoolingTo(service.url)).rejects.toThrow("in use by another tracker");
  await tracker.close();
  await (await spoolingTo(service.url)).close();
});
