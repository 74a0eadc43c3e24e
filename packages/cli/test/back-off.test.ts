import { expect, test } from "vitest";
import { createBackOff } from "../src/up/back-off.ts";

const killed = { code: null, signal: "SIGKILL" } as const;
const fenced = { code: 3, signal: null };
const stalled = { code: 4, signal: null };

function waits(count: number, wait: () => number): number[] {
  return Array.from({ length: count }, wait);
}

test("what dies is started again at once, then ever later, and at once again after five seconds of work", () => {
  const backOff = createBackOff();
  expect(waits(7, () => backOff.after(killed, 100))).toEqual([
    200, 400, 800, 1_600, 3_200, 5_000, 5_000,
  ]);
  expect(backOff.after({ code: 1, signal: null }, 4_999)).toBe(5_000);
  expect(backOff.after({ code: 1, signal: null }, 5_000)).toBe(200);
});

test("two that fence each other in turns leave each other minutes in the end", () => {
  const [one, other] = [createBackOff(), createBackOff()];
  let ranMs = 0;
  const rounds = waits(12, () => {
    ranMs = other.after(fenced, one.after(fenced, ranMs));
    return ranMs;
  });
  expect(rounds[0]).toBe(2_000);
  expect(rounds.slice(-3)).toEqual([300_000, 300_000, 300_000]);
});

test("who stalls again and again is started ever later, although each time it ran for half a minute", () => {
  const backOff = createBackOff();
  expect(waits(4, () => backOff.after(stalled, 40_000))).toEqual([200, 400, 800, 1_600]);
  // One that is killed meanwhile is not late for that.
  expect(backOff.after(killed, 40_000)).toBe(200);
  expect(backOff.after(stalled, 600_000)).toBe(200);
});
