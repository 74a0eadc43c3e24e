import { makePage, renderInvoiceHtml } from "@tallybook/invoice";
import type { InvoiceFinalized } from "@tallybook/invoice";
import { renderInvoicePdf } from "@tallybook/pdf";

import {
  catalogOfInvoices,
  linesOfInvoice,
  madeUpInvoice,
} from "../contract/support/made-up-invoices.ts";
import type { Figures } from "./round.ts";

/**
 * Invoices rated, every second with two taxes, and written as pages and as PDFs; each by the processor time of one process, and without Kafka, ClickHouse or anything
 * to wait for.
 */
export async function measureDocuments(
  count: number,
  say: (line: string) => void,
): Promise<Figures> {
  const catalog = catalogOfInvoices();
  say(`rating ${count} invoices of ${linesOfInvoice} lines`);
  const invoices: InvoiceFinalized[] = [];
  const rated = await perSecond(count, (at) => void invoices.push(madeUpInvoice(at, at % 2 === 1)));
  say("as pages");
  const madeAt = { catalog, cut: 721, signature: new Uint8Array(64) };
  let bytes = 0;
  const pages = await perSecond(count, (at) => {
    bytes += renderInvoiceHtml(invoices[at] as InvoiceFinalized, madeAt).length;
  });
  say("as PDFs");
  const papers = await perSecond(count, async (at) => {
    bytes += (await renderInvoicePdf(makePage(invoices[at] as InvoiceFinalized, madeAt))).length;
  });
  if (bytes === 0) throw new Error("nothing was written");
  return {
    [`rating ${count} invoices, per CPU second`]: rated,
    [`HTML of ${count} invoices, per CPU second`]: pages,
    [`PDF of ${count} invoices, per CPU second`]: papers,
  };
}

async function perSecond(
  count: number,
  work: (at: number) => void | Promise<void>,
): Promise<number> {
  const before = process.cpuUsage();
  for (let at = 0; at < count; at += 1) await work(at);
  const { user, system } = process.cpuUsage(before);
  return count / ((user + system) / 1e6);
}
