import {
  readdirSync,
  readFileSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  appendFileSync,
} from "node:fs";
import path from "node:path";
import type { OutRecord } from "@tallybook/log";
import { afterEach, beforeEach, expect, test } from "vitest";
import { acknowledgedName } from "../../src/spool/acknowledged.ts";
import type { SpoolDamage } from "../../src/spool/inspect.ts";
import { openSpool, type Spool } from "../../src/spool/spool.ts";
import { faultyFolder } from "./faulty.ts";

let disk: ReturnType<typeof faultyFolder>;
let damages: SpoolDamage[];
let torn: SpoolDamage[];
let now: number;
/** Of runs that have died: only the test ends. */
let spools: Spool[];

beforeEach(() => {
  disk = faultyFolder();
  damages = [];
  torn = [];
  now = 1_000;
  spools = [];
});

afterEach(async () => {
  for (const spool of spools) await spool.close();
  disk.remove();
});

test("what is kept comes out in order, and then the folder holds nothing of it", async () => {
  const spool = await opened();
  await keepEach(spool, "a", "b", "c");
  expect(spool.state()).toMatchObject({ records: 3, since: 1_000, failing: null });
  expect(await drained(spool)).toEqual(["a", "b", "c"]);
  expect(spool.state()).toMatchObject({ records: 0, bytes: 0, since: null });
  expect(segments()).toEqual([]);
});

test("what is kept counts at every moment until it is delivered, also while its segment is closed", async () => {
  const create = disk.files.create;
  const countsWhileClosing: number[] = [];
  disk.files.create = async (name) => {
    const file = await create(name);
    return {
      ...file,
      async close() {
        countsWhileClosing.push(spool.state().records);
        await file.close();
      },
    };
  };
  const spool = await opened();
  await keepEach(spool, "a", "b");
  expect(await drained(spool)).toEqual(["a", "b"]);
  expect(countsWhileClosing).toEqual([2]);
});

test("a key, an absent key, the partition and every byte of the value come back as they were", async () => {
  const spool = await opened();
  const records: OutRecord[] = [
    { topic: "usage.raw", partition: 3, key: Buffer.from("k\u0000"), value: Buffer.alloc(0) },
    { topic: "usage.raw", partition: 0, key: null, value: Buffer.from([0, 255]) },
    { topic: "usage.raw", partition: 1, key: Buffer.alloc(0), value: Buffer.from("v") },
  ];
  await spool.append(records);
  const out: OutRecord[] = [];
  await spool.drain(async (piece) => out.push(...piece));
  expect(out).toEqual(records);
});

test("after kill -9 the next run goes on with what was kept, before what is new", async () => {
  await keepEach(await opened(), "a", "b");
  const next = await opened();
  expect(next.state().records).toBe(2);
  await keepEach(next, "c");
  expect(await drained(next)).toEqual(["a", "b", "c"]);
  expect([damages, torn]).toEqual([[], []]);
});

test("a run that dies in the middle of draining hands the segment over again, whole", async () => {
  const spool = await opened();
  await keepEach(spool, "a".repeat(500_000), "b".repeat(500_000));
  let pieces = 0;
  const dying = spool.drain(async () => {
    pieces += 1;
    if (pieces === 2) throw new Error("Kafka went away again");
  });
  await expect(dying).rejects.toThrow("went away");
  expect((await drained(await opened())).map((text) => text[0])).toEqual(["a", "b"]);
  expect((await drained(spool)).map((text) => text[0])).toEqual(["b"]);
});

test("many requests at once share a sync, each gets its answer, and all are there", async () => {
  let syncs = 0;
  const { create } = disk.files;
  disk = {
    ...disk,
    files: {
      ...disk.files,
      async create(name) {
        const file = await create(name);
        return { ...file, sync: () => ((syncs += 1), file.sync()) };
      },
    },
  };
  const spool = await opened();
  const names = Array.from({ length: 500 }, (_, at) => `event ${at}`);
  const outcomes = await Promise.all(names.map((name) => spool.append([record(name)])));
  expect(new Set(outcomes)).toEqual(new Set(["kept"]));
  expect(syncs).toBeLessThan(20);
  expect(await drained(spool)).toEqual(names);
});

test("what would pass the bound is not taken, and is when something was delivered", async () => {
  const spool = await opened({ bytesMax: 1_000 });
  expect(await spool.append([record("a".repeat(600))])).toBe("kept");
  expect(await spool.append([record("b".repeat(600))])).toBe("full");
  await drained(spool);
  expect(await spool.append([record("b".repeat(600))])).toBe("kept");
});

test("short writes are gone on with", async () => {
  disk.faults.writeBytesMax = 24;
  const spool = await opened();
  await keepEach(spool, "a".repeat(1_000));
  expect(await drained(await opened())).toEqual(["a".repeat(1_000)]);
});

test("on a full disk nothing is acknowledged and no part of it stays; when space returns it goes on", async () => {
  const spool = await opened();
  await keepEach(spool, "a");
  disk.faults.spaceLeft = 100;
  expect(await spool.append([record("b".repeat(600))])).toBe("failing");
  expect(spool.state()).toMatchObject({ records: 1, failing: "ENOSPC: the disk said so" });
  expect(await spool.append([record("c")])).toBe("failing");
  disk.faults.spaceLeft = Infinity;
  now += 1_000;
  expect(await spool.append([record("d")])).toBe("kept");
  expect(spool.state().failing).toBeNull();
  expect(await drained(await opened())).toEqual(["a", "d"]);
  expect([damages, torn]).toEqual([[], []]);
});

test("after a failed sync the records go into a new file, and only then they are acknowledged", async () => {
  const spool = await opened();
  await keepEach(spool, "a");
  disk.faults.failingSyncs = 1;
  await keepEach(spool, "b");
  expect(segments().length).toBe(2);
  disk.faults.failingSyncs = 100;
  expect(await spool.append([record("c")])).toBe("failing");
  disk.faults.failingSyncs = 0;
  now += 1_000;
  await keepEach(spool, "d");
  expect(await drained(await opened())).toEqual(["a", "b", "d"]);
});

test("a torn end that was never acknowledged is cut off", async () => {
  await keepEach(await opened(), "a", "b");
  const file = lastSegment();
  const whole = readFileSync(file);
  appendFileSync(file, whole.subarray(0, whole.length / 2 - 3));
  const next = await opened();
  expect(torn).toMatchObject([{ bytes: { from: whole.length } }]);
  expect(readFileSync(file)).toEqual(whole);
  expect(await drained(next)).toEqual(["a", "b"]);
  expect(damages).toEqual([]);
});

test("an end that is missing although it was acknowledged is a damage, and the rest is delivered", async () => {
  await keepEach(await opened(), "a", "b", "c");
  const file = lastSegment();
  const size = readFileSync(file).length;
  truncateSync(file, size - 5);
  const next = await opened();
  expect(torn).toEqual([]);
  expect(damages.map(({ bytes }) => bytes.to).at(-1)).toBe(size);
  expect(await drained(next)).toEqual(["a", "b"]);
  expect(segments()).toEqual([`${path.basename(file)}.damaged`]);
});

test("a whole frame that is missing at the end of an earlier segment is seen by the one after it", async () => {
  await keepEach(await opened(), "a", "b");
  const file = lastSegment();
  await keepEach(await opened(), "c");
  truncateSync(file, readFileSync(file).length / 2);
  const next = await opened();
  expect(damages).toMatchObject([{ file: path.basename(file), records: 1 }]);
  expect(await drained(next)).toEqual(["a", "c"]);
});

test("whatever single bit flips, it is found, all other records come out, and the file stays", async () => {
  const texts = ["first", "second", "third"];
  await keepEach(await opened(), ...texts);
  const file = lastSegment();
  const whole = readFileSync(file);
  const acknowledged = readFileSync(path.join(disk.folder, acknowledgedName));
  const ends = texts.map((_, at) => sizesOf(texts.slice(0, at + 1)));
  expect(ends.at(-1)).toBe(whole.length);
  for (let bit = 0; bit < whole.length * 8; bit += 1) {
    for (const name of segments()) unlinkSync(path.join(disk.folder, name));
    const flipped = Buffer.from(whole);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    writeFileSync(file, flipped);
    writeFileSync(path.join(disk.folder, acknowledgedName), acknowledged);
    const spool = await opened();
    const hit = ends.findIndex((end) => bit >> 3 < end);
    expect(await drained(spool), `bit ${bit}`).toEqual(texts.toSpliced(hit, 1));
    expect(spool.state().damages, `bit ${bit}`).toMatchObject([{ records: 1 }]);
    expect(segments()).toEqual([`${path.basename(file)}.damaged`]);
    expect(readFileSync(`${file}.damaged`)).toEqual(flipped);
  }
});

test("a damage is told again after a restart, until a person has moved the file away", async () => {
  await keepEach(await opened(), "a", "b");
  flip(lastSegment(), 30);
  await drained(await opened());
  const next = await opened();
  expect(next.state().damages).toHaveLength(1);
  expect(next.state().records).toBe(0);
});

test("a byte that changes while the segment waits is found when it is delivered", async () => {
  const spool = await opened();
  await keepEach(spool, "a", "b");
  flip(lastSegment(), 10);
  expect(await drained(spool)).toEqual(["b"]);
  expect(spool.state().damages).toMatchObject([{ records: 1 }]);
});

test("where it is not known how far was acknowledged, a torn end counts as a damage", async () => {
  await keepEach(await opened(), "a", "b");
  const file = lastSegment();
  truncateSync(file, readFileSync(file).length - 1);
  flip(path.join(disk.folder, acknowledgedName), 2);
  const next = await opened();
  expect([damages.length, torn.length]).toEqual([1, 0]);
  expect(await drained(next)).toEqual(["a"]);
});

test("a frame that a producer hides inside an event is never taken for one", async () => {
  const spool = await opened();
  await keepEach(spool, "a");
  const frame = readFileSync(lastSegment());
  const other = await opened();
  // The salt of the next segment is another: what was learnt of one is worth nothing in the next.
  await other.append([{ ...record(""), value: frame }]);
  flip(lastSegment(), 1);
  expect(await drained(other)).toEqual(["a"]);
});

async function opened(bounds: { bytesMax?: number } = {}): Promise<Spool> {
  const spool = await openSpool({
    files: disk.files,
    bytesMax: 10_000_000,
    now: () => now,
    onFailure: () => {},
    onDamage: (damage) => damages.push(damage),
    onTorn: (end) => torn.push(end),
    ...bounds,
  });
  spools.push(spool);
  return spool;
}

function record(text: string): OutRecord {
  return { topic: "usage.raw", partition: 0, key: null, value: Buffer.from(text) };
}

async function keepEach(spool: Spool, ...texts: string[]): Promise<void> {
  for (const text of texts) expect(await spool.append([record(text)])).toBe("kept");
}

async function drained(spool: Spool): Promise<string[]> {
  const out: string[] = [];
  const send = async (records: readonly OutRecord[]) =>
    void out.push(...records.map(({ value }) => value.toString()));
  while (await spool.drain(send));
  return out;
}

function segments(): string[] {
  return readdirSync(disk.folder)
    .filter((name) => name !== acknowledgedName)
    .sort();
}

function lastSegment(): string {
  return path.join(disk.folder, segments().at(-1) ?? "");
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  writeFileSync(file, bytes);
}

/** Of these texts' frames: each has 20 bytes before its record, and that 8 before its value. */
function sizesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + 28 + text.length, 0);
}
