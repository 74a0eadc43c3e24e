import { expect, test } from "vitest";

import { tendNames } from "../src/mirror/names.ts";

/** Names in a ClickHouse that can fail, and a clock that a test sets. */
function stage() {
  const state = {
    time: 0,
    done: [] as string[],
    failing: undefined as string | undefined,
    isThere: true,
    told: [] as string[],
  };
  const doing = (what: string) => async () => {
    if (state.failing !== undefined) throw new Error(state.failing);
    state.done.push(`${what} at ${state.time}`);
  };
  const names = tendNames({
    mirror: {
      makeNames: doing("made"),
      reloadNames: doing("read"),
      hasNames: async () => state.isThere,
    },
    now: () => state.time,
    everyMs: 2_000,
    failed: ({ message }) => state.told.push(message),
  });
  return { state, names };
}

test("names are made once, and read again where the catalog has changed, every two seconds at most", async () => {
  const { state, names } = stage();
  await names.turn();
  await names.turn();
  expect(state.done).toEqual(["made at 0"]);
  // The catalog changes ten times a second, for ten seconds, and then no more.
  for (state.time = 100; state.time <= 10_000; state.time += 100) {
    names.outdated();
    await names.turn();
  }
  for (; state.time <= 20_000; state.time += 100) await names.turn();
  const read = [2_000, 4_000, 6_000, 8_000, 10_000];
  expect(state.done.slice(1)).toEqual(read.map((time) => `read at ${time}`));
});

test("what cannot be read is made anew, and the reason is told once", async () => {
  const { state, names } = stage();
  await names.turn();
  state.failing = "no";
  names.outdated();
  for (state.time = 2_000; state.time < 8_000; state.time += 500) await names.turn();
  expect(state.told).toEqual(["no"]);
  state.failing = undefined;
  await names.turn();
  expect(state.done).toEqual(["made at 0", "made at 8000"]);
  // It is told again when it happens again.
  state.failing = "no";
  names.outdated();
  state.time = 10_000;
  await names.turn();
  expect(state.told).toEqual(["no", "no"]);
});

test("what somebody dropped is made again without a change of the catalog", async () => {
  const { state, names } = stage();
  await names.turn();
  state.time = 5_000;
  await names.look();
  await names.turn();
  expect(state.done).toEqual(["made at 0"]);
  state.isThere = false;
  await names.look();
  await names.turn();
  expect(state.done).toEqual(["made at 0", "made at 5000"]);
});
