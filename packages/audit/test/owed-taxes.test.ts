import { takenOf } from "@tallybook/invoice";
import type { InvoiceFinalized, InvoicesFact, NoteIssued } from "@tallybook/invoice";
import { isMovement } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { expect, test } from "vitest";

import { compareNumbers } from "../src/money.ts";
import { compareOwedTaxes } from "../src/owed-taxes.ts";
import { createSheet } from "../src/sheet.ts";

const whose = { tenant: "default", customer: "acme", currency: "USD" };
const vat = { treatment: "taxed", jurisdiction: "DE", inclusive: false } as const;

/** 19 % of 20.00. */
const invoice = {
  kind: "InvoiceFinalized",
  ...whose,
  invoice: "i1",
  taxes: [{ ...vat, amount: "380" }],
} as unknown as InvoiceFinalized;

/** 10.00 of it with their tax. */
const note = {
  kind: "NoteIssued",
  ...whose,
  direction: "credit",
  note: "n1",
  invoice: "i1",
  plan: "dev",
  lines: [{ line: 1, description: "", amount: "1000", plan: "" }],
  taxes: [{ ...vat, nth: 0, amount: "190" }],
  amount: "1190",
  settled: "1190",
  credited: "0",
  issued_at: 1,
} as unknown as NoteIssued;

const debit: NoteIssued = { ...note, direction: "debit" };
const voided = { kind: "InvoiceVoided", ...whose, invoice: "i1" } as unknown as InvoicesFact;

function posted(postings: TransactionPosted["postings"]): TransactionPosted {
  return { ...whose, postings } as unknown as TransactionPosted;
}

function noted(fact: NoteIssued): TransactionPosted {
  const taken = takenOf(fact);
  if (taken === undefined || !isMovement(taken)) throw new Error("a note moves money");
  return posted(taken.postings);
}

const tax = posted([
  { account: "assets:receivable:acme", amount: "3.8" },
  { account: "liabilities:tax:DE", amount: "-3.8" },
]);
const back = posted([{ account: "liabilities:tax:DE", amount: "3.8" }]);

test.each([
  ["an invoice", [invoice], [tax], ["3.8", "3.8"]],
  ["what a credit note gave back", [invoice, note], [tax, noted(note)], ["1.9", "1.9"]],
  ["what a debit note asked for", [invoice, debit], [tax, noted(debit)], ["5.7", "5.7"]],
  ["what a void took back", [invoice, voided], [tax, back], ["0", "0"]],
  ["a note that is not posted", [invoice, note], [tax], ["1.9", "3.8"]],
  ["a tax that nothing tells of", [], [tax], ["0", "3.8"]],
])("taxes that are owed are those of %s", (_, facts, transactions, [left, right]) => {
  const sheet = createSheet();
  compareOwedTaxes(transactions, facts, sheet);
  const name = "taxes of invoices − notes − voids = Σ owed to jurisdictions: USD";
  expect(sheet.rows()).toMatchObject([{ name, left, right }]);
});

test("a note without the number before its own, and one dated before it, show", () => {
  const wrong = (numbers: readonly (readonly [string, number])[]) => {
    const sheet = createSheet();
    const all = numbers.map(([number, at]) => ({ tenant: "default", number, at }));
    compareNumbers("notes", all, sheet);
    return sheet.rows().flatMap(({ name, residual }) => (residual === "0" ? [] : [name]));
  };
  expect(
    wrong([
      ["CN-1", 1],
      ["DN-1", 0],
      ["CN-2", 1],
    ]),
  ).toEqual([]);
  expect(
    wrong([
      ["CN-1", 1],
      ["CN-3", 2],
    ]),
  ).toEqual(["notes = numbers without a gap"]);
  expect(
    wrong([
      ["CN-1", 2],
      ["CN-2", 1],
    ]),
  ).toEqual(["notes = dates in the order of their numbers"]);
});
