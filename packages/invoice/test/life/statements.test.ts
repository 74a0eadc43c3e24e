import {
  agedReceivable,
  evolveCustomerBooks,
  evolveReceivables,
  noCustomerBooks,
  noReceivables,
  receivablesOf,
  statementOf,
} from "@tallybook/invoice";
import type { Dispute } from "@tallybook/invoice";
import { expect, test } from "vitest";

import { at, newStory } from "./story.ts";
import type { Story } from "./story.ts";

const whose = { tenant: "default", customer: "acme" };

/** What is told of the customer from the facts and the journal of a story. */
function told(story: Story) {
  const known = story.facts.reduce(evolveReceivables, noReceivables());
  const books = story.journal.reduce(evolveCustomerBooks, noCustomerBooks());
  const book = books.byCustomer.get("default\u001facme\u001fUSD");
  if (book === undefined) throw new Error("nothing was posted");
  return { book, invoices: receivablesOf(known, whose) };
}

function year(): Story {
  const story = newStory();
  story.head("2024-01-02");
  story.charge("23.004");
  story.invoice("INV-1", "2000", { finalized_at: at("2024-01-02"), due_at: at("2024-01-12") });
  story.head("2024-02-02");
  story.charge("5");
  story.invoice("INV-2", "500", { finalized_at: at("2024-02-02"), due_at: at("2024-02-12") });
  story.head("2024-02-20");
  story.pay("p1", "800");
  story.head("2024-03-20");
  story.note("credit", "n1", "INV-2", null);
  story.pay("p2", "1300");
  return story;
}

test("a statement goes from what was owed by what was asked for and paid to what is", () => {
  const { book, invoices } = told(year());
  const statement = statementOf(book, invoices, { from: at("2024-02-01"), to: at("2024-03-01") });
  expect(statement).toMatchObject({
    opening: "20",
    closing: "17",
    not_invoiced: "3.004",
    receivable: "20.004",
    credit: "0",
  });
  expect(
    statement.lines.map(({ what, reference, amount, balance }) => [
      what,
      reference,
      amount,
      balance,
    ]),
  ).toEqual([
    ["invoice", "INV-2", "5", "25"],
    ["payment", "p1", "-8", "17"],
  ]);
  const whole = statementOf(book, invoices, { from: 0, to: at("2025-01-01") });
  expect(whole).toMatchObject({ opening: "0", closing: "0", receivable: "3.004", credit: "1" });
  expect(whole.lines.map(({ what, amount }) => [what, amount])).toEqual([
    ["invoice", "20"],
    ["invoice", "5"],
    ["payment", "-8"],
    ["credit_note", "-5"],
    ["payment", "-12"],
  ]);
});

test.each([
  ["2024-01-02", "5000", "0"],
  ["2024-01-12", "5000", "20"],
  ["2024-01-12", "700", "7"],
  ["2024-01-12", "-700", "0"],
  ["2024-02-21", "1900", "12"],
  ["2024-03-15", "1900", "0"],
  ["2024-03-20", "1900", "0"],
])(
  "on %s a dispute about %s cents, settled in March, keeps %s from being asked for",
  (day, amount, disputed) => {
    const { book, invoices } = told(year());
    const dispute = {
      opened: { amount, opened_at: at("2024-01-03") },
      settled: { settled_at: at("2024-03-10") },
    } as unknown as Dispute;
    const of = (invoice: string) => (invoice === "id of INV-1" ? [dispute] : []);
    expect(agedReceivable(book, invoices, at(day), of).disputed).toBe(disputed);
    expect(agedReceivable(book, invoices, at(day)).disputed).toBe("0");
  },
);

test.each([
  ["2024-01-01", {}],
  ["2024-01-02", { current: "20", not_invoiced: "3.004" }],
  ["2024-01-12", { current: "20", not_invoiced: "3.004" }],
  ["2024-01-13", { days_1_30: "20", not_invoiced: "3.004" }],
  ["2024-02-11", { current: "5", days_1_30: "20", not_invoiced: "3.004" }],
  ["2024-02-12", { current: "5", days_31_60: "20", not_invoiced: "3.004" }],
  ["2024-03-13", { days_1_30: "5", days_61_90: "12", not_invoiced: "3.004" }],
  ["2024-03-20", { not_invoiced: "3.004", credit: "1" }],
])("what is owed on %s is as old as its invoices, and all of it is in the books", (day, aged) => {
  const { book, invoices } = told(year());
  const none = {
    current: "0",
    days_1_30: "0",
    days_31_60: "0",
    days_61_90: "0",
    days_over_90: "0",
  };
  const row = agedReceivable(book, invoices, at(day));
  expect(row).toMatchObject({ ...none, not_invoiced: "0", credit: "0", ...aged });
  const past = book.entries.filter(({ date }) => date <= at(day));
  const owed = past.map(({ receivable }) => Number(receivable)).reduce((a, b) => a + b, 0);
  expect(Number(row.receivable)).toBeCloseTo(owed, 9);
  expect(Number(row.invoiced) + Number(row.not_invoiced)).toBeCloseTo(owed, 9);
});
