import type { InvoiceFinalized, InvoiceLine } from "@tallybook/invoice";
import { stripeItems } from "@tallybook/invoice";
import { expect, test } from "vitest";

const line = (transaction: string, amount: string): InvoiceLine => ({
  transaction,
  transaction_kind: "usage",
  meter: "tokens",
  dimensions: {},
  quantity: "1",
  exact: "0",
  amount,
  description: `what ${transaction} is`,
  period_from: 0,
  period_to: 1,
  tax_category: null,
});

const of = (lines: readonly InvoiceLine[], total: string, currency = "USD"): InvoiceFinalized => ({
  kind: "InvoiceFinalized",
  invoice: "a",
  number: "INV-000001",
  tenant: "default",
  customer: "acme",
  subscription: "s1",
  plan: "dev",
  plan_version: 1,
  period_from: 0,
  period_to: 1,
  currency,
  lines,
  exact: "0",
  rounding: "0",
  total,
  finalized_at: 1,
  journal_step: 0,
  journal_hash: new Uint8Array(32),
  explanations: [],
  entity: null,
  taxes: [],
  tax_basis: null,
  due_at: null,
  parts: [],
});

const vat = {
  tax_rate: "vat",
  name: "VAT",
  jurisdiction: "DE",
  percent: "19",
  inclusive: false,
  treatment: "taxed",
  reason: "",
  lines: [1],
  base: "20",
  amount: "380",
} as unknown as InvoiceFinalized["taxes"][number];

test("each line, tax and what was settled before is an item, and they come to what is to be collected", () => {
  const lines = [line("a", "2000"), line("b", "0"), line("c", "-100")];
  const invoice = { ...of(lines, "2280"), taxes: [vat] };
  expect(stripeItems(invoice, { amount: "2280", currency: "USD" })).toEqual([
    { item: 1, description: "what a is", amount: "2000" },
    { item: 2, description: "what c is", amount: "-100" },
    { item: 3, description: "VAT, DE, 19 %", amount: "380" },
  ]);
  expect(stripeItems(invoice, { amount: "1280", currency: "USD" })).toMatchObject([
    {},
    {},
    {},
    { item: 4, amount: "-1000", description: expect.stringContaining("Paid") },
  ]);
});

test("an inclusive tax adds nothing", () => {
  const invoice = { ...of([line("a", "2000")], "2000"), taxes: [{ ...vat, inclusive: true }] };
  expect(stripeItems(invoice, { amount: "2000", currency: "USD" })).toHaveLength(1);
});

test("of more lines than Stripe takes, those of a charge are one, and if need be all", () => {
  const many = Array.from({ length: 300 }, (_, at) => line(`t${at % 3}`, "1"));
  expect(stripeItems(of(many, "300"), { amount: "300", currency: "USD" })).toEqual(
    [1, 2, 3].map((item) => ({ item, description: `what t${item - 1} is`, amount: "100" })),
  );
  const others = Array.from({ length: 300 }, (_, at) => line(`t${at}`, "1"));
  expect(stripeItems(of(others, "300"), { amount: "300", currency: "USD" })).toEqual([
    { item: 1, description: "Invoice INV-000001", amount: "300" },
  ]);
});

test("what Stripe cannot count says so", () => {
  const invoice = of([line("a", "1234")], "1234", "KWD");
  expect(stripeItems(invoice, { amount: "1234", currency: "KWD" })).toContain("larger steps");
});
