import { decimal, toText } from "@tallybook/money";
import { expect, test } from "vitest";
import { type Book, closeBook, type Entry, netOf, openBook, takeEntry } from "@tallybook/periods";
import { at, period } from "./times.ts";

const may = period("2026-05-01", "2026-06-01");

function entry(id: string, date: string, quantity: string, corrects: string | null = null): Entry {
  return { id, time: at(date), quantity: decimal(quantity), corrects };
}

function summary(book: Book): string {
  const late = book.adjustments.map(({ id }) => id).join(", ") || "nothing";
  return `${toText(book.counted)} counted, ${late} beside it, ${toText(netOf(book))} in all`;
}

test("what comes after the close stands beside the closed total", () => {
  let book = openBook(may, "adjust");
  book = takeEntry(book, entry("e1", "2026-05-10", "100")).book;
  book = takeEntry(book, entry("c0", "2026-05-11", "-10", "e1")).book;
  const closed = closeBook(book);
  expect(closed.already_closed).toBe(false);
  const corrected = takeEntry(closed.book, entry("c1", "2026-05-15", "-40", "e1"));
  const late = takeEntry(corrected.book, entry("e2", "2026-05-31", "7"));
  expect([corrected.taken, late.taken]).toEqual(["adjustment", "adjustment"]);
  expect(summary(late.book)).toBe("90 counted, c1, e2 beside it, 57 in all");
});

test("late usage is refused where that was agreed, and a correction is not", () => {
  const { book } = closeBook(openBook(may, "refuse"));
  expect(takeEntry(book, entry("e1", "2026-05-31", "1"))).toEqual({ book, taken: "late" });
  expect(takeEntry(book, entry("c1", "2026-05-31", "-1", "e0")).taken).toBe("adjustment");
});

test("closing twice changes nothing", () => {
  const once = closeBook(takeEntry(openBook(may, "adjust"), entry("e1", "2026-05-10", "3")).book);
  const twice = closeBook(once.book);
  expect(twice).toEqual({ book: once.book, already_closed: true });
});

test.each(["2026-04-30T23:59:59.999999Z", "2026-06-01"])("%s is another period's", (date) => {
  const book = openBook(may, "refuse");
  expect(takeEntry(book, entry("e1", date, "1"))).toEqual({ book, taken: "elsewhere" });
  expect(takeEntry(closeBook(book).book, entry("e1", date, "1")).taken).toBe("elsewhere");
});
