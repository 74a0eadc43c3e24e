import {
  evolveDisputes,
  evolveReceivables,
  isOfSubscription,
  partsByLine,
  nameKey,
  noReceivables,
  noteVerificationCode,
  renderInvoice,
  verificationCode,
} from "@tallybook/invoice";
import type {
  Disputes,
  InvoiceDocument,
  InvoiceDrafted,
  InvoiceFact,
  InvoiceFinalized,
  InvoicePart,
  InvoicesFact,
  NoteIssued,
  Receivables,
  TaxAwaited,
  TaxBasis,
} from "@tallybook/invoice";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import type { Fact } from "@tallybook/wire";

/** Every invoice and draft, by tenant, in the order in which they were written. The fold owns its maps. */
export interface Archive {
  readonly byTenant: Map<string, TenantArchive>;
  readonly disputes: Disputes;
  readonly receivables: Receivables;
  /** By tenant and verification code (`nameKey`). */
  readonly notesByCode: Map<string, NoteIssued>;
  /** Why nobody can tell the tax of a draft, by its id. */
  readonly untold: Map<string, string>;
  /** Drafts that wait for a calculator's word, by id. */
  readonly awaited: Map<string, TaxAwaited>;
  /** Behind the last fact. */
  end: number;
}

interface TenantArchive {
  /** Of a draft that was finalized both. */
  readonly facts: InvoiceFact[];
  /** By id, number and verification code: what is true now. */
  readonly byName: Map<string, InvoiceFact>;
}

export function emptyArchive(): Archive {
  return {
    byTenant: new Map(),
    disputes: new Map(),
    receivables: noReceivables(),
    notesByCode: new Map(),
    untold: new Map(),
    awaited: new Map(),
    end: 0,
  };
}

export function evolveArchive(archive: Archive, given: Fact, offset = archive.end): Archive {
  archive.end = offset + 1;
  const fact = given as InvoicesFact;
  evolveDisputes(archive.disputes, fact);
  evolveReceivables(archive.receivables, fact, offset);
  if (fact.kind === "TaxAwaited") archive.awaited.set(fact.invoice, fact);
  if (fact.kind === "TaxUnknown") archive.untold.set(fact.invoice, fact.reason);
  if (fact.kind === "TaxUnknown" || fact.kind === "InvoiceFinalized")
    archive.awaited.delete(fact.invoice);
  if (fact.kind === "NoteIssued") {
    const invoice = noted(archive, fact);
    const code = invoice && noteVerificationCode(fact, invoice);
    if (code !== undefined) archive.notesByCode.set(nameKey(fact.tenant, code), fact);
  }
  return fact.kind === "InvoiceDrafted" || fact.kind === "InvoiceFinalized"
    ? archived(archive, fact)
    : archive;
}

function archived(archive: Archive, fact: InvoiceFact): Archive {
  const of: TenantArchive = archive.byTenant.get(fact.tenant) ?? { facts: [], byName: new Map() };
  archive.byTenant.set(fact.tenant, of);
  of.facts.push(fact);
  of.byName.set(fact.invoice, fact);
  of.byName.set(verificationCode(fact), fact);
  if (fact.kind === "InvoiceFinalized") of.byName.set(fact.number, fact);
  return archive;
}

/** What there was of a tenant's invoices by the cuts up to a time. */
export function archiveUntil(archive: Archive, tenant: string, time: Micros): Archive {
  const facts = archive.byTenant.get(tenant)?.facts ?? [];
  const until: Archive = { ...archive, byTenant: new Map() };
  for (const fact of facts) if (madeAt(fact) <= time) archived(until, fact);
  return until;
}

function madeAt(fact: InvoiceFact): Micros {
  return fact.kind === "InvoiceFinalized" ? fact.finalized_at : fact.drafted_at;
}

export interface InvoiceFilter {
  readonly customer: string | undefined;
  readonly subscription: string | undefined;
  readonly status: InvoiceDocument["status"] | undefined;
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

/** In the order of their numbers; a draft stands where it was made, until it is finalized. */
export function listInvoices(
  archive: Archive,
  tenant: string,
  { customer, subscription, status, period, after, limit }: InvoiceFilter,
): InvoicePage {
  const found: InvoiceDocument[] = [];
  const { facts, byName } = archive.byTenant.get(tenant) ?? { facts: [], byName: new Map() };
  for (let at = after; at < facts.length; at += 1) {
    const invoice = facts[at];
    if (invoice === undefined) break;
    if (byName.get(invoice.invoice) !== invoice) continue;
    if (customer !== undefined && invoice.customer !== customer) continue;
    if (subscription !== undefined && !isOfSubscription(invoice, subscription)) continue;
    if (status !== undefined && statusOf(invoice) !== status) continue;
    if (period !== undefined && !formatTime(invoice.period_from).startsWith(period)) continue;
    found.push(renderInvoice(invoice));
    if (found.length === limit)
      return { invoices: found, next: at + 1 < facts.length ? at + 1 : null };
  }
  return { invoices: found, next: null };
}

/** All invoices and drafts as they are now, in the order in which they were made. */
export function currentInvoices(archive: Archive, tenant: string): readonly InvoiceFact[] {
  const { facts, byName } = archive.byTenant.get(tenant) ?? { facts: [], byName: new Map() };
  return facts.filter((fact) => byName.get(fact.invoice) === fact);
}

/** By id, number or verification code. */
export function findInvoice(
  archive: Archive,
  tenant: string,
  name: string,
): InvoiceFact | undefined {
  return archive.byTenant.get(tenant)?.byName.get(name);
}

/** The invoice that a note is on. */
export function noted(
  archive: Archive,
  { tenant, invoice }: NoteIssued,
): InvoiceFinalized | undefined {
  const found = findInvoice(archive, tenant, invoice);
  return found?.kind === "InvoiceFinalized" ? found : undefined;
}

/** A note by id, number or verification code. */
export function findNote(
  { receivables, notesByCode }: Archive,
  tenant: string,
  name: string,
): NoteIssued | undefined {
  const key = nameKey(tenant, name);
  const { notes, notesByNumber } = receivables;
  return notes.get(key) ?? notesByNumber.get(key) ?? notesByCode.get(key);
}

/** Drafts that are due and wait for a calculator's word, in the order in which they were made. */
export function draftsAwaited({ byTenant, awaited }: Archive): InvoiceDrafted[] {
  return [...awaited.values()].flatMap(({ tenant, invoice }) => {
    const draft = byTenant.get(tenant)?.byName.get(invoice);
    return draft?.kind === "InvoiceDrafted" ? [draft] : [];
  });
}

/** How many drafts are due and wait because nobody can tell their tax. */
export function untaxedDrafts({ byTenant, untold }: Archive): number {
  const open = [...untold.keys()].filter((invoice) =>
    [...byTenant.values()].some(({ byName }) => byName.get(invoice)?.kind === "InvoiceDrafted"),
  );
  return open.length;
}

/** When the oldest draft was made that nobody has finalized; undefined where none waits. Those in shadow wait for nobody. */
export function oldestDraft(
  { byTenant }: Archive,
  isInShadow: (draft: InvoiceDrafted) => boolean,
): Micros | undefined {
  let oldest: Micros | undefined;
  for (const { facts, byName } of byTenant.values()) {
    for (const fact of facts) {
      if (fact.kind !== "InvoiceDrafted" || byName.get(fact.invoice) !== fact) continue;
      if (oldest !== undefined && fact.drafted_at >= oldest) continue;
      if (!isInShadow(fact)) oldest = fact.drafted_at;
    }
  }
  return oldest;
}

/** What a step of the journal drafted for a subscription, as it is now; nothing where nothing was to be billed. */
export function draftsOf(
  archive: Archive,
  { tenant, subscription }: Pick<InvoiceDrafted, "tenant" | "subscription">,
  step: number,
): InvoiceFact[] {
  const of = archive.byTenant.get(tenant);
  const drafts = (of?.facts ?? []).filter(
    (fact) =>
      fact.kind === "InvoiceDrafted" &&
      fact.journal_step === step &&
      fact.subscription === subscription,
  );
  return drafts.map((draft) => of?.byName.get(draft.invoice) ?? draft);
}

/** What proves an invoice: the journal transactions behind its lines, exact amounts, and the head it was made from. */
export function evidenceView(invoice: InvoiceFact, untold: Archive["untold"]): object {
  const { status, number, exact, rounding, lines } = renderInvoice(invoice);
  const isFinalized = invoice.kind === "InvoiceFinalized";
  const parts = partsByLine(invoice);
  return {
    invoice: invoice.invoice,
    status,
    number,
    plan: invoice.parts.length > 0 ? null : invoice.plan,
    plan_version: invoice.parts.length > 0 ? null : invoice.plan_version,
    exact,
    rounding,
    finalized_at: isFinalized ? formatTime(invoice.finalized_at) : null,
    journal_step: invoice.journal_step,
    journal_hash: Buffer.from(invoice.journal_hash).toString("hex"),
    tax_basis: isFinalized ? basisView(invoice.tax_basis) : null,
    taxes: isFinalized ? invoice.taxes : [],
    tax_unknown: isFinalized ? null : (untold.get(invoice.invoice) ?? null),
    lines: invoice.lines.map(
      ({ transaction, transaction_kind, exact: exactly, period_from, period_to }, index) => ({
        line: index + 1,
        transaction,
        transaction_kind,
        ...ownerOf(parts[index]),
        exact: exactly,
        amount: lines[index]?.amount ?? "0",
        period: { from: formatTime(period_from), to: formatTime(period_to) },
      }),
    ),
  };
}

function ownerOf(part: InvoicePart | undefined): object {
  const { subscription = "", plan = "", plan_version = 0 } = part ?? {};
  return { subscription, plan, plan_version };
}

function basisView(basis: TaxBasis | null): object | null {
  return basis && { ...basis, told_at: formatTime(basis.told_at) };
}

function statusOf({ kind }: InvoiceFact): InvoiceDocument["status"] {
  return kind === "InvoiceFinalized" ? "finalized" : "draft";
}
