import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, expect, test } from "vitest";

import { openLmdbStore } from "../src/index.ts";

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "tallybook-store-"));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function windowAt(raw_offset: number, cut: number) {
  return {
    raw_offset,
    cut,
    time: 5,
    catalog_offset: 1,
    lower_bound: null,
    ahead_seconds: 10,
    simulated: true,
  };
}

test("what was applied is there after the store was opened again", async () => {
  const folder = newFolder();
  const identity = Buffer.alloc(32, 7);
  const claim = { raw_offset: 9_007_199_254_740_991, content_hash: Buffer.alloc(32, 1) };
  const first = openLmdbStore(folder, "deployment one");
  expect([first.position(), first.committed(), first.windows()]).toEqual([-1, -1, []]);
  await first.apply({
    claims: [{ identity, claim }],
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
    windows: [windowAt(3, 1), windowAt(8, 2), windowAt(20, 3)],
    position: 25,
    committed: 10,
  });
  expect(store.windows().map(({ raw_offset }) => raw_offset)).toEqual([8, 20]);
  await store.close();
});

test("a store of another deployment is refused, and says what to do", async () => {
  const folder = newFolder();
  const store = openLmdbStore(folder, "one");
  await store.apply({ claims: [], windows: [], position: 1, committed: 1 });
  await store.close();
  expect(() => openLmdbStore(folder, "two")).toThrow(/belongs to another deployment: move it away/);
});
