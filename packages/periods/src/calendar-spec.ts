import type { Micros } from "./time.ts";

export type CalendarUnit = "day" | "week" | "month" | "year";

/**
 * How billing periods follow each other: every so many units, from an anchor, by the clocks of a zone. It is what a plan or a
 * subscription says; `makeCalendar` checks it and makes the calendar.
 */
export interface CalendarSpec {
  /** A name of the IANA time zone database, such as `Asia/Kathmandu`. */
  readonly zone: string;
  /** How many units a period has, from 1; at most 50 years of them. */
  readonly every: number;
  readonly unit: CalendarUnit;
  readonly anchor: Anchor;
}

/** Where periods begin. All but an anniversary begin at midnight. */
export type Anchor = CalendarAnchor | WeekdayAnchor | DayAnchor | AnniversaryAnchor;

/**
 * With the calendar: on the first of a month, on the first of January, on a Monday, and on any day. Several units are counted from
 * January 1970 and, of weeks, from Monday 5 January 1970: three months are the quarters of the year, two years begin in even ones.
 */
export interface CalendarAnchor {
  readonly kind: "calendar";
}

/** Weeks that begin on another day; 1 is Monday, 7 is Sunday. Several weeks are counted from the first such day of 1970. */
export interface WeekdayAnchor {
  readonly kind: "weekday";
  readonly weekday: number;
}

/**
 * Months and years that begin on a day of the month, 1 to 31. In a month that is shorter they begin on its last day, and on
 * the day itself again where there is one: 31 January, 28 February, 31 March.
 */
export interface DayAnchor {
  readonly kind: "day_of_month";
  readonly day: number;
  /** A month in which a period begins, such as `2024-02`; null for January 1970. */
  readonly month: string | null;
}

/**
 * From a moment on: by its time of day, which is kept through daylight saving, and of months and years by its day of the
 * month, as a day anchor has it. The period that begins there begins at that very moment.
 */
export interface AnniversaryAnchor {
  readonly kind: "anniversary";
  readonly at: Micros;
}

/** Why a calendar is refused. */
export interface CalendarFault {
  /** A field of the specification, such as `anchor.day`. */
  readonly field: string;
  /** A code in snake_case. */
  readonly reason: string;
  /** A sentence: what is wrong and what to do. */
  readonly detail: string;
}
