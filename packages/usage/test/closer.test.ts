import { describe, expect, test } from "vitest";

import { createCutsFold, decideCut, noCuts } from "../src/index.ts";
import type { CutFact, Cuts } from "../src/index.ts";

const deployment: CutFact = {
  kind: "DeploymentMade",
  generation: 1,
  partitions: 2,
  public_key: Buffer.alloc(1),
  made_at: 0,
};

function opened(cut: number, catalog_offset: number): CutFact {
  return { kind: "CutOpened", cut, time: cut * 100, catalog_offset, spools: [], complete: true };
}

function placed(cut: number): CutFact {
  return { kind: "CutPlaced", cut };
}

function part(cut: number, partition: number): CutFact {
  const digest = Buffer.alloc(32, cut * 2 + partition);
  return {
    kind: "PartCompared",
    cut,
    partition,
    end_offset: 0,
    raw_end_offset: 0,
    repair: 0,
    tenants: [],
    digest,
    merkle_root: null,
  };
}

function fold(...facts: CutFact[]): Cuts {
  const evolve = createCutsFold();
  return facts.reduce(evolve, noCuts);
}

const quiet = { asking: [], catalog_offset: 9 };

describe("the closer's next order", () => {
  test.each([
    ["opens cut 0 of a new deployment", fold(deployment), quiet, false, "openCut 0 up to 9"],
    [
      "places what is opened before all else",
      fold(deployment, opened(0, 3)),
      { asking: [{ offset: 5, advancesClock: true }], catalog_offset: 9 },
      true,
      "placeBarriers 0",
    ],
    [
      "waits for parts",
      fold(deployment, opened(0, 3), placed(0), part(0, 0)),
      quiet,
      false,
      "wait",
    ],
    [
      "closes a cut whose parts are there",
      fold(deployment, opened(0, 3), placed(0), part(0, 1), part(0, 0)),
      quiet,
      false,
      "closeCut 0",
    ],
    [
      "closes cuts in order",
      fold(deployment, opened(0, 3), placed(0), opened(1, 4), placed(1), part(1, 0), part(1, 1)),
      quiet,
      false,
      "wait",
    ],
    [
      "does not wait for parts to open the next",
      fold(deployment, opened(0, 3), placed(0)),
      quiet,
      true,
      "openCut 1 up to 9",
    ],
    [
      "serves all requests below the catalog's end in one cut",
      fold(deployment, opened(0, 3), placed(0)),
      {
        asking: [
          { offset: 4, advancesClock: false },
          { offset: 6, advancesClock: true },
        ],
        catalog_offset: 9,
      },
      false,
      "openCut 1 up to 9",
    ],
    [
      "but one advance of the clock is one cut",
      fold(deployment, opened(0, 3), placed(0)),
      {
        asking: [
          { offset: 4, advancesClock: true },
          { offset: 6, advancesClock: true },
        ],
        catalog_offset: 9,
      },
      false,
      "openCut 1 up to 5",
    ],
    [
      "a request that was served asks no more",
      fold(deployment, opened(0, 3), placed(0)),
      { asking: [{ offset: 2, advancesClock: true }], catalog_offset: 9 },
      false,
      "wait",
    ],
  ])("%s", (_, cuts, requests, due, expected) => {
    const order = decideCut(cuts, requests, due);
    const shown = {
      openCut: () =>
        order.kind === "openCut" && `openCut ${order.cut} up to ${order.catalog_offset}`,
      placeBarriers: () => order.kind === "placeBarriers" && `placeBarriers ${order.opened.cut}`,
      closeCut: () => order.kind === "closeCut" && `closeCut ${order.closed.cut}`,
      wait: () => "wait",
    }[order.kind]();
    expect(shown).toBe(expected);
  });

  test("a part that is repeated counts once, and a missing number is an error", () => {
    expect(fold(deployment, opened(0, 3), part(0, 0), part(0, 0)).parts[0]?.size).toBe(1);
    expect(() => fold(deployment, opened(0, 3), opened(2, 3))).toThrow(
      "cut 2 is opened after cut 0: a number is missing on cuts",
    );
  });
});
