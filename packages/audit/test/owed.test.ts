import { takenOf } from "@tallybook/invoice";
import type { InvoiceFinalized, InvoicesFact, PaymentRecorded } from "@tallybook/invoice";
import { isMovement } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { expect, test } from "vitest";

import { compareOwed } from "../src/owed.ts";
import { createSheet } from "../src/sheet.ts";

const whose = { tenant: "default", customer: "acme", currency: "USD" };

/** Of 20.00, for one charge. */
const invoice = {
  kind: "InvoiceFinalized",
  ...whose,
  invoice: "i1",
  number: "INV-000001",
  lines: [{ transaction: "c1" }],
  total: "2000",
  taxes: [],
  due_at: null,
  finalized_at: 1,
} as unknown as InvoiceFinalized;

const payment: PaymentRecorded = {
  kind: "PaymentRecorded",
  ...whose,
  payment: "p1",
  amount: "2300",
  method: "bank_transfer",
  reference: "",
  received_at: 1,
  settles: [{ invoice: "i1", number: "INV-000001", amount: "2000" }],
  credited: "300",
  actor: "k",
  recorded_at: 2,
};

function charge(id: string, amount: string, customer = "acme"): TransactionPosted {
  return transaction(id, "fee", [
    { account: `assets:receivable:${customer}`, amount },
    { account: "income:fees:dev", amount: `-${amount}` },
  ]);
}

function transaction(
  id: string,
  transaction_kind: TransactionPosted["transaction_kind"],
  postings: TransactionPosted["postings"],
): TransactionPosted {
  const evidence = { customer: "acme" };
  return { ...whose, id, transaction_kind, postings, evidence } as unknown as TransactionPosted;
}

function paid(): TransactionPosted {
  const taken = takenOf(payment);
  if (taken === undefined || !isMovement(taken)) throw new Error("a payment moves money");
  return transaction("p1", "payment", taken.postings);
}

function rows(transactions: readonly TransactionPosted[], facts: readonly InvoicesFact[]) {
  const sheet = createSheet();
  compareOwed(transactions, facts, sheet);
  return sheet.rows();
}

const receivable = "open of invoices + charges on none = Σ receivable: USD";
const credit = "credit of customers = Σ credits: USD";

test("what is owed is what is open and what no invoice has yet, and credit is what payments left", () => {
  const charges = [charge("c1", "20"), charge("c2", "7")];
  expect(rows(charges, [invoice])).toMatchObject([
    { name: receivable, left: "27", right: "27", residual: "0" },
  ]);
  expect(rows([...charges, paid()], [invoice, payment])).toMatchObject([
    { name: receivable, left: "7", right: "7", residual: "0" },
    { name: credit, left: "3", right: "3", residual: "0" },
  ]);
});

test.each([
  ["a payment that is not posted", [charge("c1", "20")], [receivable, credit]],
  ["one that is posted twice", [charge("c1", "20"), paid(), paid()], [receivable, credit]],
  ["a charge to another customer's account", [charge("c1", "20", "b"), paid()], [receivable]],
  ["a charge twice", [charge("c1", "20"), charge("c1", "20"), paid()], [receivable]],
])("%s shows", (_, transactions, wrong) => {
  const found = rows(transactions, [invoice, payment]).filter(({ residual }) => residual !== "0");
  expect(found.map(({ name }) => name)).toEqual(wrong);
});
