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
import { expect, test } from "vitest";

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
  world.opened[cut] = { time: at(time), complete };
}
