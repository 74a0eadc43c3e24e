import { decimal, type Ratio, ratioOf } from "@tallybook/money";
import {
  type Anchor,
  calendar,
  type Calendar,
  type Micros,
  type Period,
  periodAt,
  prorate,
} from "@tallybook/periods";
import type { Subscription } from "./catalog.ts";
import type { BillingAnchor, BillingCalendar } from "./facts.ts";

/** What of a subscription its billing periods follow from. */
export type Billed = Pick<Subscription, "start" | "end" | "calendar">;

/** A period of the calendar, as far as the subscription lasts. */
export interface BillingPeriod extends Period {
  /** The period of the calendar; this is all of it, or the part that the start or the end leaves. */
  readonly whole: Period;
}

/** The billing period that holds the time; undefined before the subscription's start and from its end on. */
export function billingPeriodAt(subscription: Billed, time: Micros): BillingPeriod | undefined {
  const { start, end } = subscription;
  if (time < start || (end !== null && time >= end)) return undefined;
  return clipped(wholePeriodAt(subscription, time), subscription);
}

/** The period of a subscription's calendar that holds the time, whether the subscription lasts then or not. */
export function wholePeriodAt(subscription: Billed, time: Micros): Period {
  const memo = memoOf(subscription);
  const { last } = memo;
  if (last !== undefined && time >= last.from && time < last.to) return last;
  return (memo.last = periodAt(memo.calendar, time));
}

/**
 * The billing period that begins at that moment: the subscription's start, or the end of the period before it, as it was rated.
 * Whatever the zone's tables say by now, it begins there; where they have moved that bound it is longer or shorter by as much, and
 * still a whole one. Undefined where the subscription is over.
 */
export function billingPeriodFrom(subscription: Billed, from: Micros): BillingPeriod | undefined {
  const { start, end } = subscription;
  if (end !== null && from >= end) return undefined;
  const found = wholePeriodAt(subscription, from);
  const whole = from === start || from === found.from ? found : moved(subscription, found, from);
  return clipped(whole, subscription, from);
}

/** Which part of its whole the period is, as a fee is owed for it; exactly 1 where nothing cuts it. */
export function owedPart(
  subscription: Billed & Pick<Subscription, "proration">,
  { from, to, whole }: BillingPeriod,
): Ratio {
  const { proration } = subscription;
  if (proration === "none") return all;
  return prorate(proration, { from, to }, whole, memoOf(subscription).calendar);
}

/** The calendar in words, such as `3 months with the calendar in Asia/Kathmandu`. */
export function calendarText({ time_zone, every, unit, anchor }: BillingCalendar): string {
  const length = every === 1 ? `1 ${unit}` : `${every} ${unit}s`;
  return `${length} ${anchorText(anchor)} in ${time_zone}`;
}

function anchorText({ kind, weekday, day, month }: BillingAnchor): string {
  switch (kind) {
    case "calendar":
      return "with the calendar";
    case "weekday":
      return `on weekday ${weekday}`;
    case "day_of_month":
      return month === null ? `on ${day}` : `on ${day} from ${month}`;
    case "anniversary":
      return "from the start";
  }
}

function clipped(whole: Period, { start, end }: Billed, from = whole.from): BillingPeriod {
  const to = end === null ? whole.to : Math.min(end, whole.to);
  return { from: Math.max(start, from), to, whole };
}

/** The whole period that begins inside one of the calendar's, since the zone's tables are others than they were. */
function moved(subscription: Billed, found: Period, from: Micros): Period {
  // What is left of the period found is most of it, or a rest that belongs to the next.
  const isRest = found.to - from < from - found.from;
  return { from, to: isRest ? wholePeriodAt(subscription, found.to).to : found.to };
}

interface Memo {
  readonly calendar: Calendar;
  /** The period that was asked for last: rows of usage come by time, and the next is mostly in it too. */
  last: Period | undefined;
}

// What is kept follows from its key alone. Subscriptions of one calendar share it; all but anniversaries do.
const memoBySubscription = new WeakMap<Billed, Memo>();
const memoBySpec = new Map<string, Memo>();
const specsMax = 50_000;

function memoOf(subscription: Billed): Memo {
  let memo = memoBySubscription.get(subscription);
  if (memo === undefined) memoBySubscription.set(subscription, (memo = sharedMemo(subscription)));
  return memo;
}

function sharedMemo({ start, calendar: { time_zone, every, unit, anchor } }: Billed): Memo {
  const spec = { zone: time_zone, every, unit, anchor: anchorOf(anchor, start) };
  const key = JSON.stringify(spec);
  let memo = memoBySpec.get(key);
  if (memo !== undefined) return memo;
  if (memoBySpec.size >= specsMax) memoBySpec.clear();
  memoBySpec.set(key, (memo = { calendar: calendar(spec), last: undefined }));
  return memo;
}

/** The anchor as calendars are made of it; an anniversary is that of the start. */
export function anchorOf({ kind, weekday, day, month }: BillingAnchor, start: Micros): Anchor {
  switch (kind) {
    case "calendar":
      return { kind };
    case "weekday":
      return { kind, weekday: weekday ?? Number.NaN };
    case "day_of_month":
      return { kind, day: day ?? Number.NaN, month };
    case "anniversary":
      return { kind, at: start };
  }
}

const all = ratioOf(decimal("1"));
