import { expect } from "vitest";

import { Crash } from "./fill-stage.ts";
import type { FillStage, Point } from "./fill-stage.ts";

/** What is between two effects of a fill, and how often a partition comes there. */
export const crashes: readonly (readonly [Point, number])[] = [
  ["aggregator.filling", 1],
  ["aggregator.added", 1],
  ["aggregator.added", 2],
  ["aggregator.added", 5],
  ["aggregator.topped", 1],
  ["aggregator.topped", 3],
  ["aggregator.filled", 1],
  ["aggregator.filled", 4],
];

const synced = "SETTINGS mutations_sync = 2";

/** What somebody with a client does to a meter that was filled. */
export const doings: readonly (readonly [string, (meter: string) => readonly string[]])[] = [
  [
    "a measurement is deleted",
    (meter) => [`DELETE FROM measurements WHERE meter = '${meter}' AND raw_offset = 3`],
  ],
  [
    "measurements are there twice",
    (meter) => [
      `INSERT INTO measurements SELECT * FROM measurements WHERE meter = '${meter}' AND cut = 1`,
    ],
  ],
  [
    "a rollup changes",
    (meter) => [
      `ALTER TABLE rollups UPDATE quantity = quantity + 1 WHERE meter = '${meter}' AND cut = 1 ${synced}`,
    ],
  ],
  [
    "an event of before changes",
    () => [
      "ALTER TABLE usage_events UPDATE id = 'x' WHERE raw_offset = 2 SETTINGS mutations_sync = 2",
    ],
  ],
  [
    "everything is emptied",
    () =>
      ["usage_events", "measurements", "rollups", "usage_live", "usage_live_readings"].map(
        (table) => `TRUNCATE TABLE ${table}`,
      ),
  ],
  ["a table is dropped", () => ["DROP TABLE measurements SYNC"]],
];

/** And to a part while it is filled. */
export const meanwhile: typeof doings = [
  [
    "a measurement of it changes",
    (meter) => [`ALTER TABLE measurements UPDATE quantity = 99 WHERE meter = '${meter}' ${synced}`],
  ],
  [
    "all of it goes",
    (meter) =>
      ["measurements", "rollups", "usage_live"].map(
        (table) => `DELETE FROM ${table} WHERE meter = '${meter}'`,
      ),
  ],
  [
    "something else changes",
    () => [`ALTER TABLE usage_events UPDATE door = 'x' WHERE raw_offset < 20 ${synced}`],
  ],
];

type Doing = (typeof doings)[number][1];

/** A process dies at the point at its `hits`th time, and leaves nothing twice. */
export async function dieAt(stage: FillStage, point: Point, hits: number): Promise<void> {
  const before = stage.factsOf("PartRepairBegun").length;
  stage.ask();
  let left = hits;
  stage.reached = (at) => {
    if (at !== point) return;
    left -= 1;
    if (left === 0) throw new Crash(at);
  };
  expect(await stage.untilRest()).toBe(1);
  stage.reached = () => {};
  await stage.expectWhole();
  expect(stage.factsOf("PartRepairBegun")).toHaveLength(before);
}

/** Does it to what was filled: it is there again. */
export async function mend(stage: FillStage, statementsOf: Doing): Promise<void> {
  const before = stage.factsOf("PartRepairBegun").length;
  for (const query of statementsOf("m0")) await stage.columns.client.command({ query });
  await stage.untilRest();
  expect(stage.factsOf("PartRepairBegun").length).toBeGreaterThan(before);
  await stage.expectWhole();
}

/** Does it to a part while that is filled: it is made again, and then filled. */
export async function mendMeanwhile(stage: FillStage, statementsOf: Doing): Promise<void> {
  const before = stage.factsOf("PartRepairBegun").length;
  const { meter } = stage.ask();
  let left = 1;
  stage.afterwards = async (each) => {
    if (each !== "buildRollups" || (left -= 1) < 0) return;
    for (const query of statementsOf(meter)) await stage.columns.client.command({ query });
  };
  await stage.untilRest();
  stage.afterwards = async () => {};
  expect(stage.factsOf("PartRepairBegun").length).toBeGreaterThan(before);
  await stage.expectWhole();
}
