import * as fc from "fast-check";
import type { CalendarSpec } from "@tallybook/periods";
import { at, zones } from "./times.ts";

/** Times of which all of the periods are within what calendars are computed for. */
export const anyTime = fc.oneof(
  fc.integer({ min: at("1900-01-01"), max: at("2105-12-31") }),
  fc.integer({ min: at("1969-01-01"), max: at("2026-12-31") }),
);

const anniversary = fc.record({
  kind: fc.constant("anniversary" as const),
  at: fc.oneof(
    anyTime,
    fc.constantFrom(
      at("2024-01-31T14:37:12Z"),
      at("2024-02-29T23:59:59.999999Z"),
      at("2024-10-27T01:30:00Z"),
      at("2024-03-31T01:00:00Z"),
      at("2011-12-30T09:59:59Z"),
    ),
  ),
});
const withTheCalendar = fc.record({ kind: fc.constant("calendar" as const) });
const weekday = fc.record({
  kind: fc.constant("weekday" as const),
  weekday: fc.integer({ min: 1, max: 7 }),
});
const dayOfMonth = fc.record({
  kind: fc.constant("day_of_month" as const),
  day: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 28, max: 31 })),
  month: fc.constantFrom(null, "2024-02", "1999-11"),
});

const every = (max: number) => fc.oneof(fc.constant(1), fc.integer({ min: 1, max }));
const zone = fc.constantFrom(...zones);

export const anyCalendar: fc.Arbitrary<CalendarSpec> = fc.oneof(
  fc.record({
    zone,
    every: every(400),
    unit: fc.constant("day" as const),
    anchor: fc.oneof(anniversary, withTheCalendar),
  }),
  fc.record({
    zone,
    every: every(60),
    unit: fc.constant("week" as const),
    anchor: fc.oneof(anniversary, withTheCalendar, weekday),
  }),
  fc.record({
    zone,
    every: every(40),
    unit: fc.constant("month" as const),
    anchor: fc.oneof(anniversary, withTheCalendar, dayOfMonth),
  }),
  fc.record({
    zone,
    every: every(20),
    unit: fc.constant("year" as const),
    anchor: fc.oneof(anniversary, withTheCalendar, dayOfMonth),
  }),
);

/** As `2 weeks from 2024-01-31T14:37:12Z in Europe/Berlin`, or `on 31`, or `on weekday 7`, or `with the calendar`. */
export function spec(text: string): CalendarSpec {
  const parts =
    /^(\d+) (day|week|month|year)s? (?:from (\S+)|on (\d+)(?: of (\S+))?|on weekday (\d)|with the calendar)(?: in (\S+))?$/.exec(
      text,
    );
  if (parts === null) throw new Error(`no calendar: ${text}`);
  const [, every = "", unit = "", from, day, month, weekday, zone = "UTC"] = parts;
  const anchor: CalendarSpec["anchor"] =
    from !== undefined
      ? { kind: "anniversary", at: at(from) }
      : day !== undefined
        ? { kind: "day_of_month", day: Number(day), month: month ?? null }
        : weekday !== undefined
          ? { kind: "weekday", weekday: Number(weekday) }
          : { kind: "calendar" };
  return { zone, every: Number(every), unit: unit as CalendarSpec["unit"], anchor };
}
