import { serviceNames } from "@tallybook/cli";
import { expect, test } from "vitest";

import { planFaults, visited } from "./plan.ts";
import type { Fault } from "./plan.ts";

const halfAnHour = planFaults(7, 1_800, { wipe: true });
const faults = Object.values(halfAnHour).flatMap((lane) => lane.map(({ fault }) => fault));

test("the same seed gives the same schedule, another one another", () => {
  expect(planFaults(7, 1_800, { wipe: true })).toEqual(halfAnHour);
  expect(planFaults(8, 1_800, { wipe: true })).not.toEqual(halfAnHour);
});

test("every fail point comes before any comes again", () => {
  const points = faults.flatMap((fault) => (fault.kind === "fail point" ? [fault.point] : []));
  expect(new Set(points.slice(0, visited.length))).toEqual(new Set(visited));
});

test("half an hour has more than two hundred kills in it, of every service", () => {
  const kills = faults.reduce((sum, fault) => sum + killsOf(fault), 0);
  expect(kills).toBeGreaterThan(250);
  const killed = faults.flatMap((fault) => (fault.kind === "kill" ? [fault.service] : []));
  expect(new Set(killed)).toEqual(new Set(serviceNames));
});

test("three minutes have a stall of each, both engines down, and cut answers; ClickHouse is wiped only on demand", () => {
  const plan = planFaults(20_231_116, 180, { wipe: false });
  const few = Object.values(plan).flatMap((lane) => lane.map(({ fault }) => fault));
  const stalled = few.flatMap((fault) => (fault.kind === "stall" ? [fault.service] : []));
  expect(new Set(stalled)).toEqual(new Set(["deduper", "aggregator", "rater"]));
  const kinds = new Set(few.map(({ kind }) => kind));
  for (const kind of ["kafka", "clickhouse", "cut inserts"] as const) expect(kinds).toContain(kind);
  expect(kinds).not.toContain("wipe");
});

function killsOf(fault: Fault): number {
  if (fault.kind === "fail point") return 2;
  return fault.kind === "kill" ? 1 : 0;
}
