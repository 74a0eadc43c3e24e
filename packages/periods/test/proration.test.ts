import { addRatios, compareRatios, decimal, ratio, type Ratio, toText } from "@tallybook/money";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  calendar,
  type CalendarSpec,
  daysBetween,
  formatTime,
  partsBegun,
  type Period,
  periodAt,
  periodsOf,
  prorate,
  type Proration,
  prorations,
} from "@tallybook/periods";
import { anyCalendar, anyTime } from "./calendars.ts";
import { at, period, rows } from "./times.ts";

function monthly(day: number, zone = "UTC"): CalendarSpec {
  return { zone, every: 1, unit: "month", anchor: { kind: "day_of_month", day, month: null } };
}

const inUtc = calendar(monthly(1));

describe("a part of a period, by each convention", () => {
  const table = `
    by_second                  2026-01-01            2026-01-11            2026-01-01  2026-02-01  10/31
    by_second                  2025-01-16            2025-01-31            2025-01-01  2025-01-31  1/2
    by_second                  2024-02-01T00:00:00Z  2024-02-01T00:00:01Z  2024-02-01  2024-03-01  1/2505600
    by_day_end_excluded        2025-01-16            2025-01-31            2025-01-01  2025-01-31  15/30
    by_day_end_excluded        2025-01-16T23:59:59Z  2025-01-31            2025-01-01  2025-01-31  15/30
    by_day_end_excluded        2025-01-30            2025-01-31            2025-01-01  2025-01-31  1/30
    by_day_both_ends_included  2024-03-15            2024-03-31            2024-03-01  2024-03-31  17/31
    by_day_both_ends_included  2024-03-01            2024-03-15            2024-03-01  2024-03-31  15/31
    by_day_used                2024-05-20            2024-06-21            2024-04-15  2024-07-15  32/91
    by_day_used                2024-05-20T14:37:12Z  2024-06-20T00:00:01Z  2024-04-15  2024-07-15  32/91
    by_day_used                2024-02-27            2024-03-01            2024-02-02  2024-03-01  3/28
    by_day_over_interval       2011-02-01            2011-02-13            2011-01-13  2011-02-13  12/31
    by_day_over_interval       2010-07-17            2010-07-25            2010-07-17  2010-08-17  8/31
    by_day_over_interval       2011-02-10            2011-02-28            2011-01-31  2011-02-28  18/31
    by_day_over_interval       2011-02-28            2011-03-10            2011-02-28  2011-03-31  10/28`;

  test.each(rows(table))(
    "%s: %s to %s of %s to %s is %s",
    (convention, from = "", to = "", begin = "", end = "", expected = "") => {
      const part = prorate(convention as Proration, period(from, to), period(begin, end), inUtc);
      expect(as(expected, part)).toBe(expected);
    },
  );

  test("a day of 23 hours is a day by days, and 23 hours by seconds", () => {
    const berlin = calendar(monthly(1, "Europe/Berlin"));
    const march = periodAt(berlin, at("2024-03-10"));
    const day = { from: at("2024-03-30T23:00:00Z"), to: at("2024-03-31T22:00:00Z") };
    expect(as("1/31", prorate("by_day_end_excluded", day, march, berlin))).toBe("1/31");
    expect(as(`23/${31 * 24 - 1}`, prorate("by_second", day, march, berlin))).toBe(
      `23/${31 * 24 - 1}`,
    );
  });

  test("days between two times are those between their dates, before 1970 too", () => {
    fc.assert(
      fc.property(anyTime, anyTime, (from, to) => {
        const date = (time: number) => Date.parse(formatTime(time).slice(0, 10));
        expect(daysBetween({ from, to }, inUtc)).toBe((date(to) - date(from)) / 86_400_000);
      }),
    );
  });

  test("days are those of the customer's zone", () => {
    const kathmandu = calendar(monthly(1, "Asia/Kathmandu"));
    const february = periodAt(kathmandu, at("2024-02-10"));
    // 23:59:59 on the 28th there, and a second later.
    const until = (to: string) => ({ from: february.from, to: at(to) });
    const used = (to: string) => prorate("by_day_used", until(to), february, kathmandu);
    expect(as("28/29", used("2024-02-28T18:15:00Z"))).toBe("28/29");
    expect(as("29/29", used("2024-02-28T18:15:01Z"))).toBe("29/29");
  });

  test.each(prorations)("%s: the whole is 1, and nothing is 0", (convention) => {
    fc.assert(
      fc.property(anyCalendar, anyTime, (spec, time) => {
        const made = calendar(spec);
        const whole = periodAt(made, time);
        expect(as("1/1", prorate(convention, whole, whole, made))).toBe("1/1");
        expect(as("0/1", prorate(convention, { from: time, to: time }, whole, made))).toBe("0/1");
      }),
    );
  });

  test("what is not within its period is refused", () => {
    const whole = period("2024-02-01", "2024-03-01");
    for (const part of [
      period("2024-01-31", "2024-02-02"),
      period("2024-02-20", "2024-03-02"),
      period("2024-02-20", "2024-02-19"),
    ])
      expect(() => prorate("by_second", part, whole, inUtc)).toThrow(RangeError);
  });
});

describe("a period that is split", () => {
  test.each(["by_second", "by_day_end_excluded"] as const)(
    "%s: its parts add up to the whole, wherever it is split",
    (convention) => {
      fc.assert(
        fc.property(
          anyCalendar,
          anyTime,
          fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
          (spec, time, cuts) => {
            const made = calendar(spec);
            const whole = periodAt(made, time);
            fc.pre(daysBetween(whole, made) > 0);
            const bounds = cuts
              .map((cut) => whole.from + Math.floor(cut * (whole.to - whole.from)))
              .concat(whole.from, whole.to)
              .toSorted((a, b) => a - b);
            const parts = bounds
              .slice(1)
              .map((to, index) =>
                prorate(convention, { from: bounds[index] ?? to, to }, whole, made),
              );
            expect(as("1/1", parts.reduce(addRatios))).toBe("1/1");
          },
        ),
        { numRuns: 500 },
      );
    },
  );

  // Each of them counts the day, or the interval, in a way of its own; a price that uses it says so.
  test.each([
    ["by_day_both_ends_included", 1, "2023-03-15", "33/32"], // 15/32 + 18/32
    ["by_day_used", 1, "2023-03-15T14:37:12Z", "32/31"], // 15/31 + 17/31
    ["by_day_over_interval", 31, "2023-03-15", "913/868"], // 15/28 + 16/31
  ] as const)(
    "%s: its parts do not always add up to the whole",
    (convention, day, cut, expected) => {
      const made = calendar(monthly(day));
      const whole = periodAt(made, at(cut));
      const parts = [
        { from: whole.from, to: at(cut) },
        { from: at(cut), to: whole.to },
      ].map((part) => prorate(convention, part, whole, made));
      expect(as(expected, parts.reduce(addRatios))).toBe(expected);
    },
  );

  test("by_day_used: they do where it is split at midnight", () => {
    const whole = period("2024-03-01", "2024-04-01");
    const parts = [period("2024-03-01", "2024-03-15"), period("2024-03-15", "2024-04-01")];
    expect(
      as("1/1", parts.map((part) => prorate("by_day_used", part, whole, inUtc)).reduce(addRatios)),
    ).toBe("1/1");
  });
});

describe("a service in advance", () => {
  const table = `
    13  2011-02-01  -           2011-02-01  12/31
    13  2011-02-01  -           2011-02-13  43/31
    13  2011-02-01  2011-04-13  2011-04-10  74/31
    13  2011-02-01  2011-04-13  2011-05-01  74/31
    13  2011-02-01  2011-02-10  2011-02-05  9/31
    17  2010-06-17  2010-07-25  2010-07-16  1/1
    17  2010-06-17  2010-07-25  2010-07-17  39/31
    17  2010-06-17  2010-06-17  2010-07-17  0/1
    31  2024-01-31  -           2024-04-30  4/1`;

  test.each(rows(table))(
    "by the %sth, from %s to %s: on %s are due %s",
    (day, from = "", to = "", on = "", expected = "") => {
      const made = calendar(monthly(Number(day)));
      const service = { from: at(from), to: to === "-" ? null : at(to) };
      const parts = partsBegun(made, service, at(on));
      expect(as(expected, periodsOf(parts, "by_day_over_interval", made))).toBe(expected);
    },
  );

  test("the parts are the service, piece by piece, each within its period", () => {
    fc.assert(
      fc.property(anyCalendar, anyTime, fc.integer({ min: 1, max: 900 }), (spec, from, days) => {
        const to = from + days * 86_400_000_000;
        const parts = partsBegun(calendar(spec), { from, to }, to);
        expect(parts[0]?.part.from).toBe(from);
        expect(parts.at(-1)?.part.to).toBe(to);
        for (const [index, { part, of }] of parts.entries()) {
          if (index > 0) expect(part.from).toBe(parts[index - 1]?.part.to);
          expect(of.from <= part.from && part.from < part.to && part.to <= of.to).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("one that ends before it begins is refused", () => {
    const service = { from: at("2024-02-02"), to: at("2024-02-01") };
    expect(() => partsBegun(inUtc, service, at("2024-03-01"))).toThrow(RangeError);
  });

  test("every part is of the period that holds it", () => {
    const made = calendar(monthly(31, "Asia/Kathmandu"));
    const service = { from: at("2024-02-10T08:52:12Z"), to: null };
    expect(
      partsBegun(made, service, at("2024-03-01")).map(({ part, of }) => [part, of].map(both)),
    ).toEqual([
      ["02-10T08:52:12 … 02-28T18:15:00", "01-30T18:15:00 … 02-28T18:15:00"],
      ["02-28T18:15:00 … 03-30T18:15:00", "02-28T18:15:00 … 03-30T18:15:00"],
    ]);
  });
});

function both({ from, to }: Period): string {
  return [from, to].map((time) => formatTime(time).slice(5, 19)).join(" … ");
}

/** The text where the ratio is what it says, such as `12/31`; else what it is. */
function as(text: string, { num, den }: Ratio): string {
  const [above = "", below = ""] = text.split("/");
  const isSame = compareRatios({ num, den }, ratio(decimal(above), decimal(below))) === 0;
  return isSame ? text : `${toText(num)}/${toText(den)}`;
}
