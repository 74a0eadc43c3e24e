import type { Micros } from "@tallybook/periods";

/**
 * A series: the numbers of a tenant that begin with its prefix, which does not end in a digit; so no number is of two series. Each is
 * the prefix and its place, from 1 on, without a gap.
 */
export interface NumberSeries {
  readonly tenant: string;
  readonly prefix: string;
  /** A place is written with at least so many. */
  readonly digits: number;
}

/** A number, and when what has it was issued: never before the one with the number before it. */
export interface Numbered {
  readonly number: string;
  readonly issued_at: Micros;
}

/** How far each series is, from the facts of `invoices` that have a number. The fold owns its map. */
export type Numbers = Map<string, SeriesEnd>;

interface SeriesEnd {
  readonly count: number;
  /** Of the last one. */
  readonly issued_at: Micros;
}

/** The next number of a series, for what is issued at a time, or with the one before it where that is later. */
export function nextNumber(
  numbers: ReadonlyMap<string, SeriesEnd>,
  { tenant, prefix, digits }: NumberSeries,
  at: Micros,
): Numbered {
  const end = numbers.get(seriesKey(tenant, prefix)) ?? { count: 0, issued_at: at };
  return {
    number: prefix + String(end.count + 1).padStart(digits, "0"),
    issued_at: Math.max(at, end.issued_at),
  };
}

/** Takes in a number that is written, or about to be: to be called for each fact of `invoices` that has one, once and in their order. */
export function takeNumber(
  numbers: Numbers,
  tenant: string,
  { number, issued_at }: Numbered,
): Numbers {
  const key = seriesKey(tenant, prefixOf(number));
  const { count } = numbers.get(key) ?? { count: 0 };
  return numbers.set(key, { count: count + 1, issued_at });
}

/** The series that a number is of. */
export function prefixOf(number: string): string {
  return number.replace(/\d+$/, "");
}

function seriesKey(tenant: string, prefix: string): string {
  return `${tenant}\u001f${prefix}`;
}
