import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  calendar,
  type CalendarSpec,
  formatTime,
  makeCalendar,
  monthOf,
  nextPeriod,
  periodAt,
  periodsWithin,
  previousPeriod,
  zoneNamed,
} from "@tallybook/periods";
import { anyCalendar, anyTime, spec } from "./calendars.ts";
import { at, period, rows, shown } from "./times.ts";

describe("the period that holds a time", () => {
  const table = `
    1 month with the calendar                            2024-02-29T12:00:00Z   2024-02-01T00:00:00Z … 2024-03-01T00:00:00Z
    3 months with the calendar                           2024-02-29T12:00:00Z   2024-01-01T00:00:00Z … 2024-04-01T00:00:00Z
    1 year with the calendar                             2024-02-29T12:00:00Z   2024-01-01T00:00:00Z … 2025-01-01T00:00:00Z
    2 years with the calendar                            2025-02-28T12:00:00Z   2024-01-01T00:00:00Z … 2026-01-01T00:00:00Z
    1 week with the calendar                             2024-02-29T12:00:00Z   2024-02-26T00:00:00Z … 2024-03-04T00:00:00Z
    1 week on weekday 7                                  2024-02-29T12:00:00Z   2024-02-25T00:00:00Z … 2024-03-03T00:00:00Z
    1 day with the calendar in Asia/Kathmandu            2024-02-29T18:14:59Z   2024-02-28T18:15:00Z … 2024-02-29T18:15:00Z
    1 month with the calendar in Asia/Kathmandu          2024-02-29T18:15:00Z   2024-02-29T18:15:00Z … 2024-03-31T18:15:00Z
    1 month from 2024-01-31                              2024-02-29T00:00:00Z   2024-02-29T00:00:00Z … 2024-03-31T00:00:00Z
    1 month from 2024-01-31                              2024-02-28T23:59:59Z   2024-01-31T00:00:00Z … 2024-02-29T00:00:00Z
    1 month from 2024-01-31                              2023-02-28T00:00:00Z   2023-02-28T00:00:00Z … 2023-03-31T00:00:00Z
    1 month from 2024-01-30                              2023-03-01T00:00:00Z   2023-02-28T00:00:00Z … 2023-03-30T00:00:00Z
    1 month from 2024-01-29                              2024-02-29T00:00:00Z   2024-02-29T00:00:00Z … 2024-03-29T00:00:00Z
    1 month from 2023-02-28                              2023-03-30T00:00:00Z   2023-03-28T00:00:00Z … 2023-04-28T00:00:00Z
    1 month on 31                                        2023-03-30T00:00:00Z   2023-02-28T00:00:00Z … 2023-03-31T00:00:00Z
    3 months on 31 of 2023-02                            2023-05-30T00:00:00Z   2023-02-28T00:00:00Z … 2023-05-31T00:00:00Z
    1 year from 2024-02-29                               2025-02-28T00:00:00Z   2025-02-28T00:00:00Z … 2026-02-28T00:00:00Z
    1 year from 2024-02-29                               2028-02-28T23:59:59Z   2027-02-28T00:00:00Z … 2028-02-29T00:00:00Z
    5 months from 2024-08-31                             2025-06-29T00:00:00Z   2025-01-31T00:00:00Z … 2025-06-30T00:00:00Z
    10 days from 2024-02-25T14:37:12Z                    2024-03-06T14:37:11Z   2024-02-25T14:37:12Z … 2024-03-06T14:37:12Z
    2 weeks from 2024-02-25T14:37:12Z                    2024-02-25T14:37:11Z   2024-02-11T14:37:12Z … 2024-02-25T14:37:12Z
    1 month from 2024-02-15T08:52:12Z in Asia/Kathmandu  2024-03-15T08:52:11Z   2024-02-15T08:52:12Z … 2024-03-15T08:52:12Z
    1 day from 2024-03-30T13:37:12Z in Europe/Berlin     2024-03-31T00:00:00Z   2024-03-30T13:37:12Z … 2024-03-31T12:37:12Z
    1 day with the calendar in Europe/Berlin             2024-10-27T12:00:00Z   2024-10-26T22:00:00Z … 2024-10-27T23:00:00Z
    1 month from 2024-01-31T01:30:00Z in Europe/Berlin   2024-03-31T01:00:00Z   2024-03-31T01:00:00Z … 2024-04-30T00:30:00Z
    1 day with the calendar in America/Sao_Paulo         2018-11-04T12:00:00Z   2018-11-04T03:00:00Z … 2018-11-05T02:00:00Z
    1 day from 2011-12-28 in Pacific/Apia                2011-12-30T09:59:59Z   2011-12-30T00:00:00Z … 2011-12-30T10:00:00Z
    1 day with the calendar in Pacific/Apia              2011-12-30T10:00:00Z   2011-12-30T10:00:00Z … 2011-12-31T10:00:00Z
    1 day from 2024-10-20T00:30:00Z in Europe/Berlin     2024-10-27T00:29:59Z   2024-10-26T00:30:00Z … 2024-10-27T00:30:00Z
    1 day from 2024-10-20T00:30:00Z in Europe/Berlin     2024-10-27T01:15:00Z   2024-10-27T00:30:00Z … 2024-10-28T01:30:00Z
    1 day from 2024-10-27T01:30:00Z in Europe/Berlin     2024-10-27T00:45:00Z   2024-10-26T00:30:00Z … 2024-10-27T01:30:00Z
    1 month with the calendar in Africa/Monrovia         1972-01-07T00:44:30Z   1972-01-01T00:44:30Z … 1972-02-01T00:00:00Z`;

  test.each(rows(table))("%s, at %s: %s", (text = "", time = "", expected) => {
    expect(shown(periodAt(calendar(spec(text)), at(time)))).toBe(expected);
  });
});

describe("periods one after the other", () => {
  test("from the 31st: they clamp to the month, and come back", () => {
    const monthly = calendar(spec("1 month from 2023-01-31T14:37:12Z"));
    expect(
      periodsWithin(monthly, period("2023-01-31T14:37:12Z", "2023-07-31T14:37:12Z")).map(({ to }) =>
        formatTime(to).slice(5, 19),
      ),
    ).toEqual([
      "02-28T14:37:12",
      "03-31T14:37:12",
      "04-30T14:37:12",
      "05-31T14:37:12",
      "06-30T14:37:12",
      "07-31T14:37:12",
    ]);
  });

  test("an anniversary in the hour that comes twice begins at its very moment", () => {
    // 02:30 in Berlin, for the second time.
    const daily = calendar(spec("1 day from 2024-10-27T01:30:00Z in Europe/Berlin"));
    expect(shown(periodAt(daily, at("2024-10-27T01:29:59Z")))).toBe(
      "2024-10-26T00:30:00Z … 2024-10-27T01:30:00Z",
    );
    expect(shown(periodAt(daily, at("2024-10-27T01:30:00Z")))).toBe(
      "2024-10-27T01:30:00Z … 2024-10-28T01:30:00Z",
    );
  });

  test("a day that a zone left out has no period", () => {
    const daily = calendar(spec("1 day with the calendar in Pacific/Apia"));
    const days = periodsWithin(daily, period("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"));
    expect(days.map(shown)).toEqual([
      "2011-12-29T10:00:00Z … 2011-12-30T10:00:00Z",
      "2011-12-30T10:00:00Z … 2011-12-31T10:00:00Z",
    ]);
  });

  test("every time belongs to exactly one, and they touch", () => {
    fc.assert(
      fc.property(anyCalendar, anyTime, (spec, time) => {
        const made = calendar(spec);
        const { from, to } = periodAt(made, time);
        expect(from <= time && time < to).toBe(true);
        expect(periodAt(made, from)).toEqual({ from, to });
        expect(periodAt(made, to - 1)).toEqual({ from, to });
        expect(nextPeriod(made, { from, to }).from).toBe(to);
        expect(previousPeriod(made, { from, to }).to).toBe(from);
      }),
      { numRuns: 1_500 },
    );
  });

  test("also while clocks are changed", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.constantFrom("day" as const, "week" as const, "month" as const),
        aroundChange,
        aroundChange,
        fc.integer({ min: -40, max: 40 }),
        ([zone, change = ""], unit, anchored, seconds, days) => {
          const anchor = {
            kind: "anniversary",
            at: at(change) + anchored * 1_000_000 + days * 86_400_000_000,
          } as const;
          const made = calendar({ zone, every: 1, unit, anchor });
          const time = at(change) + seconds * 1_000_000;
          const { from, to } = periodAt(made, time);
          expect(from <= time && time < to).toBe(true);
          expect(periodAt(made, from)).toEqual({ from, to });
          expect(periodAt(made, to - 1)).toEqual({ from, to });
          expect(nextPeriod(made, { from, to }).from).toBe(to);
          expect(previousPeriod(made, { from, to }).to).toBe(from);
          expect(periodAt(made, anchor.at).from).toBe(anchor.at);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test("those within a time cover it without a gap, and no more", () => {
    fc.assert(
      fc.property(anyCalendar, anyTime, fc.integer({ min: 1, max: 400 }), (spec, from, days) => {
        const to = from + days * 86_400_000_000;
        const found = periodsWithin(calendar(spec), { from, to });
        expect(found[0]?.from).toBeLessThanOrEqual(from);
        expect(found.at(-1)?.to).toBeGreaterThanOrEqual(to);
        for (const [index, { from: begin, to: end }] of found.entries()) {
          expect(begin).toBeLessThan(end);
          if (index > 0) expect(found[index - 1]?.to).toBe(begin);
          expect(begin < to && end > from).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("months begin on the anchor's day, or on the last where there is none", () => {
    fc.assert(
      fc.property(
        anyTime,
        fc.integer({ min: 1, max: 31 }),
        fc.integer({ min: 1, max: 30 }),
        (time, day, every) => {
          const anchor = { kind: "day_of_month", day, month: null } as const;
          const { to } = periodAt(calendar({ zone: "UTC", every, unit: "month", anchor }), time);
          const date = new Date(to / 1_000);
          const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0));
          expect(date.getUTCDate()).toBe(Math.min(day, last.getUTCDate()));
          const months = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
          expect(Number.isInteger(months / every)).toBe(true);
        },
      ),
    );
  });

  test("they begin when the clock shows the anchor's time of day, and it never showed it before", () => {
    fc.assert(
      fc.property(anyCalendar, anyTime, (spec, time) => {
        const { anchor } = spec;
        if (anchor.kind !== "anniversary") return;
        const zone = zoneNamed(spec.zone);
        const made = calendar(spec);
        const { to } = periodAt(made, time);
        if (zone === undefined || to === anchor.at) return;
        const clock = (local: number) =>
          ((local % 86_400_000_000) + 86_400_000_000) % 86_400_000_000;
        const shownThen = clock(zone.localAt(to));
        const anchored = clock(zone.localAt(anchor.at));
        // Where clocks are set forward over it, they show something else just before.
        if (shownThen !== anchored)
          expect(zone.localAt(to) - zone.localAt(to - 1)).toBeGreaterThan(1);
        expect(zone.localAt(to - 1)).toBeLessThan(zone.localAt(to));
      }),
      { numRuns: 2_000 },
    );
  });

  test("the months of UTC are those of today's billing", () => {
    const monthly = calendar(spec("1 month with the calendar"));
    fc.assert(
      fc.property(anyTime, (time) => {
        expect(periodAt(monthly, time)).toEqual(monthOf(time));
      }),
    );
  });
});

describe("a calendar that cannot be", () => {
  const right = spec("1 month with the calendar");
  const table: readonly (readonly [string, Partial<CalendarSpec>])[] = [
    ["zone: unknown_zone", { zone: "Mars/Olympus" }],
    ["zone: unknown_zone", { zone: "+05:45" }],
    ["every: out_of_range", { every: 0 }],
    ["every: out_of_range", { every: 1.5 }],
    ["every: out_of_range", { every: 601 }],
    ["unit: unknown_unit", { unit: "fortnight" as "week" }],
    ["anchor.kind: unknown_anchor", { anchor: { kind: "moon" } as never }],
    ["anchor.day: out_of_range", { anchor: { kind: "day_of_month", day: 32, month: null } }],
    ["anchor.day: out_of_range", { anchor: { kind: "day_of_month", day: 0, month: null } }],
    ["anchor.month: not_a_month", { anchor: { kind: "day_of_month", day: 1, month: "2024-13" } }],
    ["anchor.kind: not_of_unit", { anchor: { kind: "weekday", weekday: 1 } }],
    [
      "anchor.kind: not_of_unit",
      { unit: "week", anchor: { kind: "day_of_month", day: 1, month: null } },
    ],
    ["anchor.weekday: out_of_range", { unit: "week", anchor: { kind: "weekday", weekday: 8 } }],
    ["anchor.at: out_of_range", { anchor: { kind: "anniversary", at: 0.5 } }],
  ];

  test.each(table)("is refused: %s", (expected, wrong) => {
    const made = makeCalendar({ ...right, ...wrong });
    const faults = made.ok ? [] : made.faults.map(({ field, reason }) => `${field}: ${reason}`);
    expect(faults).toEqual([expected]);
    expect(() => calendar({ ...right, ...wrong })).toThrow(expected.split(":")[0]);
  });
});

/** Seconds before and after clocks are changed. */
const aroundChange = fc.integer({ min: -7_200, max: 7_200 });

const changes = [
  ["Europe/Berlin", "2024-03-31T01:00:00Z"],
  ["Europe/Berlin", "2024-10-27T01:00:00Z"],
  ["America/Sao_Paulo", "2018-11-04T03:00:00Z"],
  ["America/Sao_Paulo", "2019-02-17T02:00:00Z"],
  ["Australia/Lord_Howe", "2024-04-06T15:00:00Z"],
  ["Asia/Beirut", "2024-10-26T21:00:00Z"],
  ["America/St_Johns", "2008-11-02T02:31:00Z"],
  ["Antarctica/Troll", "2024-10-27T01:00:00Z"],
  ["Africa/Monrovia", "1972-01-07T00:44:30Z"],
  ["Pacific/Apia", "2011-12-30T10:00:00Z"],
  ["Pacific/Kwajalein", "1993-08-21T12:00:00Z"],
] as const;
