import { add, compareRatios, decimal, ratio, roundHalfUp, toText } from "@tallybook/money";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { heldByChanges, heldByLevels } from "@tallybook/periods";
import { at, period } from "./times.ts";

const april = period("2023-04-01", "2023-05-01");

describe("what is held over a period", () => {
  test("carries on what was held before, and weighs each value by its time", () => {
    const { weighted, closing, value_seconds } = heldByChanges(
      decimal("2500"),
      [
        { time: at("2023-04-06"), delta: decimal("-200") },
        { time: at("2023-04-04"), delta: decimal("-2000") },
      ],
      april,
    );
    // (2500 × 3 + 500 × 2 + 300 × 25) ÷ 30 days
    expect(toText(roundHalfUp(weighted, 10))).toBe("533.3333333333");
    expect(toText(value_seconds)).toBe(String(16_000 * 86_400));
    expect(toText(closing)).toBe("300");
  });

  test("GPU-minutes: four GPUs for an hour and a half, and one for 12.5 seconds more", () => {
    const { value_seconds } = heldByLevels(
      decimal("0"),
      [
        { time: at("2023-04-10T10:00:00Z"), level: decimal("4") },
        { time: at("2023-04-10T11:30:00Z"), level: decimal("1") },
        { time: at("2023-04-10T11:30:12.5Z"), level: decimal("0") },
      ],
      april,
    );
    expect(toText(value_seconds)).toBe("21612.5");
    expect(toText(roundHalfUp(ratio(value_seconds, decimal("60")), 4))).toBe("360.2083");
  });

  test("of levels at one time the last counts; changes at one time add up", () => {
    const time = at("2023-04-16");
    const levels = ["7", "2"].map((level) => ({ time, level: decimal(level) }));
    expect(toText(heldByLevels(decimal("0"), levels, april).closing)).toBe("2");
    const changes = ["7", "2"].map((delta) => ({ time, delta: decimal(delta) }));
    expect(toText(heldByChanges(decimal("0"), changes, april).closing)).toBe("9");
  });

  test("what came before the period is what it begins with; what comes at its end is the next one's", () => {
    const changes = [
      { time: at("2023-03-05"), delta: decimal("6") },
      { time: april.from, delta: decimal("1") },
      { time: april.to, delta: decimal("100") },
    ];
    const { weighted, closing } = heldByChanges(decimal("3"), changes, april);
    expect(toText(roundHalfUp(weighted, 2))).toBe("10");
    expect(toText(closing)).toBe("10");
  });

  test("an empty period is refused", () => {
    expect(() => heldByChanges(decimal("1"), [], period("2023-04-01", "2023-04-01"))).toThrow(
      RangeError,
    );
  });

  test("a period that is split anywhere, carrying on, comes to the same", () => {
    const offset = fc.integer({ min: 0, max: april.to - april.from - 1 });
    const change = fc.record({
      time: offset.map((after) => april.from + after),
      delta: fc.integer({ min: -9_999, max: 9_999 }).map((cents) => decimal(String(cents / 100))),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), offset, (changes, after) => {
        fc.pre(after > 0);
        const middle = april.from + after;
        const whole = heldByChanges(decimal("5"), changes, april);
        const first = heldByChanges(decimal("5"), changes, { from: april.from, to: middle });
        const second = heldByChanges(
          first.closing,
          changes.filter(({ time }) => time >= middle),
          { from: middle, to: april.to },
        );
        expect(toText(add(first.value_seconds, second.value_seconds))).toBe(
          toText(whole.value_seconds),
        );
        expect(toText(second.closing)).toBe(toText(whole.closing));
        const seconds = decimal(String(30 * 86_400));
        expect(compareRatios(whole.weighted, ratio(whole.value_seconds, seconds))).toBe(0);
      }),
    );
  });
});
