import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatTime,
  MICROS_PER_HOUR,
  monthOf,
  nextMonth,
  parseTime,
  slotOf,
} from "@tallybook/periods";

const time = fc.integer({
  min: parseTime("1900-01-01T00:00:00Z") ?? NaN,
  max: parseTime("2105-12-31T23:59:59.999999Z") ?? NaN,
});

describe("times", () => {
  const table = `
    2023-11-16T18:17:03.9799600Z       2023-11-16T18:17:03.97996Z
    2023-11-16T18:17:03Z               2023-11-16T18:17:03Z
    2023-11-16t18:17:03.000z           2023-11-16T18:17:03Z
    2023-11-16T18:17:03.1234569+00:00  2023-11-16T18:17:03.123456Z
    2023-11-01T01:30:00+02:00          2023-10-31T23:30:00Z
    2023-12-31T23:30:00-00:30          2024-01-01T00:00:00Z
    1969-12-31T23:59:59.9999999Z       1969-12-31T23:59:59.999999Z
    2024-02-29T00:00:00Z               2024-02-29T00:00:00Z
    2023-02-29T00:00:00Z               -
    2023-13-01T00:00:00Z               -
    2023-00-01T00:00:00Z               -
    2023-11-00T00:00:00Z               -
    2023-11-16T24:00:00Z               -
    2023-11-16T23:60:00Z               -
    2016-12-31T23:59:60Z               -
    2023-11-16T18:17:03+24:00          -
    2023-11-16T18:17:03                -
    2023-11-16 18:17:03Z               -
    2023-11-16T18:17Z                  -
    2023-11-16                         -
    0050-01-01T00:00:00Z               -
    1899-12-31T23:59:59Z               -
    2106-01-01T00:00:00Z               -
    now                                -`;

  test.each(rows(table))("%s → %s", (text = "", expected) => {
    const read = parseTime(text);
    expect(read === undefined ? "-" : formatTime(read)).toBe(expected);
  });

  test("what is written is read again", () => {
    fc.assert(
      fc.property(time, (at) => {
        expect(parseTime(formatTime(at))).toBe(at);
      }),
    );
  });
});

describe("periods", () => {
  test("a month holds its time and runs from one month start to the next", () => {
    fc.assert(
      fc.property(time, (at) => {
        const month = monthOf(at);
        expect(month.from <= at && at < month.to).toBe(true);
        expect(monthOf(month.from)).toEqual(month);
        expect(monthOf(month.to - 1)).toEqual(month);
        expect(nextMonth(month).from).toBe(month.to);
      }),
    );
  });

  test("a slot is a whole hour of one month", () => {
    fc.assert(
      fc.property(time, (at) => {
        const slot = slotOf(at);
        expect(slot <= at && at < slot + MICROS_PER_HOUR).toBe(true);
        expect(slotOf(slot + MICROS_PER_HOUR - 1)).toBe(slot);
        expect(monthOf(slot)).toEqual(monthOf(at));
      }),
    );
  });

  test("February of a leap year", () => {
    const { from, to } = monthOf(parseTime("2024-02-29T12:00:00Z") ?? NaN);
    expect([from, to].map(formatTime)).toEqual(["2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"]);
  });
});

function rows(table: string): string[][] {
  return table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s{2,}/));
}
