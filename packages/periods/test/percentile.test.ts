import { decimal, toText } from "@tallybook/money";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { percentile, type PercentileSpec } from "@tallybook/periods";
import { anyTime } from "./calendars.ts";
import { at, period, rows } from "./times.ts";

const fiveMinutes = 300_000_000;
const p95: PercentileSpec = { percent: decimal("95"), sample: fiveMinutes, combining: "max" };

/** A reading for each sample from the beginning on; `-` is a sample without one. */
function readings(from: number, values: readonly string[]) {
  return values.flatMap((value, index) =>
    value === "-" ? [] : [{ time: from + index * fiveMinutes, value: decimal(value) }],
  );
}

describe("a percentile by nearest rank", () => {
  const table = `
    95    5 1 4 2 3      5
    50    5 1 4 2 3      3
    40    5 1 4 2 3      2
    40.1  5 1 4 2 3      3
    100   5 1 4 2 3      5
    0.1   5 1 4 2 3      1
    50    - - - 9 8      0
    80    - - - 9 8      8
    60    -4 - -2 - 7    0
    40    -4 - -2 - 7    -2
    20    -4 - -2 - 7    -4
    55    - - - - -      0`;

  test.each(rows(table))("the %sth of [%s] is %s", (percent = "", values = "", expected) => {
    const { from } = period("2024-02-01", "2024-03-01");
    const list = values.split(" ");
    const found = percentile({ ...p95, percent: decimal(percent) }, readings(from, list), {
      from,
      to: from + list.length * fiveMinutes,
    });
    expect(toText(found.value)).toBe(expected);
  });

  test("February 2024 has 8,352 samples; its 95th percentile leaves out the 417 highest", () => {
    const february = period("2024-02-01", "2024-03-01");
    const bursts = (count: number) =>
      percentile(p95, readings(february.from, Array<string>(count).fill("1000")), february);
    expect(bursts(417)).toMatchObject({ samples: 8_352, rank: 7_935 });
    expect(toText(bursts(417).value)).toBe("0");
    expect(toText(bursts(418).value)).toBe("1000");
  });

  test("places are counted by decimals and not by doubles", () => {
    // 0.55 × 100 is 55.00000000000001 in doubles; 99.9 % of 3,000 is 2,997 and 99.91 % of 10,000 is 9,991.
    const rank = (percent: string, samples: number) =>
      percentile({ ...p95, percent: decimal(percent) }, [], {
        from: 0,
        to: samples * fiveMinutes,
      }).rank;
    expect([rank("55", 100), rank("99.9", 3_000), rank("99.91", 10_000)]).toEqual([
      55, 2_997, 9_991,
    ]);
    expect(rank("99.90000001", 3_000)).toBe(2_998);
  });

  test.each([
    ["sum", "18"],
    ["max", "7"],
    ["latest", "6"],
  ] as const)("several readings of one sample, %s: %s", (combining, expected) => {
    const hour = { from: at("2024-02-01T10:00:00Z"), to: at("2024-02-01T10:05:00Z") };
    const list = [
      { time: hour.from + 200, value: decimal("5") },
      { time: hour.from + 100, value: decimal("7") },
      { time: hour.from + 200, value: decimal("6") },
    ];
    expect(toText(percentile({ ...p95, combining }, list, hour).value)).toBe(expected);
  });

  test("a sample belongs to the period that holds its beginning, whenever periods begin", () => {
    const begin = at("2024-01-15T14:37:12Z");
    const end = at("2024-02-15T14:37:12Z");
    const last = at("2024-02-15T14:38:00Z");
    const list = [{ time: last, value: decimal("9") }];
    const whole = { ...p95, percent: decimal("100") };
    // The sample from 14:35 to 14:40 began before the period did, and ends after the next one began.
    expect(toText(percentile(whole, list, { from: begin, to: end }).value)).toBe("9");
    expect(
      toText(percentile(whole, list, { from: end, to: at("2024-03-15T14:37:12Z") }).value),
    ).toBe("0");
  });

  test("consecutive periods share out every sample once", () => {
    const time = fc.integer({ min: at("2024-01-01"), max: at("2024-02-01") });
    fc.assert(
      fc.property(fc.tuple(time, time, time), (times) => {
        const [from = 0, middle = 0, to = 0] = times.toSorted((a, b) => a - b);
        const count = (part: { from: number; to: number }) => percentile(p95, [], part).samples;
        expect(count({ from, to: middle }) + count({ from: middle, to })).toBe(count({ from, to }));
      }),
    );
  });

  test("it is what a list of every sample, sorted, has at that place", () => {
    const values = fc.array(fc.option(fc.integer({ min: -50, max: 50 })), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), anyTime, (list, percent, time) => {
        const begin = time - (((time % fiveMinutes) + fiveMinutes) % fiveMinutes);
        const ascending = list.map((value) => value ?? 0).toSorted((a, b) => a - b);
        const place = Math.ceil((percent * list.length) / 100);
        const found = percentile(
          { ...p95, percent: decimal(String(percent)) },
          readings(
            begin,
            list.map((value) => (value === null ? "-" : String(value))),
          ),
          { from: begin, to: begin + list.length * fiveMinutes },
        );
        expect(toText(found.value)).toBe(String(ascending[place - 1]));
      }),
    );
  });

  test("no samples, no value; a percent or a sample that cannot be is refused", () => {
    const nothing = { from: at("2024-02-01T10:01:00Z"), to: at("2024-02-01T10:02:00Z") };
    expect(percentile(p95, [], nothing)).toEqual({ value: decimal("0"), samples: 0, rank: 0 });
    for (const wrong of [
      { percent: decimal("0") },
      { percent: decimal("100.1") },
      { sample: 0 },
      { sample: 0.5 },
    ])
      expect(() => percentile({ ...p95, ...wrong }, [], nothing)).toThrow(Object.keys(wrong)[0]);
  });
});
