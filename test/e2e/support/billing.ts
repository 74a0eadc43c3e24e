import { reconcile, replay, rerate } from "@tallybook/audit";
import { advanceClock, type Deployment, listInvoices, withEngines } from "@tallybook/cli";
import type { InvoiceDocument, NumberedDocument } from "@tallybook/invoice";
import { readAll } from "@tallybook/log";
import type { ExpectedInvoice, TestStack } from "@tallybook/testkit";
import { decode, topics } from "@tallybook/wire";
import type { FactOf } from "@tallybook/wire";
import { expect } from "vitest";

/** Just after the last event of the traces. */
export const tracesEnd = "2023-11-16T19:30:00Z";
/** Three months' ends, each with its hour of grace. */
export const novemberClosed = "2023-12-01T01:00:00Z";
export const decemberClosed = "2024-01-01T01:00:00Z";
export const januaryClosed = "2024-02-01T01:00:00Z";

/** The clock's way, without a word. */
export function advance(target: Deployment, time: string): Promise<unknown> {
  return advanceClock(target, time, { remark: () => {} });
}

/** Every residual of the identity is exactly 0, and nothing differs anywhere. */
export async function expectIdentity(stack: TestStack): Promise<void> {
  const { rows, lists } = await withEngines(stack.run(), reconcile);
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter((row) => row.residual !== "0")).toEqual([]);
  expect(lists.differences).toEqual([]);
}

/** Every line of the invoices comes out again from the log, and all that was ever posted from the columns. */
export async function expectReplayed(
  stack: TestStack,
  invoices: readonly NumberedDocument[],
): Promise<void> {
  await withEngines(stack.run(), async ({ log, columns, kafka }) => {
    for (const { number, lines } of invoices) {
      for (const full of [false, true]) {
        const replayed = await replay({ log, columns, kafka, invoice: number, full });
        for (const { verdict, line, description } of replayed.lines)
          expect(verdict, `${number} line ${line}: ${description}`).toEqual({ kind: "equal" });
        // Taxes follow from the others, and are compared with each of them.
        const own = lines.filter(({ is_tax }) => !is_tax);
        expect([replayed.lines.length, replayed.verdict.kind]).toEqual([own.length, "equal"]);
      }
    }
    const period = { from: 0, to: Number.MAX_SAFE_INTEGER };
    const { transactions, differences } = await rerate({ log, columns, period });
    expect(transactions).toBeGreaterThan(0);
    expect(differences).toEqual([]);
  });
}

/** A draft, as what replays an invoice takes it: by its id. */
export function asNumbered(draft: InvoiceDocument): NumberedDocument {
  return { ...draft, status: "finalized", number: draft.invoice };
}

/** What the journal holds, in its order. */
export async function transactionsOf(stack: TestStack): Promise<FactOf<"TransactionPosted">[]> {
  return withEngines(stack.run(), async ({ log }) => {
    const transactions: FactOf<"TransactionPosted">[] = [];
    for await (const { value } of readAll(log, topics.journal, 0)) {
      const fact = decode(value);
      if (fact.kind === "TransactionPosted") transactions.push(fact);
    }
    return transactions;
  });
}

/** The invoices as the API has them, to the byte. */
export async function invoicesText(target: Deployment): Promise<string> {
  return JSON.stringify(await listInvoices(target), null, 1);
}

/** What the oracle knows of an invoice. */
export function asExpected(invoices: readonly InvoiceDocument[]): ExpectedInvoice[] {
  return invoices
    .toSorted((a, b) => (a.customer < b.customer ? -1 : 1))
    .map(({ customer, plan, currency, total, lines }) => ({
      customer,
      plan: plan ?? "",
      currency,
      total,
      lines: lines.map(({ meter, dimensions, quantity, amount }) => ({
        meter,
        dimensions,
        quantity,
        amount,
      })),
    }));
}
