import { replay } from "@tallybook/audit";
import type { InvoiceFact } from "@tallybook/invoice";
import { followCatalogHistory } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { createOrders, openInvoicer } from "@tallybook/service-invoicer";
import { decode, topics } from "@tallybook/wire";
import { expect } from "vitest";

import type { MemoryColumns } from "./memoryColumns.ts";

/** Invoices all that the journal holds, as the invoicer does; `draft` is finalized on the way, as somebody asks for it. */
export async function invoiceAll(log: MemoryLog, draft?: InvoiceFact): Promise<void> {
  const catalog = await followCatalogHistory(log, { idleMs: 1 });
  const orders = createOrders();
  const finalized = draft === undefined ? undefined : orders.finalize(draft);
  const invoicer = await openInvoicer({
    log,
    catalog,
    reached: () => {},
    shown: async () => {},
    passed: () => {},
    stopping: new AbortController().signal,
    orders,
  });
  while ((await invoicer.turn()) === "worked");
  await finalized;
  await invoicer.close();
  await catalog.close();
}

/** Some invoice of a seed, and some draft, come out again by what the columns name and by all of the log. Returns how many lines. */
export async function expectReplayed(
  log: MemoryLog,
  columns: MemoryColumns,
  seed: number,
): Promise<number> {
  let lines = 0;
  const facts = log.recordsOf(topics.invoices, 0).map(({ value }) => decode(value));
  for (const kind of ["InvoiceFinalized", "InvoiceDrafted"] as const) {
    const own = facts.filter((fact) => fact.kind === kind);
    const fact = own[seed % Math.max(own.length, 1)];
    if (fact?.kind !== "InvoiceFinalized" && fact?.kind !== "InvoiceDrafted") continue;
    for (const full of [false, true]) {
      const { invoice, tenant } = fact;
      const found = await replay({ log, columns, tenant, invoice, full });
      expect(found.verdict, `seed ${seed}, ${kind} ${invoice}, full: ${full}`).toEqual({
        kind: "equal",
      });
      lines += found.lines.length;
    }
  }
  return lines;
}
