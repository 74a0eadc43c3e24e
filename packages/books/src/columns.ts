import { hex } from "@tallybook/journal";
import { formatTime } from "@tallybook/periods";

import type { Entry } from "./entry.ts";

/** A cell; null where there is nothing. Decimals are their exact text, times microseconds. */
export type Cell = string | number | null;

/** A column of the journal as a table of postings. */
export interface Column {
  readonly name: string;
  readonly type: "text" | "integer" | "decimal" | "time";
  /** Of the posting with this place in its entry, from 0. */
  readonly cell: (entry: Entry, posting: number) => Cell;
}

/** One row for each posting; the amount of the posting alone is summed, all else is the transaction's. */
export const columns: readonly Column[] = [
  integer("sequence", ({ transaction }) => transaction.seq),
  integer("posting", (_, posting) => posting),
  text("transaction", ({ transaction }) => transaction.id),
  text("tenant", ({ transaction }) => transaction.tenant),
  time("date", ({ transaction }) => transaction.date),
  text("kind", ({ transaction }) => transaction.transaction_kind),
  text("account", ({ postings }, posting) => postings[posting]?.account ?? null),
  { name: "amount", type: "decimal", cell: ({ postings }, at) => postings[at]?.amount ?? null },
  text("currency", ({ transaction }) => transaction.currency),
  text("customer", ({ transaction }) => transaction.evidence.customer),
  text("subscription", ({ transaction }) => transaction.evidence.subscription),
  text("plan", ({ transaction }) => transaction.evidence.plan),
  integer("plan_version", ({ transaction }) => transaction.evidence.plan_version),
  text("price", ({ transaction }) => transaction.evidence.price),
  text("meter", ({ transaction }) => transaction.evidence.meter),
  integer("meter_version", ({ transaction }) => transaction.evidence.meter_version),
  text("contract", ({ transaction }) => transaction.evidence.contract),
  integer("contract_version", ({ transaction }) => transaction.evidence.contract_version),
  time("period_from", ({ transaction }) => transaction.evidence.period_from),
  time("period_to", ({ transaction }) => transaction.evidence.period_to),
  integer("cut", ({ transaction }) => transaction.revision),
  integer("catalog_offset", ({ transaction }) => transaction.evidence.catalog_offset),
  text("cause", ({ transaction }) => transaction.cause),
  text("adjusts", ({ transaction }) => transaction.adjusts),
  text("invoice", ({ transaction }) => transaction.evidence.invoice),
  text("hash", ({ transaction }) => hex(transaction.hash)),
  text("previous", ({ transaction }) => hex(transaction.previous)),
  text("entity", ({ entity }) => entity),
];

/** The cells of an entry's postings, row by row. */
export function rowsOf(entry: Entry): Cell[][] {
  return entry.postings.map((_, posting) => columns.map(({ cell }) => cell(entry, posting)));
}

/** A cell as text: a time in UTC, nothing as the empty text. */
export function cellText({ type }: Column, cell: Cell): string {
  if (cell === null) return "";
  return type === "time" && typeof cell === "number" ? formatTime(cell) : String(cell);
}

function text(name: string, cell: Column["cell"]): Column {
  return { name, type: "text", cell };
}

function integer(name: string, cell: Column["cell"]): Column {
  return { name, type: "integer", cell };
}

function time(name: string, cell: Column["cell"]): Column {
  return { name, type: "time", cell };
}
