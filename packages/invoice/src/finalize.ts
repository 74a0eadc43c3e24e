import { createHash } from "node:crypto";

import type { HeadSigned, StepBegun } from "@tallybook/journal";
import { currency as currencyOf, decimal, roundInvoice, sum, toText } from "@tallybook/money";

import type { DraftLine, InvoiceDrafted, InvoiceFinalized, LineExplanation } from "./facts.ts";
import { periodKey } from "./keys.ts";

/** An invoice before it is rounded and numbered. */
export interface Draft {
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly plan: string;
  readonly plan_version: number;
  readonly period_from: number;
  readonly period_to: number;
  readonly currency: string;
  readonly lines: readonly DraftLine[];
  readonly explanations: readonly LineExplanation[];
}

/** Where an invoice is made, and what stands in the series before it. */
export interface Series {
  readonly begun: StepBegun;
  readonly head: HeadSigned;
  readonly countByTenant: ReadonlyMap<string, number>;
  readonly countByPeriod: ReadonlyMap<string, number>;
}

/** Rounds each draft once, from its exact sum, and gives it the next number of its tenant's series, without a gap. */
export function finalize(drafts: readonly Draft[], series: Series): InvoiceFinalized[] {
  const countByTenant = new Map(series.countByTenant);
  const countByPeriod = new Map(series.countByPeriod);
  return drafts.map((draft) => {
    const place = takeNext(countByTenant, draft.tenant);
    const nth = takeNext(
      countByPeriod,
      periodKey(draft.tenant, draft.subscription, draft.period_from),
    );
    const { begun, head } = series;
    return finalizeOne(draft, {
      invoice: invoiceId(draft, nth),
      number: invoiceNumber(place + 1),
      finalized_at: begun.time,
      journal_step: head.step,
      journal_hash: head.hash,
    });
  });
}

/** Rounds a draft and gives it a number; `place`: how many invoices stand in its tenant's series before it. */
export function finalizeDrafted(
  { kind: _, exact: __, drafted_at: ___, catalog_offset: ____, ...draft }: InvoiceDrafted,
  { place, finalized_at }: { readonly place: number; readonly finalized_at: number },
): InvoiceFinalized {
  const { invoice, journal_step, journal_hash } = draft;
  const number = invoiceNumber(place + 1);
  return finalizeOne(draft, { invoice, number, finalized_at, journal_step, journal_hash });
}

/**
 * The identity of an invoice: SHA-256, hex, of the JSON array ["invoice", tenant, subscription, start of the period in
 * microseconds, how many invoices of that period come before it]. No offset and no cut is in it.
 */
export function invoiceId(
  of: Pick<Draft, "tenant" | "subscription" | "period_from">,
  nth: number,
): string {
  const parts = ["invoice", of.tenant, of.subscription, of.period_from, nth];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function invoiceNumber(place: number): string {
  return `INV-${String(place).padStart(6, "0")}`;
}

function finalizeOne(
  draft: Draft,
  made: Pick<
    InvoiceFinalized,
    "invoice" | "number" | "finalized_at" | "journal_step" | "journal_hash"
  >,
): InvoiceFinalized {
  const { invoice, number, finalized_at, journal_step, journal_hash } = made;
  return {
    kind: "InvoiceFinalized",
    invoice,
    number,
    tenant: draft.tenant,
    customer: draft.customer,
    subscription: draft.subscription,
    plan: draft.plan,
    plan_version: draft.plan_version,
    period_from: draft.period_from,
    period_to: draft.period_to,
    currency: draft.currency,
    ...roundLines(draft),
    finalized_at,
    journal_step,
    journal_hash,
    explanations: draft.explanations,
  };
}

/** An invoice's lines with their cents, or a draft's with those that they would have. */
export type Priced = Omit<InvoiceFinalized, "kind" | "number" | "finalized_at">;

/** What lines come to once they are on an invoice, each with its share of the cents. */
export function roundLines({
  lines,
  currency: code,
}: Pick<Draft, "lines" | "currency">): Pick<
  InvoiceFinalized,
  "lines" | "exact" | "rounding" | "total"
> {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`an invoice in ${code}, which is no currency`);
  const exact = lines.map((line) => decimal(line.exact));
  const rounded = roundInvoice(exact, currency);
  return {
    lines: lines.map((line, index) => ({ ...line, amount: rounded.lines[index] ?? "0" })),
    exact: toText(sum(exact)),
    rounding: toText(rounded.rounding),
    total: rounded.total,
  };
}

function takeNext(counts: Map<string, number>, key: string): number {
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  return count;
}
