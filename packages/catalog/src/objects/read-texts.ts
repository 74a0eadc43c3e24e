import { formatTime } from "@tallybook/periods";
import { type Entry, textOf } from "../entry.ts";

/** A list of any texts. */
export function textListIn(entry: Entry, key: string): string[] {
  return entry.list(key, (json, at, faults) => textOf(json, at, "prose", faults));
}

/** Texts by name; none where there are none. */
export function textsIn(entry: Entry, key: string): Readonly<Record<string, string>> {
  return entry.texts(key, {});
}

/** A time as facts' bodies hold it: RFC 3339 in UTC. */
export function timeTextIn(entry: Entry, key: string): string | null {
  const time = entry.timeOrNull(key);
  return time === null ? null : formatTime(time);
}

/** A day such as `2023-11-01`. */
export function dayIn(entry: Entry, key: string): string | null {
  const text = entry.textOrNull(key, "id");
  if (text === null) return null;
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  const made = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  // A day that its month does not have becomes one of the next.
  if (!Number.isNaN(made.getTime()) && made.toISOString().startsWith(text)) return text;
  entry.fault(key, "not_a_day", "it must be a day of the calendar, such as 2023-11-01");
  return null;
}

/** A country as ISO 3166-1 writes it. */
export function countryIn(entry: Entry, key: string): string | null {
  const code = entry.textOrNull(key, "id");
  if (code === null || /^[A-Z]{2}$/.test(code)) return code;
  entry.fault(key, "not_a_country", "it must be two capital letters of ISO 3166-1, such as DE");
  return code;
}

/** A part of a country, as ISO 3166-2 writes it behind the country. */
export function regionIn(entry: Entry, key: string): string | null {
  const code = entry.textOrNull(key, "id");
  if (code === null || /^[A-Z0-9]{1,3}$/.test(code)) return code;
  const detail = "it must be what ISO 3166-2 writes behind the country, such as CA for US-CA";
  entry.fault(key, "not_a_region", detail);
  return code;
}

/** A description; none where it is empty. */
export function proseIn(entry: Entry, key: string): string | null {
  return entry.isEmpty(key) ? null : entry.textOrNull(key, "prose");
}

/** A whole number as bodies hold it. */
export function wholeTextIn(entry: Entry, key: string): string | null {
  const whole = entry.wholeOrNull(key);
  return whole === null ? null : String(whole);
}

/** A number of days, ten years at most. */
export function daysIn(entry: Entry, key: string): string | null {
  const days = wholeTextIn(entry, key);
  if (days === null || Number(days) <= daysMax) return days;
  entry.fault(key, "out_of_range", `it must be a number of days from 0 to ${daysMax}`);
  return null;
}

const daysMax = 3_653;

/** The name of a secret that the deployment keeps, which is never written into the catalog itself. */
export function secretNameIn(entry: Entry, key: string, example: string): string {
  const secret = entry.text(key, "name");
  if (secret !== "" && !/^[A-Z][A-Z0-9_]{0,63}$/.test(secret))
    entry.fault(
      key,
      "not_a_name",
      `it is the name of a secret that the deployment keeps, such as ${example}, in capital letters: never write the secret itself here`,
    );
  return secret;
}
