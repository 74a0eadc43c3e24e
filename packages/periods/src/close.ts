import { add, decimal, type Decimal } from "@tallybook/money";
import type { Period } from "./period.ts";
import type { Micros } from "./time.ts";

/** A quantity as it comes in: told apart from its repeats before. */
export interface Entry {
  readonly id: string;
  readonly time: Micros;
  /** Of a correction the difference it makes, mostly below zero. */
  readonly quantity: Decimal;
  /** The id of the entry that it corrects; null for usage. */
  readonly corrects: string | null;
}

/** What becomes of usage that comes after its period was closed: an adjustment beside the closed total, or nothing. */
export type LateUsage = "adjust" | "refuse";

/** A period's quantities. What was closed never changes; what comes later stands beside it. */
export interface Book {
  readonly period: Period;
  readonly late: LateUsage;
  /** What was counted while it was open: once it is closed, what is billed. */
  readonly counted: Decimal;
  readonly is_closed: boolean;
  /** What came after it was closed, in order. */
  readonly adjustments: readonly Entry[];
}

/** `elsewhere`: of another period, whose book should have it. `late`: refused because the period is closed. */
export type Taken = "counted" | "adjustment" | "late" | "elsewhere";

export function openBook(period: Period, late: LateUsage): Book {
  return { period, late, counted: decimal("0"), is_closed: false, adjustments: [] };
}

/** A correction is taken at any time, whatever becomes of late usage: somebody decided it. */
export function takeEntry(book: Book, entry: Entry): { book: Book; taken: Taken } {
  const { from, to } = book.period;
  if (entry.time < from || entry.time >= to) return { book, taken: "elsewhere" };
  if (!book.is_closed) {
    return { book: { ...book, counted: add(book.counted, entry.quantity) }, taken: "counted" };
  }
  if (entry.corrects === null && book.late === "refuse") return { book, taken: "late" };
  return {
    book: { ...book, adjustments: [...book.adjustments, entry] },
    taken: "adjustment",
  };
}

/** Closes the period. Closing it again changes nothing, and says so. */
export function closeBook(book: Book): { book: Book; already_closed: boolean } {
  return { book: { ...book, is_closed: true }, already_closed: book.is_closed };
}

/** What the period has come to, adjustments included. */
export function netOf({ counted, adjustments }: Book): Decimal {
  return adjustments.reduce((net, { quantity }) => add(net, quantity), counted);
}
