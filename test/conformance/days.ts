import { decimal, type Decimal } from "@tallybook/money";
import { Refused } from "./case.ts";

const millisPerDay = 86_400_000;

/** Days since 1970 of a date, or of the day of a time in UTC. */
export function dayOf(text: string): number {
  return Math.floor(millisOf(text) / millisPerDay);
}

/** From one date or time to another. */
export function secondsBetween(from: string, to: string): Decimal {
  return decimal(String(Math.floor((millisOf(to) - millisOf(from)) / 1_000)));
}

/** The day at which the interval that ends on a day began, by the calendar. */
export function startOfInterval(end: string, interval: string): number {
  const date = new Date(dayOf(end) * millisPerDay);
  const months = monthsByInterval[interval];
  if (interval === "week") return dayOf(end) - 7;
  if (interval === "day") return dayOf(end) - 1;
  if (months === undefined) throw new Refused(`no interval ${interval}`);
  const month = date.getUTCMonth() - months;
  const days = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), days);
  return Date.UTC(date.getUTCFullYear(), month, day) / millisPerDay;
}

/** The first day of the calendar interval that a day lies in; weeks begin on Monday. */
export function calendarStart(day: number, interval: string): number {
  const date = new Date(day * millisPerDay);
  if (interval === "week") return day - ((date.getUTCDay() + 6) % 7);
  const months = monthsByInterval[interval];
  if (months === undefined) throw new Refused(`no interval ${interval}`);
  const month = date.getUTCMonth() - (date.getUTCMonth() % months);
  return Date.UTC(date.getUTCFullYear(), month, 1) / millisPerDay;
}

const monthsByInterval: Readonly<Record<string, number>> = {
  month: 1,
  quarter: 3,
  semiannual: 6,
  half_year: 6,
  year: 12,
};

function millisOf(text: string): number {
  const millis = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(millis)) throw new Refused(`no date: ${text}`);
  return millis;
}
