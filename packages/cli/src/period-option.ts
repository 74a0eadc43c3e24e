import { monthOf, parseTime } from "@tallybook/periods";
import type { Period } from "@tallybook/periods";
import { misuse } from "./failure.ts";

/**
 * What `--period` says: a month (`2023-11`), a day (`2023-11-16`), both of UTC, or two times of RFC 3339 with a slash between
 * them, the second excluded. Throws a misuse.
 */
export function readPeriod(command: string, text: string | undefined): Period {
  if (text === undefined)
    throw misuse(`tally ${command}: say which period: --period 2023-11, or --period FROM/TO.`);
  const [first = "", second, ...others] = text.split("/");
  if (second === undefined) {
    const month = /^\d{4}-\d\d$/.test(first) ? timeOf(`${first}-01`) : undefined;
    if (month !== undefined) return monthOf(month);
    const day = /^\d{4}-\d\d-\d\d$/.test(first) ? timeOf(first) : undefined;
    if (day !== undefined) return { from: day, to: day + microsPerDay };
  }
  const [from, to] = [timeOf(first), timeOf(second ?? "")];
  if (from !== undefined && to !== undefined && from < to && others.length === 0)
    return { from, to };
  throw misuse(
    `tally ${command}: \`--period ${text}\` is no period: give a month like 2023-11, a day like 2023-11-16, or two times with a slash between, the earlier first.`,
  );
}

/** A day of UTC, or a time of RFC 3339; undefined for any other text. */
export function timeOf(text: string): number | undefined {
  return parseTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
}

const microsPerDay = 86_400_000_000;
