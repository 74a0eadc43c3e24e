import { mulRatios, ratioOf } from "@tallybook/money";
import {
  type Anchor,
  type Calendar,
  type CalendarUnit,
  daysBetween,
  formatTime,
  heldByChanges,
  makeCalendar,
  type Micros,
  partsBegun,
  periodAt,
  periodsOf,
  periodsWithin,
} from "@tallybook/periods";
import { Refused } from "../case.ts";
import type { Adapter, Family } from "../registry.ts";
import { intervalOf, periodOf, timeIn, timeOf } from "../times.ts";
import { exact, exactly, Fields, numberOf } from "../values.ts";

/** What a service is due in advance, in billing periods, until a date: a part that has begun is due. */
const billing_cycles_in_advance: Adapter = (given) => {
  const fields = new Fields(given);
  const start = fields.text("start");
  const { unit, every } = intervalOf(fields.text("period"));
  // Days and weeks have no day of the month to begin on.
  const anchor: Anchor =
    unit === "day" || unit === "week"
      ? { kind: "anniversary", at: timeOf(start) }
      : { kind: "day_of_month", day: fields.whole("bill_cycle_day"), month: start.slice(0, 7) };
  const calendar = calendarOf(unit, every, anchor);
  const service = {
    from: timeOf(start),
    to: fields.has("end") ? timeOf(fields.text("end")) : null,
  };
  const target = timeOf(fields.text("target"));
  if (target < service.from) throw new Refused("target: nothing can be due before the start");
  if (service.to !== null && service.to < service.from) throw new Refused("end: before the start");
  const parts = partsBegun(calendar, service, target);
  return { cycles: exact(periodsOf(parts, "by_day_over_interval", calendar)) };
};

const advance_periods: Adapter = (given) => {
  const fields = new Fields(given);
  const { unit, every } = intervalOf(fields.text("period"));
  const at = timeOf(fields.text("from"));
  const { begins } = calendarOf(unit, every, { kind: "anniversary", at });
  return { date: dateOf(begins(fields.whole("count"))) };
};

const next_monthly_anchor: Adapter = (given) => {
  const fields = new Fields(given);
  const months = monthsFrom(fields.whole("anchor_day"));
  return { next: dateOf(periodAt(months, timeOf(fields.text("from"))).to) };
};

/** Without an anchor the windows begin on the day on which the first does. */
const month_windows: Adapter = (given) => {
  const fields = new Fields(given);
  const within = { from: timeOf(fields.text("from")), to: timeOf(fields.text("to")) };
  const day = fields.wholeOrNull("anchor_day") ?? Number(fields.text("from").slice(8, 10));
  return { starts: periodsWithin(monthsFrom(day), within).map(({ from }) => dateOf(from)) };
};

const calendar_days: Adapter = (given) => {
  const fields = new Fields(given);
  const zone = fields.textOr("timezone", "UTC");
  const days = calendarOf("day", 1, { kind: "calendar" }, zone);
  const period = {
    from: timeIn(days.zone, fields.text("from")),
    to: timeIn(days.zone, fields.text("to")),
  };
  return { days: daysBetween(period, days) };
};

const aggregate_weighted_sum: Adapter = (given) => {
  const fields = new Fields(given);
  const changes = fields.list("changes").map((pair) => {
    const [time, delta] = pair as readonly [string, string];
    return { time: timeOf(time), delta: numberOf(delta, "changes") };
  });
  const opening = fields.numberOr("initial_value", "0");
  const { weighted, closing } = heldByChanges(opening, changes, periodOf(fields, "period"));
  const amount = mulRatios(weighted, ratioOf(fields.numberOr("unit_amount", "1")));
  return {
    quantity: exact(weighted),
    quantity_rounded_10: exact(weighted),
    amount: exact(amount),
    closing_value: exactly(closing),
  };
};

function monthsFrom(day: number): Calendar {
  return calendarOf("month", 1, { kind: "day_of_month", day, month: null });
}

function calendarOf(unit: CalendarUnit, every: number, anchor: Anchor, zone = "UTC"): Calendar {
  const made = makeCalendar({ zone, unit, every, anchor });
  if (made.ok) return made.calendar;
  throw new Refused(made.faults.map(({ field, detail }) => `${field}: ${detail}`).join("; "));
}

function dateOf(time: Micros): string {
  return formatTime(time).replace("T00:00:00Z", "");
}

export const calendars: Family = {
  adapters: {
    billing_cycles_in_advance,
    advance_periods,
    next_monthly_anchor,
    month_windows,
    calendar_days,
    aggregate_weighted_sum,
  },
  unordered: [],
};
