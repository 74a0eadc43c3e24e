import type { CalendarFault, CalendarSpec } from "./calendar-spec.ts";
import { calendarFaults, monthOfText } from "./check-calendar.ts";
import {
  civilDate,
  clampedDay,
  dayOfLocal,
  floorDiv,
  type LocalMicros,
  MICROS_PER_DAY,
  monthNumber,
} from "./civil.ts";
import type { Period } from "./period.ts";
import type { Micros } from "./time.ts";
import { type Zone, zoneNamed } from "./zone.ts";

/**
 * Periods that divide all of time: each ends where the next begins. They are numbered; the number 0 begins at the anchor. A day
 * that a zone left out (Samoa, 30 December 2011) has a number and no period.
 */
export interface Calendar {
  readonly spec: CalendarSpec;
  readonly zone: Zone;
  /** The beginning of the period of that number. */
  readonly begins: (number: number) => Micros;
  /** The number of the period that holds the time. */
  readonly numberAt: (time: Micros) => number;
}

export type CalendarMade =
  | { readonly ok: true; readonly calendar: Calendar }
  | { readonly ok: false; readonly faults: readonly CalendarFault[] };

/** The calendar, or everything that is wrong with it. */
export function makeCalendar(spec: CalendarSpec): CalendarMade {
  const faults = calendarFaults(spec);
  const zone = zoneNamed(spec.zone);
  if (faults.length > 0 || zone === undefined) return { ok: false, faults };
  return { ok: true, calendar: calendarOf(spec, zone) };
}

/** The calendar of what was checked before. Throws a RangeError that names the field where something is wrong with it. */
export function calendar(spec: CalendarSpec): Calendar {
  const made = makeCalendar(spec);
  if (made.ok) return made.calendar;
  throw new RangeError(made.faults.map(({ field, detail }) => `${field}: ${detail}`).join("; "));
}

/** The period that holds the time. Costs the same however far the anchor is. */
export function periodAt(calendar: Calendar, time: Micros): Period {
  const number = calendar.numberAt(time);
  return { from: calendar.begins(number), to: calendar.begins(number + 1) };
}

/** The period that begins where that one ends or, if that is inside one, the one that holds its end. */
export function nextPeriod(calendar: Calendar, period: Period): Period {
  return periodAt(calendar, period.to);
}

/** The period that ends where that one begins or, if that is inside one, the one that holds what is just before. */
export function previousPeriod(calendar: Calendar, period: Period): Period {
  return periodAt(calendar, period.from - 1);
}

/** The periods, whole, of which any part is within that one, in order. */
export function periodsWithin(calendar: Calendar, within: Period): Period[] {
  const periods: Period[] = [];
  let at = within.from;
  while (at < within.to) {
    const period = periodAt(calendar, at);
    periods.push(period);
    at = period.to;
  }
  return periods;
}

function calendarOf(spec: CalendarSpec, zone: Zone): Calendar {
  const series = seriesOf(spec, zone);
  const { anchor } = spec;
  const begins = (number: number): Micros =>
    // The clock may show an anniversary's reading twice, and it be the second time.
    number === 0 && anchor.kind === "anniversary"
      ? anchor.at
      : zone.firstAt(series.reading(number));
  return {
    spec,
    zone,
    begins,
    numberAt(time) {
      let number = series.near(zone.localAt(time));
      // It is one too high in a month before its day, and one too low after clocks were set back over a beginning.
      while (begins(number) > time) number -= 1;
      while (begins(number + 1) <= time) number += 1;
      return number;
    },
  };
}

/** What the clocks show where periods begin. */
interface Series {
  readonly reading: (number: number) => LocalMicros;
  /** The number of the last reading that is not above that one, or one more. */
  readonly near: (local: LocalMicros) => number;
}

function seriesOf(spec: CalendarSpec, zone: Zone): Series {
  const { day, clock } = firstReading(spec, zone);
  switch (spec.unit) {
    case "day":
      return evenSeries(day, clock, spec.every);
    case "week":
      return evenSeries(day, clock, 7 * spec.every);
    case "month":
      return monthSeries(day, clock, spec);
    case "year":
      return monthSeries(day, clock, { ...spec, every: 12 * spec.every });
  }
}

/** The day number and the time of day at which the period 0 begins. */
function firstReading(
  { anchor, unit }: CalendarSpec,
  zone: Zone,
): { day: number; clock: LocalMicros } {
  switch (anchor.kind) {
    case "calendar":
      return { day: unit === "week" ? firstMonday : 0, clock: 0 };
    case "weekday":
      return { day: (firstMonday + anchor.weekday - 1) % 7, clock: 0 };
    case "day_of_month":
      return { day: clampedDay(monthOfText(anchor.month ?? "") ?? 0, anchor.day), clock: 0 };
    case "anniversary": {
      const local = zone.localAt(anchor.at);
      const day = dayOfLocal(local);
      return { day, clock: local - day * MICROS_PER_DAY };
    }
  }
}

function evenSeries(first: number, clock: LocalMicros, days: number): Series {
  const start = first * MICROS_PER_DAY + clock;
  const length = days * MICROS_PER_DAY;
  return {
    reading: (number) => start + number * length,
    near: (local) => floorDiv(local - start, length),
  };
}

function monthSeries(
  first: number,
  clock: LocalMicros,
  { anchor, every }: Pick<CalendarSpec, "anchor" | "every">,
): Series {
  const month = monthNumber(first);
  // The day as it was meant, which the anchor's own month may be too short for.
  const day = anchor.kind === "day_of_month" ? anchor.day : civilDate(first).day;
  return {
    reading: (number) => clampedDay(month + number * every, day) * MICROS_PER_DAY + clock,
    near: (local) => floorDiv(monthNumber(dayOfLocal(local)) - month, every),
  };
}

/** Monday, 5 January 1970, is day 4. */
const firstMonday = 4;
