import type { CalendarFault, CalendarSpec, CalendarUnit } from "./calendar-spec.ts";
import { calendarsBegin, calendarsEnd } from "./civil.ts";
import { zoneNamed } from "./zone.ts";

/** How many units a period may have: 50 years of them. */
export const everyMax: Readonly<Record<CalendarUnit, number>> = {
  day: 18_262,
  week: 2_608,
  month: 600,
  year: 50,
};

/** Everything that is wrong with a calendar; empty when every time of the years 1900 to 2105 is in one of its periods. */
export function calendarFaults(spec: CalendarSpec): CalendarFault[] {
  return [...zoneFaults(spec.zone), ...intervalFaults(spec), ...anchorFaults(spec)];
}

/** A month such as `2024-02`, from January 1970, which is 0; undefined for any other text. */
export function monthOfText(text: string): number | undefined {
  const parts = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text);
  if (parts === null) return undefined;
  const year = Number(parts[1]);
  return year < 1900 || year > 2105 ? undefined : (year - 1970) * 12 + Number(parts[2]) - 1;
}

function zoneFaults(zone: string): CalendarFault[] {
  if (zoneNamed(zone) !== undefined) return [];
  const shown = JSON.stringify(zone.slice(0, 60));
  const detail = `${shown} is no zone of the IANA time zone database; write one such as Europe/Berlin, or UTC`;
  return [fault("zone", "unknown_zone", detail)];
}

function intervalFaults({ unit, every }: CalendarSpec): CalendarFault[] {
  if (!Object.hasOwn(everyMax, unit)) {
    return [fault("unit", "unknown_unit", "a unit is day, week, month or year")];
  }
  if (isWhole(every, 1, everyMax[unit])) return [];
  const detail = `a period has 1 to ${everyMax[unit]} ${unit}s, as a whole number`;
  return [fault("every", "out_of_range", detail)];
}

function anchorFaults({ unit, anchor }: CalendarSpec): CalendarFault[] {
  switch (anchor.kind) {
    case "calendar":
      return [];
    case "weekday":
      return [
        ...(unit === "week" ? [] : [foreign("weekday", unit, "weeks")]),
        ...(isWhole(anchor.weekday, 1, 7)
          ? []
          : [fault("anchor.weekday", "out_of_range", "1 is Monday, 7 is Sunday")]),
      ];
    case "day_of_month":
      return [
        ...(unit === "month" || unit === "year"
          ? []
          : [foreign("day_of_month", unit, "months and years")]),
        ...(isWhole(anchor.day, 1, 31)
          ? []
          : [fault("anchor.day", "out_of_range", "a day of the month is 1 to 31")]),
        ...(anchor.month === null || monthOfText(anchor.month) !== undefined
          ? []
          : [fault("anchor.month", "not_a_month", "write a month of 1900 to 2105 as in 2024-02")]),
      ];
    case "anniversary":
      return Number.isSafeInteger(anchor.at) &&
        anchor.at >= calendarsBegin &&
        anchor.at < calendarsEnd
        ? []
        : [fault("anchor.at", "out_of_range", "a moment is in whole microseconds, 1700 to 2199")];
    default:
      return [unknownAnchor(anchor)];
  }
}

// What a caller without types wrote has to be refused as well, and not to pass as nothing.
function unknownAnchor(anchor: never): CalendarFault {
  const kind = JSON.stringify((anchor as { kind?: unknown } | undefined)?.kind ?? null);
  const detail = `${kind} is no anchor: write calendar, weekday, day_of_month or anniversary`;
  return fault("anchor.kind", "unknown_anchor", detail);
}

function foreign(kind: string, unit: CalendarUnit, units: string): CalendarFault {
  const detail = `the anchor ${kind} is for ${units}, and the unit is ${unit}`;
  return fault("anchor.kind", "not_of_unit", detail);
}

function isWhole(number: number, from: number, to: number): boolean {
  return Number.isInteger(number) && number >= from && number <= to;
}

function fault(field: string, reason: string, detail: string): CalendarFault {
  return { field, reason, detail };
}
