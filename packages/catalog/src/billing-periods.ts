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
import type { BillingAnchor, BillingCalendar, Terms } from "./facts.ts";

/** What of a subscription its billing periods follow from. Without `begins` they begin at the start, without terms nothing changes. */
export type Billed = Pick<Subscription, "start" | "end" | "calendar"> &
  Partial<Pick<Subscription, "begins" | "terms">>;

/** A period of the calendar, as far as the subscription lasts and its terms stay the same. */
export interface BillingPeriod extends Period {
  /** The period of the calendar; this is all of it, or the part that start, end and changes of the terms leave. */
  readonly whole: Period;
  /** When all that the subscription lasts of the whole is over: its parts are billed together then. */
  readonly due: Micros;
}

/** The billing period that holds the time; undefined outside of the subscription, and while it is paused. */
export function billingPeriodAt(subscription: Billed, time: Micros): BillingPeriod | undefined {
  const { end } = subscription;
  const begins = beginsOf(subscription);
  if (begins === null || time < begins || (end !== null && time >= end)) return undefined;
  const stretch = stretchAt(subscription, time);
  return stretch.isPaused
    ? undefined
    : clipped(wholePeriodAt(subscription, time), subscription, stretch);
}

/** The period of a subscription's calendar that holds the time, whether the subscription lasts then or not. */
export function wholePeriodAt(subscription: Billed, time: Micros): Period {
  const memo = memoOf(subscription);
  const { last } = memo;
  if (last !== undefined && time >= last.from && time < last.to) return last;
  return (memo.last = periodAt(memo.calendar, time));
}

/**
 * The billing period that begins at that moment: where billing begins, the end of the period before it, as it was rated, or where
 * the terms change. While the subscription is paused then, the next one. Whatever the zone's tables say by now, it begins there;
 * where they have moved that bound it is longer or shorter by as much, and still a whole one. Undefined where the subscription is over.
 */
export function billingPeriodFrom(subscription: Billed, from: Micros): BillingPeriod | undefined {
  const { end, terms = [] } = subscription;
  const begins = beginsOf(subscription);
  const at = begins === null ? undefined : resumedAt(subscription, Math.max(from, begins));
  if (at === undefined || (end !== null && at >= end)) return undefined;
  const found = wholePeriodAt(subscription, at);
  const isBound = at === begins || at === found.from || terms.some((each) => each.from === at);
  const whole = isBound ? found : moved(subscription, found, at);
  return clipped(whole, subscription, { from: at, to: stretchAt(subscription, at).to });
}

/**
 * Which part of its whole the period is, as a fee is owed for it; exactly 1 where nothing cuts it. Where nothing is prorated, the
 * first part of the whole that no trial covers owes all of it, and those after a change owe nothing.
 */
export function owedPart(
  subscription: Billed & Pick<Subscription, "proration">,
  { from, to, whole }: BillingPeriod,
): Ratio {
  const { proration } = subscription;
  if (proration === "none") return from === owingFrom(subscription, whole, from) ? all : nothing;
  return prorate(proration, { from, to }, whole, memoOf(subscription).calendar);
}

/** Where the part of a whole period begins that owes all of it. */
function owingFrom(subscription: Billed, whole: Period, from: Micros): Micros {
  const { terms = [] } = subscription;
  if (terms.length < 2) return from;
  const first = billingPeriodFrom(subscription, whole.from);
  for (let part = first; part !== undefined && part.from < whole.to;) {
    if (termsAt({ terms }, part.from)?.covered === "nothing") return part.from;
    part = billingPeriodFrom(subscription, part.to);
  }
  return first?.from ?? from;
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

/** What a subscription is on at a time; before its first terms, those. Undefined without any. */
export function termsAt({ terms }: Pick<Subscription, "terms">, time: Micros): Terms | undefined {
  let found = terms[0];
  for (const each of terms) if (each.from <= time) found = each;
  return found;
}

/** A stretch of time in which the terms are the same. */
interface Stretch extends Period {
  readonly isPaused: boolean;
}

function stretchAt({ terms = [] }: Billed, time: Micros): Stretch {
  let [from, to, isPaused] = [-Infinity, Infinity, false];
  for (const each of terms) {
    if (each.from > time) {
      to = each.from;
      break;
    }
    ({ from, paused: isPaused } = each);
  }
  return { from, to, isPaused };
}

/** The first moment, from that one on, at which the subscription is not paused. */
function resumedAt(subscription: Billed, from: Micros): Micros | undefined {
  let at = from;
  for (let stretch = stretchAt(subscription, at); stretch.isPaused;) {
    if (stretch.to === Infinity) return undefined;
    at = stretch.to;
    stretch = stretchAt(subscription, at);
  }
  return at;
}

function beginsOf({ begins, start }: Billed): Micros | null {
  return begins === undefined ? start : begins;
}

function clipped(whole: Period, subscription: Billed, within: Period): BillingPeriod {
  const { end } = subscription;
  const due = end === null ? whole.to : Math.min(end, whole.to);
  const begins = beginsOf(subscription) ?? whole.from;
  return {
    from: Math.max(begins, whole.from, within.from),
    to: Math.min(due, within.to),
    whole,
    due,
  };
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

function sharedMemo(subscription: Billed): Memo {
  const { time_zone, every, unit, anchor } = subscription.calendar;
  const since = beginsOf(subscription) ?? subscription.start;
  const spec = { zone: time_zone, every, unit, anchor: anchorOf(anchor, since) };
  const key = JSON.stringify(spec);
  let memo = memoBySpec.get(key);
  if (memo !== undefined) return memo;
  if (memoBySpec.size >= specsMax) memoBySpec.clear();
  memoBySpec.set(key, (memo = { calendar: calendar(spec), last: undefined }));
  return memo;
}

/** The anchor as calendars are made of it; an anniversary is that of where billing begins. */
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
const nothing = ratioOf(decimal("0"));
