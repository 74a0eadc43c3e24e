import {
  type CalendarUnit,
  formatTime,
  type Micros,
  parseTime,
  type Period,
  type Zone,
} from "@tallybook/periods";
import { Refused } from "./case.ts";
import type { Fields } from "./values.ts";

/** A time, or the midnight in UTC of a date. */
export function timeOf(text: string): Micros {
  const time = parseTime(text.length === 10 ? `${text}T00:00:00Z` : text);
  if (time === undefined) throw new Refused(`no date and no time: ${text}`);
  return time;
}

/** A time, or the midnight in that zone of a date. */
export function timeIn(zone: Zone, text: string): Micros {
  return text.length === 10 ? zone.firstAt(timeOf(text)) : timeOf(text);
}

/** Two times, the second excluded; or a month such as `2026-05`. */
export function periodOf(fields: Fields, name: string): Period {
  const given = fields.given[name];
  if (typeof given === "string") return monthOfText(given);
  const [from, to] = fields.list(name);
  if (typeof from !== "string" || typeof to !== "string")
    throw new Refused(`${name} has no two times`);
  return { from: timeOf(from), to: timeOf(to) };
}

/** How long a billing period is: `month`, `30days`, `2 weeks`, `quarterly`, `BIENNIAL`. */
export function intervalOf(text: string): { readonly unit: CalendarUnit; readonly every: number } {
  const name = text.toLowerCase();
  const [, count = "1", word = ""] = /^(\d{1,4})?[ _-]?([a-z_]+)$/.exec(name) ?? [];
  const known = intervals[name] ?? intervals[word] ?? intervals[word.replace(/s$/, "")];
  if (known === undefined) throw new Refused(`no interval: ${text}`);
  return { unit: known[0], every: known[1] * Number(count) };
}

const intervals: Readonly<Record<string, readonly [CalendarUnit, number]>> = {
  day: ["day", 1],
  daily: ["day", 1],
  week: ["week", 1],
  weekly: ["week", 1],
  biweekly: ["week", 2],
  thirty_days: ["day", 30],
  thirty_one_days: ["day", 31],
  sixty_days: ["day", 60],
  ninety_days: ["day", 90],
  month: ["month", 1],
  monthly: ["month", 1],
  bimestrial: ["month", 2],
  quarter: ["month", 3],
  quarterly: ["month", 3],
  triannual: ["month", 4],
  semiannual: ["month", 6],
  half_year: ["month", 6],
  biannual: ["month", 6],
  sesquiennial: ["month", 18],
  year: ["year", 1],
  yearly: ["year", 1],
  annual: ["year", 1],
  biennial: ["year", 2],
  triennial: ["year", 3],
};

function monthOfText(text: string): Period {
  const from = timeOf(`${text}-01`);
  // 31 days on is within the next month.
  const next = formatTime(from + 31 * 86_400_000_000).slice(0, 7);
  return { from, to: timeOf(`${next}-01`) };
}
