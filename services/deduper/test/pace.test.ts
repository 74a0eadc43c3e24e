import { describe, expect, test } from "vitest";

import { createInsertPace } from "../src/pace.ts";

function paceAt(isOpen: boolean, closed = 7) {
  const clock = { ms: 0 };
  return {
    clock,
    pace: createInsertPace({ isOpen, now: () => clock.ms, cutsClosed: () => closed }),
  };
}

describe("where inserts end", () => {
  test("what comes after a pause ends its insert at once", () => {
    const { pace } = paceAt(false);
    expect(pace.endsBehind(1, 7)).toBe(true);
  });

  test("a trickle is gathered for a second", () => {
    const { pace, clock } = paceAt(false);
    expect(pace.endsBehind(1, 7)).toBe(true);
    pace.ended();
    const ends = Array.from({ length: 10 }, () => {
      clock.ms += 200;
      const isEnd = pace.endsBehind(20, 7);
      if (isEnd) pace.ended();
      return isEnd;
    });
    expect(ends).toEqual([false, false, false, false, true, false, false, false, false, true]);
  });

  test("what is worth an insert ends one whenever it comes", () => {
    const { pace } = paceAt(false);
    expect(pace.endsBehind(10, 7)).toBe(true);
    pace.ended();
    expect(pace.endsBehind(7_999, 7)).toBe(false);
    expect(pace.endsBehind(1, 7)).toBe(true);
  });

  test("the last of a trickle is overdue after a second, though nothing more comes", () => {
    const { pace, clock } = paceAt(false);
    pace.endsBehind(1, 7);
    pace.ended();
    clock.ms = 500;
    expect(pace.endsBehind(1, 7)).toBe(false);
    expect(pace.isOverdue(7)).toBe(false);
    clock.ms = 1_000;
    expect(pace.isOverdue(7)).toBe(true);
    pace.ended();
    expect(pace.isOverdue(7)).toBe(false);
  });

  test("where ClickHouse is three cuts behind, a trickle is gathered for five seconds", () => {
    for (const [closed, endsAt] of [
      [5, 1_000],
      [4, 5_000],
    ] as const) {
      const { pace, clock } = paceAt(false, closed);
      pace.endsBehind(1, 7);
      pace.ended();
      clock.ms = endsAt - 1;
      expect(pace.endsBehind(1, 7)).toBe(false);
      expect(pace.isOverdue(7)).toBe(false);
      clock.ms = endsAt;
      expect(pace.isOverdue(7)).toBe(true);
      expect(pace.endsBehind(7_998, 7)).toBe(true);
    }
  });

  test("what a predecessor left open is overdue at once", () => {
    expect(paceAt(true).pace.isOverdue(7)).toBe(true);
  });

  test("nothing that counts needs no insert", () => {
    const { pace } = paceAt(false);
    expect(pace.endsBehind(0, 7)).toBe(false);
    expect(pace.isOverdue(7)).toBe(false);
  });
});
