import type { Micros } from "./time.ts";

/**
 * What a clock on the wall shows, in microseconds: the time at which a clock in UTC shows the same.
 * It is no time by itself: a zone says when, if ever and how often, its clocks show it.
 */
export type LocalMicros = number;

export const MICROS_PER_DAY = 86_400_000_000;

/** A date of the Gregorian calendar; the month from 1. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Days since 1970-01-01; a day beyond the month's end counts on into the next month. */
export function dayNumber({ year, month, day }: CivilDate): number {
  return monthStart((year - 1970) * 12 + month - 1) + day - 1;
}

export function civilDate(days: number): CivilDate {
  const date = new Date(days * millisPerDay);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
  };
}

/** The day number of a month's first day; months count from January 1970, which is 0. */
export function monthStart(month: number): number {
  return Date.UTC(1970, month) / millisPerDay;
}

/** The month of a day number, from January 1970, which is 0. */
export function monthNumber(days: number): number {
  const date = new Date(days * millisPerDay);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** The day number of that day of the month or, in a month that is shorter, of its last day. */
export function clampedDay(month: number, day: number): number {
  const first = monthStart(month);
  return Math.min(first + day, monthStart(month + 1)) - 1;
}

/** The day number of what a clock shows. */
export function dayOfLocal(local: LocalMicros): number {
  return floorDiv(local, MICROS_PER_DAY);
}

/** The whole number at or below a ÷ b, exact for all safe integers; b is above zero. */
export function floorDiv(a: number, b: number): number {
  const rest = a % b;
  return (a - (rest < 0 ? rest + b : rest)) / b;
}

/** Everything here is computed for times from 1700 to 2199; a time outside is refused. */
export const calendarsBegin: Micros = Date.UTC(1700, 0) * 1_000;
export const calendarsEnd: Micros = Date.UTC(2200, 0) * 1_000;

const millisPerDay = 86_400_000;
