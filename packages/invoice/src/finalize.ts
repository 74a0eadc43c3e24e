import { createHash } from "node:crypto";

import type { HeadSigned, StepBegun } from "@tallybook/journal";
import { currency as currencyOf, decimal, roundInvoice, sum, toText } from "@tallybook/money";

import type { InvoiceFinalized, LineExplanation } from "./facts.ts";
import { periodKey } from "./keys.ts";
import type { DraftLine } from "./lines.ts";

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
    return finalizeOne(
      draft,
      { id: invoiceId(draft, nth), number: invoiceNumber(place + 1) },
      series,
    );
  });
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
  { id, number }: { id: string; number: string },
  { begun, head }: Series,
): InvoiceFinalized {
  const currency = currencyOf(draft.currency);
  if (currency === undefined)
    throw new Error(`an invoice in ${draft.currency}, which is no currency`);
  const exact = draft.lines.map((line) => decimal(line.exact));
  const rounded = roundInvoice(exact, currency);
  return {
    kind: "InvoiceFinalized",
    invoice: id,
    number,
    tenant: draft.tenant,
    customer: draft.customer,
    subscription: draft.subscription,
    plan: draft.plan,
    plan_version: draft.plan_version,
    period_from: draft.period_from,
    period_to: draft.period_to,
    currency: draft.currency,
    lines: draft.lines.map((line, index) => ({ ...line, amount: rounded.lines[index] ?? "0" })),
    exact: toText(sum(exact)),
    rounding: toText(rounded.rounding),
    total: rounded.total,
    finalized_at: begun.time,
    journal_step: head.step,
    journal_hash: head.hash,
    explanations: draft.explanations,
  };
}

function takeNext(counts: Map<string, number>, key: string): number {
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  return count;
}
