import { LogUnavailable, type OutRecord, type Producer } from "@tallybook/log";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGatherer } from "../src/gather.ts";
import { createRecovery, type Recovery } from "../src/recover.ts";
import { openSpool, type Spool } from "../src/spool/spool.ts";
import { faultyFolder } from "./spool/faulty.ts";

let disk: ReturnType<typeof faultyFolder>;
let spool: Spool;
let taken: string[];
let isUp: boolean;
let isHanging: boolean;
let drainedRecords: number[];
let recovery: Recovery;
let gatherer: ReturnType<typeof createGatherer>;

beforeEach(async () => {
  disk = faultyFolder();
  taken = [];
  isUp = true;
  isHanging = false;
  drainedRecords = [];
  spool = await openSpool({
    files: disk.files,
    bytesMax: 10_000,
    now: Date.now,
    onFailure: () => {},
    onDamage: () => {},
    onTorn: () => {},
  });
  gatherer = createGatherer({
    openProducer,
    keep: (records) => spool.append(records),
    bytesMax: 100,
    patienceMs: 100,
    onProduced: () => {},
    onFailure: () => {},
    onAway: (stranded) => recovery.begin(stranded),
  });
  recovery = createRecovery({
    openProducer,
    spool,
    isAway: gatherer.isAway,
    onBack: gatherer.comeBack,
    onDrained: (records) => drainedRecords.push(records),
    onFailure: () => {},
  });
});

afterEach(async () => {
  await recovery.close();
  await gatherer.close();
  await spool.close();
  disk.remove();
});

test("what was kept is delivered in order when Kafka is back, and what comes then goes straight there", async () => {
  isUp = false;
  expect(await deliver("a")).toBe("kept");
  expect(await deliver("b")).toBe("kept");
  isUp = true;
  await expect.poll(() => spool.state().records).toBe(0);
  expect(taken).toEqual(["a", "b"]);
  await expect.poll(() => gatherer.isAway()).toBe(false);
  expect(await deliver("c")).toBe("acknowledged");
  await expect.poll(() => drainedRecords).toEqual([2]);
});

test("with a disk that takes nothing Kafka's return is noticed all the same", async () => {
  isUp = false;
  disk.faults.spaceLeft = 0;
  expect(await deliver("a")).toBe("failing");
  isUp = true;
  await expect.poll(() => gatherer.isAway()).toBe(false);
  expect(await deliver("b")).toBe("acknowledged");
});

test("what an earlier run left is delivered although nothing else comes", async () => {
  await spool.append([{ topic: "usage.raw", partition: 0, key: null, value: Buffer.from("old") }]);
  recovery.begin([]);
  await expect.poll(() => taken).toEqual(["old"]);
});

test("when Kafka goes away again in the middle, the rest waits and is delivered later", async () => {
  isUp = false;
  for (const text of ["a", "b", "c"]) expect(await deliver(text.repeat(3_000))).toBe("kept");
  expect(await deliver("d".repeat(3_000))).toBe("full");
  isUp = true;
  await expect.poll(() => taken.length).toBe(3);
  isUp = false;
  expect(await deliver("e")).toBe("kept");
  isUp = true;
  await expect.poll(() => taken.at(-1)).toBe("e");
});

test("closing does not wait for a connection that hangs", async () => {
  isHanging = true;
  expect(await deliver("a")).toBe("kept");
  await recovery.close();
  expect(spool.state().records).toBe(1);
});

async function deliver(text: string): Promise<string> {
  return gatherer.deliver([
    { topic: "usage.raw", partition: 0, key: null, value: Buffer.from(text) },
  ]);
}

async function openProducer(): Promise<Producer> {
  if (!isUp) throw new LogUnavailable("away");
  return {
    async send(records: readonly OutRecord[]) {
      if (!isUp) throw new LogUnavailable("away");
      if (isHanging) return new Promise(() => {});
      taken.push(...records.map(({ value }) => value.toString()));
      return records.map(() => 0);
    },
    close: async () => {},
  };
}
