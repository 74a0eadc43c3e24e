import { reversalOf, takenOf } from "@tallybook/invoice";
import type { InvoiceTax, InvoiceVoided } from "@tallybook/invoice";
import type { TransactionPosted } from "@tallybook/journal";
import { expect, test } from "vitest";

/** 19 % that the price of 20.00 holds. */
const held: InvoiceTax = {
  treatment: "taxed",
  tax_rate: "vat",
  tax_rate_version: 1,
  name: "VAT",
  jurisdiction: "DE",
  percent: "19",
  inclusive: true,
  reason: "",
  base: "16.806722689075630252100840",
  exact: "3.193277310924369747899159",
  amount: "319",
  lines: [1],
};

const invoice = {
  invoice: "i1",
  tenant: "default",
  customer: "acme",
  currency: "USD",
  total: "2000",
  taxes: [held],
};

/** As far as it is looked at. */
function posted(cause: string, postings: TransactionPosted["postings"]): TransactionPosted {
  return { cause, postings } as unknown as TransactionPosted;
}

const charge = posted("fee", [
  { account: "assets:receivable:acme", amount: "20" },
  { account: "income:fees:dev", amount: "-20" },
]);
const tax = posted("default/i1/tax/0", [
  { account: "income:tax-included:DE", amount: "3.19" },
  { account: "liabilities:tax:DE", amount: "-3.19" },
]);

test("an invoice is not taken back before the tax that its prices hold is posted, and then with it", () => {
  expect(reversalOf(invoice, [charge])).toBeUndefined();
  expect(reversalOf(invoice, [charge, tax])).toEqual([
    { account: "assets:receivable:acme", amount: "-20" },
    { account: "income:fees:dev", amount: "20" },
    { account: "income:tax-included:DE", amount: "-3.19" },
    { account: "liabilities:tax:DE", amount: "3.19" },
  ]);
});

test("a tax of nothing is never posted, and waited for by nobody", () => {
  expect(reversalOf({ ...invoice, taxes: [{ ...held, amount: "0" }] }, [charge])).toHaveLength(2);
});

test("an invoice of nothing is voided, and nothing is posted", () => {
  expect(reversalOf({ ...invoice, total: "0", taxes: [] }, [])).toEqual([]);
  const voided: InvoiceVoided = {
    kind: "InvoiceVoided",
    invoice: "i1",
    number: "INV-000001",
    tenant: "default",
    customer: "acme",
    currency: "USD",
    subscription: "s1",
    plan: "dev",
    plan_version: 1,
    period_from: 0,
    period_to: 1,
    amount: "0",
    reason: "wrong",
    postings: [],
    actor: "k",
    voided_at: 2,
  };
  expect(takenOf(voided)).toBeUndefined();
});
