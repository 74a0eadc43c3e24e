export {
  calendar,
  type Calendar,
  type CalendarMade,
  makeCalendar,
  nextPeriod,
  periodAt,
  periodsWithin,
  previousPeriod,
} from "./calendar.ts";
export type {
  Anchor,
  AnniversaryAnchor,
  CalendarAnchor,
  CalendarFault,
  CalendarSpec,
  CalendarUnit,
  DayAnchor,
  WeekdayAnchor,
} from "./calendar-spec.ts";
export {
  type CivilDate,
  civilDate,
  dayNumber,
  dayOfLocal,
  type LocalMicros,
  MICROS_PER_DAY,
} from "./civil.ts";
export {
  type Book,
  closeBook,
  type Entry,
  type LateUsage,
  netOf,
  openBook,
  type Taken,
  takeEntry,
} from "./close.ts";
export { type Part, partsBegun, periodsOf, type Service } from "./parts.ts";
export {
  type Combining,
  percentile,
  type Percentile,
  type PercentileSpec,
  type Reading,
} from "./percentile.ts";
export { monthOf, nextMonth, slotOf, type Period } from "./period.ts";
export { daysBetween, daysUsed, prorate, type Proration, prorations } from "./proration.ts";
export {
  formatTime,
  MICROS_PER_HOUR,
  MICROS_PER_QUARTER_HOUR,
  MICROS_PER_SECOND,
  parseTime,
  timesEnd,
  type Micros,
} from "./time.ts";
export { type Change, type Held, heldByChanges, heldByLevels, type Level } from "./weighted-sum.ts";
export { type Zone, zoneNamed } from "./zone.ts";
