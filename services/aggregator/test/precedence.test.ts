import { expect, test } from "vitest";

import { usageFirst } from "../src/mirror/precedence.ts";

function whereCutsWait() {
  const state = { waiting: 0, ms: 0 };
  const isUsageFirst = usageFirst({ cutsWaiting: () => state.waiting, now: () => state.ms });
  return { state, isUsageFirst };
}

test("analysts are served beside usage while a cut or two wait", () => {
  const { state, isUsageFirst } = whereCutsWait();
  for (const waiting of [0, 1, 2]) {
    state.waiting = waiting;
    expect(isUsageFirst()).toBe(false);
  }
});

test("while more cuts wait usage goes first, and analysts after it", () => {
  const { state, isUsageFirst } = whereCutsWait();
  state.waiting = 97;
  expect(isUsageFirst()).toBe(true);
  state.ms = 59_999;
  expect(isUsageFirst()).toBe(true);
  state.waiting = 2;
  expect(isUsageFirst()).toBe(false);
});

test("where cuts wait for long analysts are served, and usage goes first again once it was caught up with", () => {
  const { state, isUsageFirst } = whereCutsWait();
  state.waiting = 3;
  isUsageFirst();
  state.ms = 60_000;
  expect(isUsageFirst()).toBe(false);
  state.waiting = 0;
  isUsageFirst();
  state.waiting = 3;
  expect(isUsageFirst()).toBe(true);
});
