import { reconcile, replay } from "@tallybook/audit";
import type { CatalogFact } from "@tallybook/catalog";
import { calculatorRequest, requestDigest } from "@tallybook/invoice";
import type { InvoiceLine, TaxCalculated } from "@tallybook/invoice";
import { subscription } from "@tallybook/testkit/facts";
import { decode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";

import { compareAsked } from "../src/taxed-again.ts";
import { keepBooks, usualTerms } from "./bookkeeper.ts";
import type { Office, Tamper } from "./bookkeeper.ts";

function revised(collection: string, id: string, body: Record<string, string>): CatalogFact {
  const common = { tenant: "default", recorded_at: 0, actor: "system", effective_at: 0 };
  return { kind: "ObjectRevised", ...common, collection, id, version: 1, archived: false, body };
}

/** acme is in Germany, where 19 % come on top, and a city takes 1 % that prices hold. */
const subscriptions = [
  subscription("s1", "acme", "dev", "2023-11-01", "2023-12-01"),
  subscription("s2", "acme", "dev", "2023-12-01"),
  revised("customers", "acme", { name: "acme", country: "DE" }),
  revised("tax_rates", "vat", { jurisdiction: "DE", percent: "19" }),
];
const city = revised("tax_rates", "city", { jurisdiction: "BER", country: "DE", percent: "1" });
const held = {
  ...city,
  body: { jurisdiction: "BER", country: "DE", percent: "1", inclusive: true },
};

const books = (tamper?: Tamper) =>
  keepBooks(tamper, { ...usualTerms, subscriptions: [...subscriptions, held] });

function invoicesIn({ log }: Office) {
  const facts = log.recordsOf(topics.invoices, 0).map(({ value }) => decode(value));
  return facts.filter((fact) => fact.kind === "InvoiceFinalized");
}

test("what invoices have of taxes is owed to jurisdictions, and comes out again with every line", async () => {
  const kept = await books();
  const invoices = invoicesIn(kept);
  expect(invoices.flatMap(({ taxes }) => taxes.map(({ tax_rate }) => tax_rate))).toContain("vat");
  for (const { invoice, lines, taxes } of invoices) {
    const again = await replay({ ...kept, invoice });
    expect(again.verdict).toEqual({ kind: "equal" });
    const [first] = again.lines;
    expect(first?.compared.filter(({ step }) => step === "tax")).toHaveLength(taxes.length);
    expect(again.lines).toHaveLength(lines.length);
  }
  const { rows } = await reconcile(kept);
  expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
  const row = rows.find(({ name }) => name.startsWith("taxes of invoices"));
  const told = invoices.flatMap(({ taxes }) => taxes.map(({ amount }) => Number(amount)));
  expect(Number(row?.left)).toBeCloseTo(told.reduce((all, each) => all + each, 0) / 100);
});

test.each([
  [
    "an invoice that says a cent more of a tax than is owed",
    (amount: string) => String(Number(amount) + 1),
  ],
  ["an invoice that says none of it", () => "0"],
])("%s is found, by the books and by a replay", async (_, changed) => {
  const kept = await books((fact, topic) =>
    topic === topics.invoices && fact.kind === "InvoiceFinalized"
      ? { ...fact, taxes: fact.taxes.map((tax) => ({ ...tax, amount: changed(tax.amount) })) }
      : fact,
  );
  const { rows } = await reconcile(kept);
  const wrong = rows.filter(({ residual }) => residual !== "0").map(({ name }) => name);
  expect(wrong.some((name) => name.startsWith("taxes of invoices"))).toBe(true);
  const [invoice] = invoicesIn(kept);
  const { verdict } = await replay({ ...kept, invoice: invoice?.invoice ?? "" });
  expect(verdict).toMatchObject({ kind: "different", first: { step: "tax" } });
});

test("the answer of a calculator has to be one to what comes out again", async () => {
  const [billed] = invoicesIn(await books());
  if (billed === undefined || billed.tax_basis === null) throw new Error("an invoice with taxes");
  const basis = { ...billed.tax_basis, source: "calculator" as const, calculation: "answer" };
  const invoice = { ...billed, tax_basis: basis };
  const answer: TaxCalculated = {
    kind: "TaxCalculated",
    tenant: invoice.tenant,
    invoice: invoice.invoice,
    calculation: "answer",
    calculator: "outside",
    request_digest: requestDigest(calculatorRequest(invoice, basis)),
    taxes: invoice.taxes,
    calculated_at: 0,
  };
  const calculations = new Map([["answer", answer]]);
  const asked = (lines: readonly InvoiceLine[]) =>
    compareAsked({ calculations }, invoice, lines).map(({ equal }) => equal);
  expect(asked(invoice.lines)).toEqual([true]);
  const [first, ...others] = invoice.lines;
  expect(asked(first === undefined ? [] : [{ ...first, exact: "1" }, ...others])).toEqual([false]);
  expect(compareAsked({ calculations: new Map() }, invoice, invoice.lines)).toMatchObject([
    { billed: "-" },
  ]);
});
