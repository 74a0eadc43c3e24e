import { formatTime, type Micros, parseTime, type Period } from "@tallybook/periods";

/** The time of a text; a date alone is its midnight in UTC. */
export function at(text: string): Micros {
  const time = parseTime(text.includes("T") ? text : `${text}T00:00:00Z`);
  if (time === undefined) throw new Error(`no time: ${text}`);
  return time;
}

export function period(from: string, to: string): Period {
  return { from: at(from), to: at(to) };
}

/** As `2024-01-31T00:00:00Z … 2024-02-29T00:00:00Z`. */
export function shown({ from, to }: Period): string {
  return `${formatTime(from)} … ${formatTime(to)}`;
}

/** The rows of a table whose columns stand two spaces or more apart. */
export function rows(table: string): string[][] {
  return table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s{2,}/));
}

/** Zones whose clocks do something that others do not. */
export const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kathmandu", // +05:45
  "Australia/Lord_Howe", // half an hour of daylight saving
  "America/Sao_Paulo", // changed at midnight
  "Asia/Beirut", // changes at midnight
  "Africa/Casablanca", // four changes a year
  "Pacific/Apia", // left a day out
  "Pacific/Kwajalein", // left a day out, and had one twice
  "Africa/Monrovia", // -00:44:30 until 1972
  "Europe/Dublin", // its winter is the exception
  "America/St_Johns", // changed a minute after midnight
  "Antarctica/Troll", // two hours
];
