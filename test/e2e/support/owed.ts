import { requestCut } from "@tallybook/cli";
import type { Schemas } from "@tallybook/client";
import type { InvoiceDocument } from "@tallybook/invoice";
import type { TestStack } from "@tallybook/testkit";
import { expect } from "vitest";

import { exact, plainly } from "./analyst-page.ts";
import type { Rows } from "./analyst-page.ts";
import { until } from "./until.ts";

type Ask = (query: string) => Promise<Rows>;
type TrialBalance = Schemas["TrialBalance"];
type AgedReceivables = Schemas["AgedReceivables"];
type Statement = Schemas["Statement"];

/**
 * Voids one invoice, credits and debits others, disputes one, and pays more than is asked for; then what analysts read is what the
 * API says: what is owed, the statements, and every account.
 */
export async function expectOwed(
  { target }: Pick<TestStack, "target">,
  ask: Ask,
  invoices: readonly InvoiceDocument[],
): Promise<void> {
  // The last ones: something may be paid of the first.
  const [voided, credited, debited, disputed] = invoices
    .toReversed()
    .filter(({ total, lines }) => Number(total) > 1_000 && Number(lines[0]?.amount) > 500);
  if (disputed === undefined) throw new Error("too few invoices ask for ten dollars");
  const post = (path: string, body: object) => target.ask(path, { method: "POST", body });
  const of = (invoice: InvoiceDocument | undefined, what: string, body: object) =>
    post(`/v1/invoices/${invoice?.number}/${what}`, { reason: "agreed", ...body });
  await of(voided, "void", {});
  await of(credited, "credit-notes", { note: "c-1", lines: [{ line: 1, amount: "300" }] });
  await of(debited, "debit-notes", { note: "d-1", lines: [{ line: 1, amount: "250" }] });
  await of(disputed, "disputes", { line: 1, amount: "400" });
  const { customer, total, number } = disputed;
  const paid = { payment: "p-2", customer, currency: "USD", invoices: [number] };
  await post("/v1/payments", { ...paid, amount: String(Number(total) - 100), reference: "bank-7" });
  await requestCut(target, "notes and payments", { remark: () => {} });

  await until("what was taken off in ClickHouse", async () => {
    const [[count] = []] = await ask(
      "SELECT uniqExact(kind) FROM analytics.settlements WHERE kind IN ('void', 'credit_note', 'debit_note', 'payment')",
    );
    return count === "4" ? true : undefined;
  });
  await expectReceivables(target, ask);
  for (const each of new Set(invoices.map((it) => it.customer)))
    await expectStatement(target, ask, each);
  await expectBalances(target, ask);
  const payment = await ask(
    "SELECT method, reference, amount, settled, reversed_at FROM analytics.payments WHERE payment = 'p-2'",
  );
  const dollars = exact(total) / 100n - 10n ** 24n;
  expect(payment.map(([method, reference]) => [method, reference])).toEqual([
    ["bank_transfer", "bank-7"],
  ]);
  expect(plainly(payment).map((row) => [exact(row[2]), exact(row[3]), row[4]])).toEqual([
    [dollars, dollars, null],
  ]);
  const open = await ask(
    `SELECT open, disputed FROM analytics.aged_receivables WHERE number = '${number}'`,
  );
  // A dollar is left of it, and all of that is under dispute.
  expect(plainly(open)).toEqual([["1", "1"]]);
}

async function expectReceivables(target: TestStack["target"], ask: Ask): Promise<void> {
  const said = await target.ask<AgedReceivables>("/v1/receivables");
  expect(said.complete).toBe(true);
  const wanted = said.receivables
    .filter(({ invoiced }) => invoiced !== "0")
    .map((row) => [row.customer, row.currency, exact(row.invoiced), exact(row.disputed)]);
  const rows = await ask(
    "SELECT customer, currency, sum(open), sum(aged.disputed) FROM analytics.aged_receivables AS aged GROUP BY customer, currency ORDER BY customer",
  );
  expect(rows.map(([customer, currency, ...of]) => [customer, currency, ...of.map(exact)])).toEqual(
    wanted.toSorted(([one = ""], [other = ""]) => (one < other ? -1 : 1)),
  );
}

async function expectStatement(
  target: TestStack["target"],
  ask: Ask,
  customer: string,
): Promise<void> {
  // What is of this very moment, too.
  const said = await target.ask<Statement>(`/v1/statements/${encodeURIComponent(customer)}`, {
    query: { to: "2100-01-01T00:00:00Z" },
  });
  const rows = await ask(
    `SELECT what, reference, amount, balance FROM analytics.customer_statements WHERE customer = '${customer}' ORDER BY line`,
  );
  expect(
    rows.map(([what, reference, amount, balance]) => [
      what,
      reference,
      exact(amount),
      exact(balance),
    ]),
  ).toEqual(
    said.lines.map(({ what, reference, amount, balance }) => [
      what,
      reference,
      exact(amount),
      exact(balance),
    ]),
  );
}

async function expectBalances(target: TestStack["target"], ask: Ask): Promise<void> {
  const { accounts, totals } = await target.ask<TrialBalance>("/v1/trial-balance");
  const rows = await ask(
    "SELECT account, currency, debits, credits, balance FROM analytics.trial_balance WHERE tenant = 'default' ORDER BY account, currency",
  );
  expect(rows.map(([account, currency, ...of]) => [account, currency, ...of.map(exact)])).toEqual(
    accounts.map(({ account, currency, debits, credits, closing }) => [
      account,
      currency,
      ...[debits, credits, closing].map(exact),
    ]),
  );
  expect(totals.map(({ closing }) => closing)).toEqual(totals.map(() => "0"));
}
