import { formatTime, MICROS_PER_HOUR, parseTime } from "@tallybook/periods";
import fc from "fast-check";
import { expect, test } from "vitest";
import { windowAround, windowBounds } from "../src/usage/windows.ts";
import type { WindowWord } from "../src/usage/windows.ts";

function at(time: string): number {
  return parseTime(time) ?? Number.NaN;
}

function bounds(word: WindowWord, zone: string, from: string, to: string): string[] | undefined {
  return windowBounds(word, zone, { from: at(from), to: at(to) }, 1_000)?.map(formatTime);
}

test("days are as long as the clocks say, and the first and the last end where the question does", () => {
  expect(bounds("day", "Europe/Berlin", "2024-03-30T12:00:00Z", "2024-04-01T00:00:00Z")).toEqual([
    "2024-03-30T12:00:00Z",
    "2024-03-30T23:00:00Z",
    "2024-03-31T22:00:00Z",
    "2024-04-01T00:00:00Z",
  ]);
});

test("hours begin where the zone's clocks show one", () => {
  expect(bounds("hour", "Asia/Kolkata", "2024-01-01T00:00:00Z", "2024-01-01T02:00:00Z")).toEqual([
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:30:00Z",
    "2024-01-01T01:30:00Z",
    "2024-01-01T02:00:00Z",
  ]);
});

test("months have their length, and none is the whole", () => {
  const [from, to] = ["2024-02-01T00:00:00Z", "2024-04-01T00:00:00Z"];
  expect(bounds("month", "UTC", from, to)).toEqual([from, "2024-03-01T00:00:00Z", to]);
  expect(bounds("none", "UTC", from, to)).toEqual([from, to]);
});

test("a window around a moment is a whole one, whatever the clocks did in it", () => {
  const around = (word: WindowWord, zone: string, time: string) => {
    const { from, to } = windowAround(word, zone, at(time));
    return [formatTime(from), formatTime(to)];
  };
  const berlin = (word: WindowWord, time: string) => around(word, "Europe/Berlin", time);
  expect(berlin("day", "2026-10-25T12:00:00Z")).toEqual([
    "2026-10-24T22:00:00Z",
    "2026-10-25T23:00:00Z",
  ]);
  expect(berlin("month", "2026-10-25T12:00:00Z")).toEqual([
    "2026-09-30T22:00:00Z",
    "2026-10-31T23:00:00Z",
  ]);
  expect(around("hour", "Asia/Kolkata", "2026-10-25T12:10:00Z")).toEqual([
    "2026-10-25T11:30:00Z",
    "2026-10-25T12:30:00Z",
  ]);
  expect(berlin("minute", "2026-10-25T12:00:59.9Z")).toEqual([
    "2026-10-25T12:00:00Z",
    "2026-10-25T12:01:00Z",
  ]);
});

test("more windows than the bound are not made", () => {
  expect(bounds("hour", "UTC", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z")).toBeUndefined();
});

test("bounds ascend from the beginning to the end, whatever the zone", () => {
  const zones = [
    "UTC",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
  ];
  fc.assert(
    fc.property(
      fc.constantFrom<WindowWord>("hour", "day", "month"),
      fc.constantFrom(...zones),
      fc.integer({ min: at("2000-01-01T00:00:00Z"), max: at("2030-01-01T00:00:00Z") }),
      fc.integer({ min: 1, max: 900 * MICROS_PER_HOUR }),
      (word, zone, from, length) => {
        const to = from + length;
        const found = windowBounds(word, zone, { from, to }, 1_000) ?? [];
        expect([found[0], found.at(-1)]).toEqual([from, to]);
        expect(found).toEqual([...new Set(found)].toSorted((a, b) => a - b));
      },
    ),
  );
});
