import type { AccountBalance } from "./balances.ts";
import type { Entry } from "./entry.ts";

/** Balances at the beginning of a day. */
export interface BalancesOfDay {
  /** Such as `2026-02-01`, UTC. */
  readonly day: string;
  readonly rows: readonly AccountBalance[];
}

/** What is known of an export before its first entry is written; all accounts under the names of its dialect. */
export interface Exported {
  readonly tenant: string;
  /** At the range's end, in the order of their names. */
  readonly balances: readonly AccountBalance[];
  /** Of the last entry before the range, UTC; null where there is none. */
  readonly dayBefore: string | null;
  /** Of the range's last entry, UTC; null where it has none. */
  readonly lastDay: string | null;
  /** The last day at whose beginning everything before it is in the journal; null where the range has no entry. */
  readonly dayBalances: BalancesOfDay | null;
  /** The export stands alone: it begins with what was there before its range. */
  readonly withOpening: boolean;
}

/** A way to write a journal as text. All functions are of their arguments alone, so that the same range has the same bytes. */
export interface Dialect {
  /** Name of its file. */
  readonly file: string;
  /** A part of an account as the dialect can write it; two never come to be one. */
  part(part: string): string;
  /** Why the dialect cannot have an account of this name, whose parts somebody may have written by hand; undefined where it can. */
  accountFault(name: string): string | undefined;
  head(exported: Exported): string;
  entry(entry: Entry): string;
  tail(exported: Exported): string;
}

/** What a file has to declare: all accounts and currencies where it stands alone, else those that no earlier part can have declared. */
export function newNames({ balances, withOpening }: Exported): {
  readonly accounts: readonly string[];
  readonly currencies: readonly string[];
} {
  const earlier = balances.filter((row) => !withOpening && row.earlier > 0);
  const names = (field: "account" | "currency") => {
    const known = new Set(earlier.map((row) => row[field]));
    return [...new Set(balances.map((row) => row[field]))].filter((name) => !known.has(name));
  };
  return { accounts: names("account"), currencies: names("currency").toSorted() };
}
