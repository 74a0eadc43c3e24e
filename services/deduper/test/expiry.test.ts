import { statSync } from "node:fs";
import path from "node:path";

import fc from "fast-check";
import { expect, test } from "vitest";

import { openDeduper, openLmdbStore } from "../src/index.ts";
import type { IdentityStore } from "../src/index.ts";
import { createPartition, day, second, start } from "./partition.ts";
import type { Partition } from "./partition.ts";
import { createEverlastingStore, newFolder } from "./stores.ts";

class Crash extends Error {}

type Step =
  | { readonly do: "report"; readonly id: string; readonly age: number | null }
  | { readonly do: "barrier"; readonly after: number; readonly window: number | null }
  | { readonly do: "turn" }
  | { readonly do: "crash" };

/** Seconds: windows, ages and jumps are near each other, so that edges are met. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("report" as const),
        id: fc.constantFrom("a", "b", "c", "d"),
        age: fc.oneof(fc.constant(null), fc.integer({ min: -5, max: 90 })),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("barrier" as const),
        after: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(5_000)),
        window: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 80 })),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ do: "turn" as const }) },
    { weight: 1, arbitrary: fc.constant({ do: "crash" as const }) },
  ),
  { minLength: 30, maxLength: 80 },
);

/** Runs the steps over a store that can be opened again, and says what became of each record. */
async function run(
  script: readonly Step[],
  openStore: () => IdentityStore,
): Promise<{ partition: Partition; outcomes: string[] }> {
  const partition = await createPartition();
  let time = start;
  let isCrashing = false;
  let store = openStore();
  async function open() {
    return openDeduper({
      log: partition.log,
      store,
      grounds: partition.grounds,
      transactions: true,
      now: () => 0,
      reached(point) {
        if (isCrashing && point === "deduper.stored") throw new Crash(point);
      },
    });
  }
  await partition.passBarrier(time, { window_seconds: 60, cut_interval_seconds: 5 });
  let deduper = await open();
  for (const step of [...script, { do: "turn" } as const]) {
    switch (step.do) {
      case "report":
        await partition.report({
          id: step.id,
          time: step.age === null ? null : time - step.age * second,
        });
        break;
      case "barrier":
        time += step.after * second;
        await partition.passBarrier(time, {
          window_seconds: step.window,
          ahead_seconds: 10,
          cut_interval_seconds: 5,
        });
        break;
      case "turn":
        await deduper.turn();
        break;
      case "crash":
        isCrashing = true;
        await deduper.turn().catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
        isCrashing = false;
        await store.close();
        store = openStore();
        deduper = await open();
        break;
    }
  }
  await store.close();
  return { partition, outcomes: partition.outcomes() };
}

test("a store that erases what expired decides as one that forgets nothing: whatever the windows, jumps, crashes and re-reads", async () => {
  let erased = 0;
  let forgotten = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const folder = newFolder();
      const { outcomes } = await run(script, () => openLmdbStore(folder, "d"));
      const everlasting = createEverlastingStore();
      const { outcomes: expected } = await run(script, () => everlasting);
      expect(outcomes).toEqual(expected);
      const accepted = outcomes.filter((line) => line.includes("accepted"));
      forgotten += accepted.length - new Set(accepted.map((line) => line.split(" ")[2])).size;
      const store = openLmdbStore(folder, "d");
      erased += accepted.length - store.size().identities;
      await store.close();
    }),
    { numRuns: 150 },
  );
  // Otherwise nothing would have been at stake.
  expect(erased).toBeGreaterThan(50);
  expect(forgotten).toBeGreaterThan(50);
}, 180_000);

test("a retry that names its time is a duplicate or too old, never counted again: whatever becomes of the window", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const everlasting = createEverlastingStore();
      const { outcomes } = await run(
        script.map((step) => (step.do === "report" ? { ...step, age: step.age ?? 0 } : step)),
        () => everlasting,
      );
      const accepted = outcomes
        .filter((line) => line.includes("accepted"))
        .map((line) => line.slice(line.indexOf("accepted")));
      expect(new Set(accepted).size).toBe(accepted.length);
    }),
    { numRuns: 300 },
  );
}, 180_000);

test("over a year of simulated days the store holds a window's worth of identities, and its file does not grow", async () => {
  const perDay = 200;
  const days = 365;
  const partition = await createPartition();
  const folder = newFolder();
  const store = openLmdbStore(folder, "d");
  const deduper = await openDeduper({
    log: partition.log,
    store,
    grounds: partition.grounds,
    transactions: true,
    now: () => 0,
    reached: () => {},
  });
  const bytesByDay: number[] = [];
  for (let at = 0; at < days; at += 1) {
    await partition.passBarrier(start + at * day, {});
    for (let event = 0; event < perDay; event += 1)
      await partition.report({ id: `${at}-${event}`, time: start + at * day - event * second });
    await deduper.turn();
    expect(store.size().identities).toBeLessThanOrEqual((35 + 2) * perDay);
    expect(store.size().entries).toBeLessThanOrEqual((35 + 2) * Math.ceil(perDay / 60));
    bytesByDay.push(statSync(path.join(folder, "data.mdb")).size);
  }
  expect(partition.outcomes().every((line) => line.includes("accepted"))).toBe(true);
  expect(bytesByDay.at(-1)).toBeLessThanOrEqual((bytesByDay[90] ?? 0) * 1.1);
  await store.close();
}, 180_000);

test("with a window for ever nothing expires", async () => {
  const partition = await createPartition();
  const store = openLmdbStore(newFolder(), "d");
  const deduper = await openDeduper({
    log: partition.log,
    store,
    grounds: partition.grounds,
    transactions: true,
    now: () => 0,
    reached: () => {},
  });
  await partition.passBarrier(start, { window_seconds: null });
  await partition.report({ id: "a" });
  await partition.passBarrier(start + 10_000 * day, { window_seconds: null });
  await partition.report({ id: "a" });
  await partition.passBarrier(start + 10_001 * day, { window_seconds: null });
  await partition.report({ id: "a" });
  await deduper.turn();
  expect(partition.outcomes()).toEqual([
    `1 accepted a at ${start}`,
    "3 duplicate of 1",
    "5 duplicate of 1",
  ]);
  await store.close();
});

test("a window that is widened grows from the bound it had, and what had expired stays forgotten", async () => {
  const partition = await createPartition();
  const store = openLmdbStore(newFolder(), "d");
  const deduper = await openDeduper({
    log: partition.log,
    store,
    grounds: partition.grounds,
    transactions: true,
    now: () => 0,
    reached: () => {},
  });
  const hour = 3_600 * second;
  const settings = {
    cut_interval_seconds: 60,
    window_seconds: 6 * 3_600,
    ahead_seconds: 5 * 3_600,
  };
  await partition.passBarrier(start, settings);
  await partition.report({ id: "a", time: start });
  await partition.report({ id: "b", time: start + 4 * hour });
  await partition.passBarrier(start + 9 * hour, settings);
  await deduper.turn();
  await partition.report({ id: "c", time: start + 9 * hour });
  await deduper.turn();
  expect(store.size().identities).toBe(2);
  await partition.passBarrier(start + 10 * hour, { ...settings, window_seconds: 24 * 3_600 });
  await partition.report({ id: "a", time: start });
  await partition.report({ id: "b", time: start + 4 * hour });
  await partition.report({ id: "a", time: start + 3 * hour });
  await deduper.turn();
  expect(partition.outcomes()).toEqual([
    `1 accepted a at ${start}`,
    `2 accepted b at ${start + 4 * hour}`,
    `4 accepted c at ${start + 9 * hour}`,
    "6 too_old of null",
    "7 duplicate of 2",
    `8 accepted a at ${start + 3 * hour}`,
  ]);
  await store.close();
});
