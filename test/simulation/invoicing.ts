import { replayAll } from "@tallybook/audit";
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

/** Of so many seeds one is also replayed with hardly anything in memory. */
const inPiecesEach = 3;

/** Every invoice and draft comes out again by what the columns name and by all of the log. Returns how many lines they have. */
export async function expectReplayed(
  log: MemoryLog,
  columns: MemoryColumns,
  seed: number,
): Promise<number> {
  let lines = 0;
  for (const full of [false, true]) {
    const replays = await Array.fromAsync(replayAll({ log, columns, full }));
    for (const { verdict, invoice, lines: own } of replays) {
      expect(verdict, `seed ${seed}, ${invoice}, full: ${full}`).toEqual({ kind: "equal" });
      if (full) lines += own.length;
    }
    if (seed % inPiecesEach !== 0) continue;
    // Held in memory a few at a time, to the byte the same.
    const heldMax = 1 + (seed % 9);
    const inPieces = await Array.fromAsync(replayAll({ log, columns, full, heldMax }));
    expect(inPieces, `seed ${seed}, full: ${full}, ${heldMax} at a time`).toEqual(replays);
  }
  const facts = log.recordsOf(topics.invoices, 0).map(({ value }) => decode(value));
  // A draft that was finalized is one with its invoice.
  const written = new Map<string, number>();
  for (const fact of facts)
    if (fact.kind === "InvoiceFinalized" || fact.kind === "InvoiceDrafted")
      written.set(fact.invoice, fact.lines.length);
  const sum = [...written.values()].reduce((all, own) => all + own, 0);
  expect(lines, `seed ${seed}: lines`).toBe(sum);
  return lines;
}
