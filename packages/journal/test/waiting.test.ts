import {
  at,
  customer,
  fee,
  perUnit,
  plan,
  row,
  settings,
  subscription,
} from "@tallybook/testkit/facts";
import type { CatalogFact } from "@tallybook/catalog";
import { fillName } from "@tallybook/usage";
import type { Fill } from "@tallybook/usage";
import { describe, expect, test } from "vitest";

import { waitingCutsMax } from "../src/index.ts";
import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

test("a month waits for the first cut at which every spool was empty, and is then rated with what came meanwhile", () => {
  const world = developer();
  open(world, 0, "2023-12-01T01:00", false);
  expect(world.step(0, "2023-12-01T01:00")).toEqual([]);
  open(world, 1, "2023-12-01T01:00", false);
  expect(world.step(1, "2023-12-01T01:00")).toEqual([]);
  world.use(row(2, "acme", "tokens", "2023-11-30T23:00", "4"));
  open(world, 2, "2023-12-01T01:00", true);
  const posted = world.step(2, "2023-12-01T01:00");
  expect(posted.map(({ transaction_kind: kind }) => kind)).toEqual(["fee", "usage"]);
  expect(posted[1]?.evidence.quantity).toBe("4");
});

test("incomplete cuts before the month was due do not count as waiting", () => {
  const world = developer();
  for (let cut = 0; cut < 30; cut += 1) {
    open(world, cut, "2023-12-01T00:59", false);
    expect(world.step(cut, "2023-12-01T00:59")).toEqual([]);
  }
  open(world, 30, "2023-12-01T01:00", false);
  expect(world.step(30, "2023-12-01T01:00")).toEqual([]);
});

test("after so many cuts in a row it is rated with what is there, and what comes later is an adjustment", () => {
  const world = developer();
  for (let cut = 0; cut < waitingCutsMax; cut += 1) {
    open(world, cut, "2023-12-01T01:00", false);
    expect(world.step(cut, "2023-12-01T01:00")).toEqual([]);
  }
  open(world, waitingCutsMax, "2023-12-02T01:00", false);
  expect(world.step(waitingCutsMax, "2023-12-02T01:00")).toHaveLength(2);
  const late = waitingCutsMax + 1;
  world.use(row(late, "acme", "tokens", "2023-11-30T23:00", "4"));
  open(world, late, "2023-12-02T02:00", false);
  expect(world.step(late, "2023-12-02T02:00").map((each) => each.transaction_kind)).toEqual([
    "adjustment",
  ]);
});

describe("a month whose plan prices a meter that is being filled", () => {
  const history: CatalogFact = {
    kind: "MeterFillRequested",
    tenant: "default",
    recorded_at: 0,
    actor: "system",
    meter: "tokens",
    version: 1,
  };
  function filled(cut: number | null): Fill {
    const nothing = { parts: new Map(), ended: new Set<number>() };
    return { tenant: "default", meter: "tokens", version: 1, last_cut: 0, ...nothing, cut };
  }

  test("waits for the cut from which on it is known", () => {
    const world = developer();
    world.tell(history);
    for (const [cut, known] of [null, null, 3].entries()) {
      if (cut > 0) world.fills.set(fillName(filled(known)), filled(known));
      open(world, cut, "2023-12-01T01:00", true);
      expect(world.step(cut, "2023-12-01T01:00")).toEqual([]);
    }
    open(world, 3, "2023-12-01T01:00", true);
    expect(world.step(3, "2023-12-01T01:00")).toHaveLength(2);
  });

  test("waits for so many cuts after it was due and asked for, and no more", () => {
    const world = developer();
    // Long due, and asked for late.
    for (let cut = 0; cut < 40; cut += 1) {
      world.opened[cut] = { time: at("2023-12-01T01:00"), complete: true, catalog_offset: 4 };
    }
    world.tell(history);
    for (let cut = 40; cut < 40 + waitingCutsMax; cut += 1) {
      open(world, cut, "2023-12-01T01:00", true);
      expect(world.step(cut, "2023-12-01T01:00")).toEqual([]);
    }
    const late = 40 + waitingCutsMax;
    open(world, late, "2023-12-02T01:00", true);
    expect(world.step(late, "2023-12-02T01:00")).toHaveLength(2);
  });

  test("does not wait for a meter that its plan does not price, nor for another tenant's", () => {
    const world = developer();
    world.tell({ ...history, meter: "calls" }, { ...history, tenant: "other" });
    open(world, 0, "2023-12-01T01:00", true);
    expect(world.step(0, "2023-12-01T01:00")).toHaveLength(2);
  });
});

function developer(): World {
  const world = newWorld();
  world.tell(
    settings(3_600),
    customer("acme"),
    plan("dev", [fee("monthly", "20"), perUnit("input", "tokens", "0.5")]),
    subscription("s1", "acme", "dev", "2023-11-01"),
  );
  return world;
}

function open(world: World, cut: number, time: string, complete: boolean): void {
  world.opened[cut] = { time: at(time), complete, catalog_offset: 9 };
}
