import { createCutsFold, noCuts, noFills } from "@tallybook/usage";
import type { Cuts, PartCompared, PartRepair } from "@tallybook/usage";
import { expect, test } from "vitest";
import { createTornCheck } from "../src/usage/whole.ts";

/** Cuts from 0 on in one partition, each with so many rollups of the tenant. */
function cutsOf(rollups: readonly number[], repairs: Cuts["repairs"] = new Map()): Cuts {
  const parts = rollups.map((rows) => {
    const tenants = [
      { tenant: "t", rollups: rows },
      { tenant: "other", rollups: 1_000 },
    ];
    return new Map([[0, { partition: 0, cut: 0, tenants } as unknown as PartCompared]]);
  });
  return {
    ...createCutsFold()(noCuts, { kind: "CutPlaced", cut: 0 }),
    parts,
    repairs,
    fills: noFills,
  };
}

function checkOf(found: number, cuts: Cuts) {
  return createTornCheck({ countRollups: async () => found }, async () => cuts);
}

test("as many rollups as the parts say are all there is, also when more cuts close", async () => {
  let found = 5;
  const cuts = cutsOf([2, 3, 7]);
  const tornIn = createTornCheck({ countRollups: async () => found }, async () => cuts);
  expect(await tornIn("t", cuts, 1)).toEqual([]);
  found = 12;
  expect(await tornIn("t", cuts, 2)).toEqual([]);
});

test("rows that are missing are told", async () => {
  const cuts = cutsOf([2, 3]);
  expect(await checkOf(4, cuts)("t", cuts, 1)).toEqual([
    "ClickHouse has 4 of the 5 rollups of closed cuts",
  ]);
});

test("a repair that is under way is told, whatever is counted", async () => {
  const begun = { cut: 1, partition: 0 } as PartRepair["begun"];
  const cuts = cutsOf([2, 3], new Map([["1/0", { begun, isDone: false }]]));
  expect(await checkOf(5, cuts)("t", cuts, 1)).toEqual(["cut 1 of partition 0 is made again"]);
  const done = cutsOf([2, 3], new Map([["1/0", { begun, isDone: true }]]));
  expect(await checkOf(5, done)("t", done, 1)).toEqual([]);
});

test("before the first cut closes there is nothing to count", async () => {
  const cuts = cutsOf([]);
  expect(await checkOf(Number.NaN, cuts)("t", cuts, -1)).toEqual([]);
});
