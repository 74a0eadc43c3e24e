import { decimal, ratio, type Ratio, ratioOf } from "@tallybook/money";
import type { Calendar } from "./calendar.ts";
import { civilDate, clampedDay, dayOfLocal, monthNumber } from "./civil.ts";
import type { Period } from "./period.ts";
import type { Micros } from "./time.ts";

/**
 * How the part of a period that somebody had is counted. Systems differ, and each means another amount:
 *
 * - `by_second`: the time that passed, to the microsecond; a day of 23 hours counts less than one of 25.
 * - `by_day_end_excluded`: days by the date, the first included and the last not: 1 to 31 January are 30 (Meteroid). A day on
 *   which something changes counts for what comes then.
 * - `by_day_both_ends_included`: days by the date, the first and the last included: 1 to 31 March are 31 (Flexprice). A day on
 *   which something changes counts twice.
 * - `by_day_used`: every day of which any moment was used (Lago). A day on which something changes counts twice, unless it
 *   changes at midnight.
 * - `by_day_over_interval`: days as with `by_day_end_excluded`; a part that begins inside its period is counted over an interval
 *   that ends where the part ends, and any other over one that begins where the part begins (Kill Bill).
 *
 * Only the first two promise that the parts of a period add up to 1.
 */
export type Proration =
  | "by_second"
  | "by_day_end_excluded"
  | "by_day_both_ends_included"
  | "by_day_used"
  | "by_day_over_interval";

export const prorations: readonly Proration[] = [
  "by_second",
  "by_day_end_excluded",
  "by_day_both_ends_included",
  "by_day_used",
  "by_day_over_interval",
];

/**
 * Which part of the whole period the part is, exactly: 1 for all of it, 0 for nothing. Days are those of the calendar's zone.
 * Throws a RangeError where the part is not within the whole, and where the whole has no days to count by.
 */
export function prorate(
  convention: Proration,
  part: Period,
  whole: Period,
  calendar: Calendar,
): Ratio {
  if (part.from < whole.from || part.to > whole.to || part.from > part.to) {
    throw new RangeError("what is prorated is not within its period");
  }
  if (part.from === part.to) return none;
  if (part.from === whole.from && part.to === whole.to) return all;
  switch (convention) {
    case "by_second":
      return over(part.to - part.from, whole.to - whole.from);
    case "by_day_end_excluded":
      return over(daysBetween(part, calendar), daysBetween(whole, calendar));
    case "by_day_both_ends_included":
      return over(daysBetween(part, calendar) + 1, daysBetween(whole, calendar) + 1);
    case "by_day_used":
      return over(daysUsed(part, calendar), daysUsed(whole, calendar));
    case "by_day_over_interval":
      return over(
        daysBetween(part, calendar),
        part.from > whole.from
          ? -intervalDays(calendar, part.to, -1)
          : intervalDays(calendar, part.from, 1),
      );
  }
}

/**
 * Days by the date, the end excluded, in the calendar's zone: from 2 to 4 November they are 2, also where one of them has 23
 * or 25 hours. Both on one date: 0.
 */
export function daysBetween({ from, to }: Period, calendar: Calendar): number {
  return dayAt(to, calendar) - dayAt(from, calendar);
}

/** Days of which any moment is in the period, in the calendar's zone; none in an empty one. */
export function daysUsed({ from, to }: Period, calendar: Calendar): number {
  return from < to ? dayAt(to - 1, calendar) - dayAt(from, calendar) + 1 : 0;
}

/** The days of one interval from the date of that time on (1) or back (-1, and then below zero). */
function intervalDays(calendar: Calendar, time: Micros, direction: 1 | -1): number {
  const { unit, every } = calendar.spec;
  const from = dayAt(time, calendar);
  switch (unit) {
    case "day":
      return direction * every;
    case "week":
      return direction * every * 7;
    case "month":
      return daysOfMonths(from, direction * every);
    case "year":
      return daysOfMonths(from, direction * every * 12);
  }
}

function daysOfMonths(from: number, months: number): number {
  return clampedDay(monthNumber(from) + months, civilDate(from).day) - from;
}

function dayAt(time: Micros, { zone }: Calendar): number {
  return dayOfLocal(zone.localAt(time));
}

function over(part: number, whole: number): Ratio {
  if (whole <= 0) throw new RangeError("a period within one day has no days to prorate by");
  return ratio(decimal(String(part)), decimal(String(whole)));
}

const none = ratioOf(decimal("0"));
const all = ratioOf(decimal("1"));
