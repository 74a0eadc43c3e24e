import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";

import { expect, test } from "vitest";

import { createSnapshots, openDeduper, openLmdbStore, restoreSnapshot } from "../src/index.ts";
import type { IdentityStore, LmdbStore } from "../src/index.ts";
import { createPartition, second, start } from "./partition.ts";
import type { Partition } from "./partition.ts";
import { createEverlastingStore, newFolder } from "./stores.ts";

const tailMin = 10;

function decide(partition: Partition, store: IdentityStore, atCut?: () => void) {
  const { log, grounds } = partition;
  const options = { log, store, grounds, transactions: true, now: () => 0, reached: () => {} };
  return openDeduper(atCut === undefined ? options : { ...options, atCut });
}

/** Barriers with thirty events behind each; of every hundred events some are repeats of earlier ones. */
async function fill(partition: Partition, from: number, cuts: number): Promise<void> {
  for (let cut = from; cut < from + cuts; cut += 1) {
    await partition.passBarrier(start + cut * second, {});
    for (let event = 0; event < 30; event += 1)
      await partition.report({ id: `e${(cut * 30 + event * 7) % 400}`, time: start });
  }
}

/** A deployment whose store was copied into `dir` at some of its cuts, and what was said. */
async function runUntilCopied(given: {
  readonly partition: Partition;
  readonly dir: string;
  readonly deployment?: string;
  readonly cuts: number;
}) {
  const { partition, dir, deployment = "d" } = given;
  const said: string[] = [];
  const store = openLmdbStore(newFolder(), deployment);
  const snapshots = await createSnapshots({
    store,
    place: { dir, partition: 0, deployment },
    say: (what) => said.push(what),
    tailMin,
  });
  const deduper = await decide(partition, store, () => snapshots.atCut());
  for (let cut = 0; cut < given.cuts; cut += 1) {
    await fill(partition, cut, 1);
    await deduper.turn();
    await snapshots.close();
  }
  await store.close();
  return said;
}

async function restored(
  partition: Partition,
  dir: string,
  folder = path.join(newFolder(), "identities"),
  end?: number,
): Promise<{ store: LmdbStore; said: string[] }> {
  const said: string[] = [];
  await restoreSnapshot({
    folder,
    place: { dir, partition: 0, deployment: "d" },
    end: end ?? (await partition.log.endOffset("usage.raw", 0)),
    say: (what) => said.push(what.replace(/0-\d+-[0-9a-f]+/, "S")),
    tailMin,
  });
  return { store: openLmdbStore(folder, "d"), said };
}

function manifestsIn(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(".json"))
    .toSorted();
}

test("a store that is lost is a snapshot and the tail of the log, and decides on as if it had never been lost", async () => {
  const dir = newFolder();
  const partition = await createPartition();
  const said = await runUntilCopied({ partition, dir, cuts: 12 });
  expect(said).toContain("took a snapshot of the identities");
  const { store, said: told } = await restored(partition, dir);
  expect(told).toEqual(["restored the identities from a snapshot"]);
  const end = await partition.log.endOffset("usage.raw", 0);
  expect(store.position()).toBeGreaterThan(end / 2);
  expect(store.position()).toBeLessThan(end - 1);
  const successor = await decide(partition, store);
  expect(store.position()).toBe(end - 1);
  await fill(partition, 12, 5);
  await successor.turn();
  await store.close();

  const other = await createPartition();
  const everlasting = await decide(other, createEverlastingStore());
  await fill(other, 0, 17);
  await everlasting.turn();
  expect(partition.outcomes()).toEqual(other.outcomes());
});

test("the last two are kept, of each deployment, and none is taken before the tail is worth it", async () => {
  const dir = newFolder();
  const foreign = await createPartition();
  await runUntilCopied({ partition: foreign, dir, deployment: "other", cuts: 3 });
  const theirs = manifestsIn(dir);
  const partition = await createPartition();
  const said = await runUntilCopied({ partition, dir, cuts: 12 });
  // Twelve cuts; a store of some hundred identities is copied when a quarter of it has come.
  expect(said.length).toBeGreaterThan(2);
  expect(said.length).toBeLessThan(12);
  expect(manifestsIn(dir).length).toBe(theirs.length + 2);
  expect(manifestsIn(dir)).toEqual(expect.arrayContaining(theirs));
  expect(readdirSync(dir).length).toBe(2 * manifestsIn(dir).length);
});

test("what is torn, cut short, foreign, of another format or beyond the log is refused by name, and the next one is taken", async () => {
  const dir = newFolder();
  const partition = await createPartition();
  await runUntilCopied({ partition, dir, cuts: 12 });
  const [older, newer] = manifestsIn(dir) as [string, string];
  const data = path.join(dir, newer.replace("json", "mdb"));
  const whole = readFileSync(data);

  const torn = Buffer.from(whole);
  torn[whole.length >> 1] = (torn[whole.length >> 1] ?? 0) ^ 1;
  writeFileSync(data, torn);
  const first = await restored(partition, dir);
  const digest =
    "the snapshot S of the identities is not used: its bytes are not those that its digest is of";
  expect(first.said).toEqual([digest, "restored the identities from a snapshot"]);
  const expected = JSON.parse(readFileSync(path.join(dir, older), "utf8")) as { position: number };
  expect(first.store.position()).toBe(expected.position);
  await first.store.close();

  rmSync(path.join(dir, older));
  writeFileSync(data, whole);
  truncateSync(data, whole.length - 4_096);
  const second = await restored(partition, dir);
  expect(second.said).toEqual([digest]);
  expect(second.store.position()).toBe(-1);
  await second.store.close();
  rmSync(data);
  expect((await restored(partition, dir)).said).toEqual([digest]);
  writeFileSync(data, whole);

  const manifest = path.join(dir, newer);
  const text = readFileSync(manifest, "utf8");
  const { position } = JSON.parse(text) as { position: number };
  expect((await restored(partition, dir, undefined, position)).said).toEqual([
    `the snapshot S of the identities is not used: it goes to offset ${position}, but the log ends at ${position}`,
  ]);
  writeFileSync(manifest, text.replace('"d"', '"another"'));
  expect((await restored(partition, dir)).said).toEqual([
    "the snapshot S of the identities is not used: it belongs to another deployment",
  ]);
  writeFileSync(manifest, text.replace('"format": 4', '"format": 3'));
  expect((await restored(partition, dir)).said).toEqual([
    "the snapshot S of the identities is not used: it has format 3, and this is 4",
  ]);
  writeFileSync(manifest, text.slice(0, 40));
  const last = await restored(partition, dir);
  expect(last.said).toEqual([
    "the snapshot S of the identities is not used: its manifest is unreadable",
  ]);
  // Folded from the log as if there were none.
  const deduper = await decide(partition, last.store);
  expect(last.store.position()).toBe(deduper.committed());
  await last.store.close();
});

test("a store that is there is left alone, unless a snapshot of another instance is far ahead of it", async () => {
  const dir = newFolder();
  const partition = await createPartition();
  await runUntilCopied({ partition, dir, cuts: 12 });
  const folder = path.join(newFolder(), "identities");
  const first = await restored(partition, dir, folder);
  const ahead = first.store.position();
  await first.store.close();
  const again = await restored(partition, dir, folder);
  expect([again.said, again.store.position()]).toEqual([[], ahead]);
  await again.store.close();

  const behind = path.join(newFolder(), "identities");
  const stale = openLmdbStore(behind, "d");
  await stale.apply({ claims: [], ranged: [], windows: [], position: 20, committed: 20 });
  await stale.close();
  const caughtUp = await restored(partition, dir, behind);
  expect(caughtUp.store.position()).toBe(ahead);
  await caughtUp.store.close();
});

test("a copy that is made while batches go on is of one moment: what it says it holds, it holds, and no more", async () => {
  const dir = newFolder();
  const partition = await createPartition();
  const store = openLmdbStore(newFolder(), "d");
  const place = { dir, partition: 0, deployment: "d" };
  const snapshots = await createSnapshots({ store, place, say: () => {}, tailMin: 1 });
  const deduper = await decide(partition, store, () => snapshots.atCut());
  for (let cut = 0; cut < 40; cut += 1) {
    await fill(partition, cut, 1);
    await deduper.turn();
  }
  await snapshots.close();
  await store.close();
  const copy = await restored(partition, dir);
  const position = copy.store.position();
  await copy.store.close();
  const { size } = await folded(partition, position);
  const again = await restored(partition, dir);
  expect(again.store.size().identities).toBe(size);
  await again.store.close();
});

/** How many identities the log has up to a position, by folding it. */
async function folded(partition: Partition, position: number): Promise<{ size: number }> {
  const store = openLmdbStore(newFolder(), "d");
  const { log } = partition;
  const until: typeof log = {
    ...log,
    // Committed up to there.
    fetch: async (topic, at, from, limits) => {
      const fetched = await log.fetch(topic, at, from, limits);
      if (topic !== "usage.raw") return fetched;
      return { ...fetched, records: fetched.records.filter(({ offset }) => offset <= position) };
    },
  };
  await decide({ ...partition, log: until }, store);
  const size = store.size().identities;
  await store.close();
  return { size };
}
