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

test("two that take twenty seconds to start leave each other minutes as well", () => {
  const startMs = 20_000;
  const [one, other] = [createBackOff(), createBackOff()];
  let ranMs = 0;
  const rounds = waits(12, () => {
    const waitMs = one.after(fenced, ranMs);
    ranMs = other.after(fenced, waitMs + startMs) + startMs;
    return waitMs;
  });
  expect(rounds.slice(-3)).toEqual([300_000, 300_000, 300_000]);
});

test("who is fenced every other minute, and killed in between, is back in seconds each time", () => {
  const backOff = createBackOff();
  const rounds = waits(8, () => {
    expect(backOff.after(killed, 40_000)).toBe(200);
    expect(backOff.after(killed, 40_000)).toBe(200);
    return backOff.after(fenced, 40_000);
  });
  expect(rounds).toEqual(waits(8, () => 2_000));
});

test("who waited for long has to run for four times as long before it is back in seconds", () => {
  const backOff = createBackOff();
  expect(waits(6, () => backOff.after(fenced, 1_000)).at(-1)).toBe(64_000);
  expect(backOff.after(fenced, 255_999)).toBe(128_000);
  expect(backOff.after(fenced, 512_000)).toBe(2_000);
});

test("who stalls again and again is started ever later, although each time it ran for half a minute", () => {
  const backOff = createBackOff();
  expect(waits(4, () => backOff.after(stalled, 40_000))).toEqual([200, 400, 800, 1_600]);
  // One that is killed meanwhile is not late for that.
  expect(backOff.after(killed, 40_000)).toBe(200);
  expect(backOff.after(stalled, 600_000)).toBe(200);
});
