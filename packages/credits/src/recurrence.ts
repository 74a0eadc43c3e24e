import { type Calendar, formatTime, type Micros, periodAt } from "@tallybook/periods";

/**
 * When a grant comes again: the first time after the one given, null for never again. A calendar's months or a customer's
 * billing periods are such a function as well as a list.
 */
export type Recurrence = (after: Micros) => Micros | null;

/** At these times, in any order. */
export function recursAt(times: readonly Micros[]): Recurrence {
  const sorted = times.toSorted((a, b) => a - b);
  return (after) => sorted.find((time) => time > after) ?? null;
}

/** Every so many microseconds, counted from the anchor to both sides. Throws a RangeError unless the length is whole and above 0. */
export function recursEvery(length: Micros, anchor: Micros): Recurrence {
  if (!Number.isSafeInteger(length) || length <= 0)
    throw new RangeError(`a recurrence every ${length} microseconds: give a whole number above 0`);
  return (after) => anchor + (Math.floor((after - anchor) / length) + 1) * length;
}

/** At each beginning of the calendar's periods. */
export function recursWith(calendar: Calendar): Recurrence {
  return (after) => periodAt(calendar, after).to;
}

/** The next time; a recurrence that does not move forward is a mistake in the program that gave it. */
export function nextRecurrence(recurs: Recurrence | null, after: Micros): Micros | null {
  const next = recurs === null ? null : recurs(after);
  if (next === null || next > after) return next;
  throw new RangeError(
    `a recurrence gives ${formatTime(next)} as the first time after ${formatTime(after)}: it has to move forward`,
  );
}
