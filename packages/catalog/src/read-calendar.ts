import { makeCalendar } from "@tallybook/periods";
import { anchorOf } from "./billing-periods.ts";
import type { CalendarDraft } from "./document.ts";
import { Entry } from "./entry.ts";
import type { BillingAnchor } from "./facts.ts";
import type { Faults } from "./faults.ts";

const units = ["day", "week", "month", "year"] as const;

/** Months of the calendar, in the customer's zone. */
export const usualCalendar: CalendarDraft = {
  time_zone: null,
  every: 1,
  unit: "month",
  anchor: { kind: "calendar", weekday: null, day: null, month: null },
};

/** What is left out is as usual. */
export function readCalendar(json: unknown, at: string, faults: Faults): CalendarDraft {
  const entry = new Entry(json, at, faults);
  const draft: CalendarDraft = {
    time_zone: entry.textOrNull("time_zone", "id"),
    every: entry.wholeOrNull("every") ?? usualCalendar.every,
    unit: entry.oneOfOrNull("unit", units) ?? usualCalendar.unit,
    anchor: entry.objectOrNull("anchor", readAnchor) ?? usualCalendar.anchor,
  };
  entry.end();
  for (const { field, reason, detail } of calendarFaults(draft)) entry.fault(field, reason, detail);
  return draft;
}

/** The name of a zone, or a fault of that field. */
export function readZone(entry: Entry, key: string, fallback: string): string {
  const time_zone = entry.text(key, "id", fallback);
  const [fault] = calendarFaults({ ...usualCalendar, time_zone });
  if (fault !== undefined) entry.fault(key, fault.reason, fault.detail);
  return time_zone;
}

function readAnchor(json: unknown, at: string, faults: Faults): BillingAnchor {
  if (json === "calendar" || json === "anniversary") return { ...none, kind: json };
  if (typeof json === "string") {
    const detail =
      "it must be calendar, anniversary, { weekday: 1 } for a Monday, or { day_of_month: 31 }";
    faults.add(at, "unknown_anchor", detail);
    return { ...none, kind: "calendar" };
  }
  const entry = new Entry(json, at, faults);
  const weekday = entry.wholeOrNull("weekday");
  const day = weekday === null ? entry.whole("day_of_month") : null;
  const month = weekday === null ? entry.textOrNull("month", "id") : null;
  entry.end();
  return weekday === null
    ? { kind: "day_of_month", weekday, day, month }
    : { kind: "weekday", weekday, day, month };
}

const none = { weekday: null, day: null, month: null };

/** By the fields of the document. Zone and anniversary are looked at with what every customer and start would do. */
function calendarFaults({ time_zone, every, unit, anchor }: CalendarDraft) {
  const made = makeCalendar({ zone: time_zone ?? "UTC", every, unit, anchor: anchorOf(anchor, 0) });
  if (made.ok) return [];
  return made.faults.map((fault) => ({
    ...fault,
    field: fieldByField[fault.field] ?? fault.field,
  }));
}

const fieldByField: Readonly<Record<string, string>> = {
  zone: "time_zone",
  "anchor.kind": "anchor",
  "anchor.day": "anchor.day_of_month",
};
