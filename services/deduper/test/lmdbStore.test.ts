import { Fenced } from "@tallybook/log";
import type { Backfill } from "@tallybook/usage";
import { open } from "lmdb";
import { expect, test } from "vitest";

import { openLmdbStore } from "../src/index.ts";
import { newFolder } from "./stores.ts";

function windowAt(raw_offset: number, cut: number) {
  return {
    raw_offset,
    cut,
    time: 5,
    catalog_offset: 1,
    lower_bound: null,
    ahead_seconds: 10,
    interval_seconds: 60,
    simulated: true,
    backfills: [],
  };
}

test("what was applied is there after the store was opened again", async () => {
  const folder = newFolder();
  const identity = Buffer.alloc(32, 7);
  const claim = {
    raw_offset: 9_007_199_254_740_991,
    content_hash: Buffer.alloc(32, 1),
    held_until: 4_000_000_000_000_000,
    before: null,
  };
  const first = openLmdbStore(folder, "deployment one");
  expect([first.position(), first.committed(), first.windows()]).toEqual([-1, -1, []]);
  await first.apply({
    claims: [{ identity, claim }],
    ranged: [],
    windows: [windowAt(3, 1)],
    position: 12,
    committed: 4,
  });
  await first.close();
  const second = openLmdbStore(folder, "deployment one");
  expect([second.position(), second.committed(), second.windows()]).toEqual([
    12,
    4,
    [windowAt(3, 1)],
  ]);
  expect(second.claimOf(identity)).toEqual(claim);
  expect(second.claimOf(Buffer.alloc(32, 8))).toBeUndefined();
  await second.close();
});

test("windows that no record can meet any more are dropped; the one in force at the committed offset stays", async () => {
  const store = openLmdbStore(newFolder(), "d");
  await store.apply({
    claims: [],
    ranged: [],
    windows: [windowAt(3, 1), windowAt(8, 2), windowAt(20, 3)],
    position: 25,
    committed: 10,
  });
  expect(store.windows().map(({ raw_offset }) => raw_offset)).toEqual([8, 20]);
  await store.close();
});

test("the range of a backfill that one folded batch opens and closes is erased", async () => {
  const store = openLmdbStore(newFolder(), "d");
  const backfill: Backfill = {
    tenant: "t",
    backfill: "b",
    sources: [],
    from: 0,
    to: 5,
    closes_at: 6,
    catalog_offset: 3,
  };
  const claim = { raw_offset: 4, content_hash: Buffer.alloc(32), held_until: 0, before: null };
  const ranged = { backfill: 3, identity: Buffer.from("i"), claim };
  await store.collect([ranged]);
  await store.apply({
    claims: [],
    ranged: [{ ...ranged, identity: Buffer.from("k") }],
    windows: [{ ...windowAt(3, 1), backfills: [backfill] }, windowAt(8, 2)],
    position: 9,
    committed: 9,
  });
  expect(store.size().ranged).toBe(0);
  await store.close();
});

test("a store of another deployment is refused, and says what to do", async () => {
  const folder = newFolder();
  const store = openLmdbStore(folder, "one");
  await store.apply({ claims: [], ranged: [], windows: [], position: 1, committed: 1 });
  await store.close();
  expect(() => openLmdbStore(folder, "two")).toThrow(/belongs to another deployment: move it away/);
});

test("a process that slept while another one wrote to its store writes nothing more", async () => {
  const folder = newFolder();
  const sleeper = openLmdbStore(folder, "d");
  const successor = openLmdbStore(folder, "d");
  await successor.apply({
    claims: [],
    ranged: [],
    windows: [windowAt(3, 1)],
    position: 9,
    committed: 4,
  });
  const late = sleeper.apply({ claims: [], ranged: [], windows: [], position: 2, committed: 1 });
  await expect(late).rejects.toThrow(Fenced);
  await successor.apply({ claims: [], ranged: [], windows: [], position: 12, committed: 9 });
  expect([successor.position(), successor.committed()]).toEqual([12, 9]);
  await sleeper.close();
  await successor.close();
});

test("a store of an earlier format is empty: it is folded again from the log", async () => {
  const folder = newFolder();
  const root = open({ path: folder, maxDbs: 3 });
  const identities = root.openDB({ name: "identities", keyEncoding: "binary", encoding: "binary" });
  const metas = root.openDB({ name: "meta", encoding: "json" });
  await identities.put(Buffer.alloc(32, 7), Buffer.alloc(40, 1));
  await metas.put("meta", { deployment: "d", position: 12, committed: 4, windows: [] });
  await root.close();
  const store = openLmdbStore(folder, "d");
  expect([store.position(), store.committed(), store.size()]).toEqual([
    -1,
    -1,
    { identities: 0, entries: 0, ranged: 0 },
  ]);
  expect(store.claimOf(Buffer.alloc(32, 7))).toBeUndefined();
  await store.close();
});
