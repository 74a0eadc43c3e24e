import { renderInvoice } from "@tallybook/invoice";
import type { InvoiceDocument, InvoiceFinalized } from "@tallybook/invoice";
import { formatTime } from "@tallybook/periods";
import type { Fact } from "@tallybook/wire";

/** Every invoice, by tenant, in the order of their numbers. The fold owns its maps. */
export interface Archive {
  readonly byTenant: Map<string, TenantArchive>;
}

interface TenantArchive {
  readonly invoices: InvoiceFinalized[];
  /** By id and by number. */
  readonly byName: Map<string, InvoiceFinalized>;
}

export function emptyArchive(): Archive {
  return { byTenant: new Map() };
}

export function evolveArchive(archive: Archive, fact: Fact): Archive {
  if (fact.kind !== "InvoiceFinalized") throw new Error(`a ${fact.kind} on invoices`);
  const of: TenantArchive = archive.byTenant.get(fact.tenant) ?? {
    invoices: [],
    byName: new Map(),
  };
  archive.byTenant.set(fact.tenant, of);
  of.invoices.push(fact);
  of.byName.set(fact.invoice, fact);
  of.byName.set(fact.number, fact);
  return archive;
}

export interface InvoiceFilter {
  readonly customer: string | undefined;
  /** Start of the period as a prefix of its RFC 3339 text, such as `2023-11`. */
  readonly period: string | undefined;
  /** How many to pass over. */
  readonly after: number;
  readonly limit: number;
}

export interface InvoicePage {
  readonly invoices: readonly InvoiceDocument[];
  /** Pass it as `after` for the next page; null at the end. */
  readonly next: number | null;
}

export function listInvoices(
  archive: Archive,
  tenant: string,
  { customer, period, after, limit }: InvoiceFilter,
): InvoicePage {
  const found: InvoiceDocument[] = [];
  const all = archive.byTenant.get(tenant)?.invoices ?? [];
  for (let at = after; at < all.length; at += 1) {
    const invoice = all[at];
    if (invoice === undefined) break;
    if (customer !== undefined && invoice.customer !== customer) continue;
    if (period !== undefined && !formatTime(invoice.period_from).startsWith(period)) continue;
    found.push(renderInvoice(invoice));
    if (found.length === limit)
      return { invoices: found, next: at + 1 < all.length ? at + 1 : null };
  }
  return { invoices: found, next: null };
}

export function findInvoice(
  archive: Archive,
  tenant: string,
  name: string,
): InvoiceFinalized | undefined {
  return archive.byTenant.get(tenant)?.byName.get(name);
}

/** What proves an invoice: the journal transactions behind its lines, exact amounts, and the head it was made from. */
export function evidenceView(invoice: InvoiceFinalized): object {
  return {
    invoice: invoice.invoice,
    number: invoice.number,
    plan: invoice.plan,
    plan_version: invoice.plan_version,
    exact: invoice.exact,
    rounding: invoice.rounding,
    finalized_at: formatTime(invoice.finalized_at),
    journal_step: invoice.journal_step,
    journal_hash: Buffer.from(invoice.journal_hash).toString("hex"),
    lines: invoice.lines.map(
      ({ transaction, transaction_kind, exact, amount, period_from, period_to }, index) => ({
        line: index + 1,
        transaction,
        transaction_kind,
        exact,
        amount,
        period: { from: formatTime(period_from), to: formatTime(period_to) },
      }),
    ),
  };
}
