import { describe, expect, test } from "vitest";

import { createInsertPace } from "../src/pace.ts";

function paceAt(isOpen: boolean) {
  const clock = { ms: 0 };
  return { clock, pace: createInsertPace(isOpen, () => clock.ms) };
}

describe("where inserts end", () => {
  test("what comes after a pause ends its insert at once", () => {
    const { pace } = paceAt(false);
    expect(pace.endsBehind(1)).toBe(true);
  });

  test("a trickle is gathered for a second", () => {
    const { pace, clock } = paceAt(false);
    expect(pace.endsBehind(1)).toBe(true);
    pace.ended();
    const ends = Array.from({ length: 10 }, () => {
      clock.ms += 200;
      const isEnd = pace.endsBehind(20);
      if (isEnd) pace.ended();
      return isEnd;
    });
    expect(ends).toEqual([false, false, false, false, true, false, false, false, false, true]);
  });

  test("what is worth an insert ends one whenever it comes", () => {
    const { pace } = paceAt(false);
    expect(pace.endsBehind(10)).toBe(true);
    pace.ended();
    expect(pace.endsBehind(1_999)).toBe(false);
    expect(pace.endsBehind(1)).toBe(true);
  });

  test("the last of a trickle is overdue after a second, though nothing more comes", () => {
    const { pace, clock } = paceAt(false);
    pace.endsBehind(1);
    pace.ended();
    clock.ms = 500;
    expect(pace.endsBehind(1)).toBe(false);
    expect(pace.isOverdue()).toBe(false);
    clock.ms = 1_000;
    expect(pace.isOverdue()).toBe(true);
    pace.ended();
    expect(pace.isOverdue()).toBe(false);
  });

  test("what a predecessor left open is overdue at once", () => {
    expect(paceAt(true).pace.isOverdue()).toBe(true);
  });

  test("nothing that counts needs no insert", () => {
    const { pace } = paceAt(false);
    expect(pace.endsBehind(0)).toBe(false);
    expect(pace.isOverdue()).toBe(false);
  });
});
