import fc from "fast-check";
import type { Backfill } from "@tallybook/usage";
import { topics } from "@tallybook/wire";
import { expect, test } from "vitest";

import { openDeduper, openLmdbStore } from "../src/index.ts";
import type { IdentityStore, LmdbStore } from "../src/index.ts";
import { createPartition, day, second, start } from "./partition.ts";
import type { Partition } from "./partition.ts";
import { createEverlastingStore, newFolder } from "./stores.ts";

class Crash extends Error {}

/** A window of ten days, and everything that follows a hundred days later. */
const settings = { window_seconds: 10 * 86_400, ahead_seconds: 86_400, cut_interval_seconds: 60 };
const later = start + 100 * day;

function backfillOf(name: string, part: Partial<Backfill> = {}): Backfill {
  return {
    tenant: "acme-ai",
    backfill: name,
    sources: [],
    from: start - 5 * day,
    to: start + 5 * day,
    closes_at: later + 10 * day,
    catalog_offset: name.charCodeAt(0),
    ...part,
  };
}

async function openOn(
  partition: Partition,
  store: IdentityStore,
  reached: (point: string) => void = () => {},
) {
  const { log, grounds } = partition;
  return openDeduper({ log, store, grounds, transactions: true, now: () => 0, reached });
}

const ids = ["a", "b", "c", "d"];
type Step =
  | { readonly do: "send"; readonly id: string; readonly age: number; readonly by: string | null }
  | { readonly do: "barrier"; readonly after: number }
  | { readonly do: "turn" }
  | { readonly do: "die"; readonly at: "stored" | "collected"; readonly isStoreLost: boolean };

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("send" as const),
        id: fc.constantFrom(...ids),
        age: fc.integer({ min: -2, max: 8 }),
        by: fc.constantFrom(null, "k", "l", "m"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("barrier" as const),
        after: fc.constantFrom(0, 1, 3, 30),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ do: "turn" as const }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("die" as const),
        at: fc.constantFrom("stored" as const, "collected" as const),
        isStoreLost: fc.boolean(),
      }),
    },
  ),
  { minLength: 20, maxLength: 60 },
);

/** Days before and behind the beginning are the range of one backfill; those of the others overlap it, and each other. */
function known(time: number): Backfill[] {
  return [
    backfillOf("k", { closes_at: start + 400 * day }),
    backfillOf("l", { from: start, to: start + 60 * day, closes_at: start + 90 * day }),
    ...(time < start + 40 * day ? [] : [backfillOf("m", { from: 0, to: start + 40 * day })]),
  ];
}

async function run(
  script: readonly Step[],
  openStore: (isLost: boolean) => IdentityStore,
): Promise<string[]> {
  const partition = await createPartition();
  let time = start;
  let dyingAt = "";
  let store = openStore(true);
  const open = () =>
    openOn(partition, store, (point) => {
      if (point === `deduper.${dyingAt}`) throw new Crash(point);
    });
  await partition.passBarrier(time, settings);
  let deduper = await open();
  for (const step of [...script, { do: "turn" } as const]) {
    switch (step.do) {
      case "send":
        await partition.report({
          id: step.id,
          // Each id has one time and one content, but for some: as a file has them again.
          time: start + (step.id.charCodeAt(0) - 97) * 9 * day - step.age * 3_600 * second,
          properties: { n: String(Math.floor(step.age / 9)) },
          backfill: step.by,
        });
        break;
      case "barrier":
        time += step.after * day;
        await partition.passBarrier(time, { ...settings, backfills: known(time) });
        break;
      case "turn":
        await deduper.turn();
        break;
      case "die":
        dyingAt = step.at;
        await deduper.turn().catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
        dyingAt = "";
        await store.close();
        store = openStore(step.isStoreLost);
        deduper = await open();
        break;
    }
  }
  await store.close();
  return partition.outcomes();
}

test("what a backfill brings is decided the same whatever died, and with the store lost: as by one who forgets nothing", async () => {
  let [found, accepted] = [0, 0];
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      let folder = newFolder();
      const outcomes = await run(script, (isLost) => {
        if (isLost) folder = newFolder();
        return openLmdbStore(folder, "d");
      });
      const everlasting = createEverlastingStore();
      expect(outcomes).toEqual(await run(script, () => everlasting));
      found += outcomes.filter((line) => /duplicate|conflict/.test(line)).length;
      accepted += outcomes.filter((line) => line.includes("accepted")).length;
    }),
    { numRuns: 60 },
  );
  expect(found).toBeGreaterThan(60);
  expect(accepted).toBeGreaterThan(60);
}, 180_000);

/** Two thousand and more events that expired long ago, and a store that has forgotten them. */
async function forgotten(): Promise<{ partition: Partition; store: LmdbStore }> {
  const partition = await createPartition();
  const store = openLmdbStore(newFolder(), "d");
  const deduper = await openOn(partition, store);
  await partition.passBarrier(start, settings);
  for (let at = 0; at < 2_100; at += 1) await partition.report({ id: `e${at}`, time: start });
  await partition.passBarrier(start + 50 * day, settings);
  await partition.report({ id: "between", time: start + 50 * day });
  await partition.passBarrier(later, settings);
  while ((await deduper.turn()) === "worked");
  for (let at = 0; store.size().identities > 0 && at < 20; at += 1) {
    await partition.passBarrier(later, settings);
    await deduper.turn();
  }
  expect(store.size().identities).toBe(0);
  return { partition, store };
}

test("a repeat of what expired long ago is a duplicate by a backfill, and the range goes when that closes", async () => {
  const { partition, store } = await forgotten();
  const deduper = await openOn(partition, store);
  const withBackfill = { ...settings, backfills: [backfillOf("k")] };
  await partition.passBarrier(later, withBackfill);
  const next = partition.log.recordsOf(topics.usageRaw, 0).length;
  for (const id of ["e7", "new", "new", "between"])
    await partition.report({ id, time: start, backfill: "k" });
  await partition.report({ id: "e7", time: start });
  await deduper.turn();
  expect(store.size().ranged).toBe(2_102);
  expect(partition.outcomes().slice(-5)).toEqual([
    `${next} duplicate of 8`,
    `${next + 1} accepted new at ${start}`,
    `${next + 2} duplicate of ${next + 1}`,
    `${next + 3} accepted between at ${start}`,
    `${next + 4} too_old of null`,
  ]);
  for (let at = 0; at < 5; at += 1) {
    await partition.passBarrier(later + 10 * day, withBackfill);
    await deduper.turn();
  }
  expect(store.size().ranged).toBe(0);
  await store.close();
});

test("what was committed a moment before a backfill opens is in its range, though a reader sees it a little later", async () => {
  const partition = await createPartition();
  const store = openLmdbStore(newFolder(), "d");
  let [looks, seen] = [0, 0];
  const endOffset: typeof partition.log.endOffset = async (topic, of) => {
    if (topic === topics.usageAccepted && looks > 0) {
      looks -= 1;
      return seen;
    }
    return partition.log.endOffset(topic, of);
  };
  const log = { ...partition.log, endOffset };
  const { grounds } = partition;
  const options = { store, grounds, transactions: true, now: () => 0, reached: () => {} };
  await partition.passBarrier(start, settings);
  const deduper = await openDeduper({ ...options, log });
  await deduper.turn();
  seen = partition.log.recordsOf(topics.usageAccepted, 0).length;
  await partition.report({ id: "a", time: start });
  await deduper.turn();
  looks = 2;
  const withBackfill = { ...settings, backfills: [backfillOf("k")] };
  await partition.passBarrier(start, withBackfill);
  await deduper.turn();
  // By now its claim has expired.
  await partition.passBarrier(later, withBackfill);
  await partition.report({ id: "a", time: start, backfill: "k" });
  await deduper.turn();
  expect([looks, partition.outcomes().at(-1)]).toEqual([0, "4 duplicate of 1"]);
  await store.close();
});
