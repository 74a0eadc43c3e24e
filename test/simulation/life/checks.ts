import { reconcile, replayMoved } from "@tallybook/audit";
import type { InvoicesFact } from "@tallybook/invoice";
import { emptyLedger, evolveLedger } from "@tallybook/journal";
import type { JournalFact } from "@tallybook/journal";
import type { MemoryLog } from "@tallybook/log";
import { decode, topics } from "@tallybook/wire";
import { expect } from "vitest";

import type { MemoryColumns } from "../memoryColumns.ts";
import type { Lived } from "./live.ts";
import { faultsOfOperations, numbersIn } from "./operations.ts";
import { exact, faultsOfBooks, owedBy } from "./owed.ts";
import type { Written } from "./owed.ts";

export function writtenOn(log: MemoryLog): Written {
  const of = (topic: string) => log.recordsOf(topic, 0).map(({ value }) => decode(value));
  const posted = of(topics.journal).filter((fact) => fact.kind === "TransactionPosted");
  return { facts: of(topics.invoices) as InvoicesFact[], posted };
}

/**
 * Whatever people did while processes died: each operation is there once, as it was answered; numbers have no gap, and dates do not run backward; the
 * books hold what the facts say, statements what is in the books; every residual of the identity is 0; and all money that moved comes out again.
 */
export async function expectSound(
  lived: Lived,
  {
    log,
    columns,
    tenants,
  }: {
    readonly log: MemoryLog;
    readonly columns: MemoryColumns;
    readonly tenants: readonly string[];
  },
): Promise<Written> {
  const written = writtenOn(log);
  expect(faultsOfOperations(written.facts, lived.done)).toEqual([]);
  expect(numbersIn(written.facts).faults).toEqual([]);
  expect(faultsOfBooks(written)).toEqual([]);
  expectChained(log);
  await expectStatements(lived, written, tenants);
  await expectIdentity(log, columns);
  const again = await replayMoved({ log });
  expect(again.filter(({ verdict }) => verdict.kind !== "equal")).toEqual([]);
  expect(again.length).toBe(written.facts.filter(isMoving).length);
  return written;
}

function isMoving({ kind }: InvoicesFact): boolean {
  return ["Payment", "Credit", "Note", "InvoiceVoided"].some((begin) => kind.startsWith(begin));
}

function expectChained(log: MemoryLog): void {
  const ledger = emptyLedger();
  for (const { value } of log.recordsOf(topics.journal, 0))
    evolveLedger(ledger, decode(value) as JournalFact);
  expect(ledger.open).toBeNull();
}

async function expectIdentity(log: MemoryLog, columns: MemoryColumns): Promise<void> {
  const { rows, lists, ahead } = await reconcile({ log, columns });
  expect(lists.differences).toEqual([]);
  expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
  expect(ahead).toEqual([]);
  expect(rows.length).toBeGreaterThan(10);
}

/** Statements come to what is receivable of invoices, and both to the books. */
async function expectStatements(
  { house }: Lived,
  written: Written,
  tenants: readonly string[],
): Promise<void> {
  const { open } = owedBy(written).told;
  for (const tenant of tenants) {
    const ask = async (path: string) => {
      const attempt = await house.ask({ tenant, method: "GET", path });
      expect(attempt?.answer, path).toMatchObject({ status: 200 });
      return attempt?.answer?.body;
    };
    const { receivables, complete } = await ask("/v1/receivables");
    expect(complete).toBe(true);
    const owed = new Map<string, string>(
      receivables.map((row: { customer: string; invoiced: string }) => [
        row.customer,
        row.invoiced,
      ]),
    );
    for (const [name, amount] of open) {
      const [of, customer = ""] = name.split(" ");
      if (of !== tenant) continue;
      const { closing } = await ask(`/v1/statements/${customer}?from=2000-01-01T00:00:00Z`);
      expect(exact(closing), `statement of ${name}`).toBe(amount);
      expect(exact(owed.get(customer) ?? "0"), `receivable of ${name}`).toBe(amount);
    }
  }
}
