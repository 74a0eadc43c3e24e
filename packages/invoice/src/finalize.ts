import { createHash } from "node:crypto";

import { invoicingEntity } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import type { HeadSigned, StepBegun } from "@tallybook/journal";
import { add, currency as currencyOf, decimal, roundInvoice, sum, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";

import type { DraftLine, InvoiceDrafted, InvoiceFinalized, LineExplanation } from "./facts.ts";
import { periodKey } from "./keys.ts";
import type { PeriodOf } from "./keys.ts";
import { nextNumber, takeNumber } from "./numbers.ts";
import type { Numbered, Numbers } from "./numbers.ts";
import type { InvoicePart } from "./parts.ts";
import { seriesFor } from "./series.ts";
import { dueAt } from "./terms.ts";
import { addedTax, taxesOfLines, taxGroups } from "./tax/amounts.ts";
import type { InvoiceTax } from "./tax/facts.ts";
import type { TaxTold } from "./tax/tell.ts";

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
  /** Empty: it is of one subscription. */
  readonly parts: readonly InvoicePart[];
}

/** Where an invoice is made, and what stands before it. */
export interface Series {
  readonly begun: StepBegun;
  readonly head: HeadSigned;
  readonly numbers: Numbers;
  readonly countByPeriod: ReadonlyMap<string, number>;
}

/** What taxes are on a draft: the basis that tells them, and those of each line. */
export interface DraftTaxes extends Pick<Extract<TaxTold, { kind: "told" }>, "basis" | "on"> {
  /** As a calculator has told them, instead of those of each line. */
  readonly given?: readonly InvoiceTax[];
}

/** Rounds each draft once, from its exact sum, and gives it the next number of its series, without a gap. */
export function finalize(
  drafts: readonly { readonly draft: Draft; readonly tax: DraftTaxes }[],
  series: Series,
  catalog: Catalog,
): InvoiceFinalized[] {
  const numbers: Numbers = new Map(series.numbers);
  const countByPeriod = new Map(series.countByPeriod);
  return drafts.map(({ draft, tax }) => {
    const { begun, head } = series;
    const numbered = nextNumber(numbers, seriesFor(catalog, draft, "invoice"), begun.time);
    takeNumber(numbers, draft.tenant, numbered);
    const nth = takeNext(countByPeriod, periodKey(draft));
    return finalizeOne(draft, tax, {
      invoice: invoiceId(draft, nth),
      ...numbered,
      journal_step: head.step,
      journal_hash: head.hash,
      ...saidOf(draft, catalog, numbered.issued_at),
    });
  });
}

/** In whose name a draft is invoiced, and when it is to be paid, by what a catalog says. */
export function saidOf(
  draft: Pick<Draft, "tenant" | "customer">,
  catalog: Catalog,
  issued_at: number,
): Pick<InvoiceFinalized, "entity" | "due_at"> {
  const entity = invoicingEntity(catalog, draft)?.entity ?? null;
  return { entity, due_at: dueAt(catalog, draft, issued_at) };
}

/** Rounds a draft and gives it its number. */
export function finalizeDrafted(
  { kind: _, exact: __, drafted_at: ___, catalog_offset: ____, ...draft }: InvoiceDrafted,
  tax: DraftTaxes,
  numbered: Numbered & Pick<InvoiceFinalized, "due_at" | "entity">,
): InvoiceFinalized {
  const { invoice, journal_step, journal_hash } = draft;
  return finalizeOne(draft, tax, { invoice, ...numbered, journal_step, journal_hash });
}

/** A draft as it would be with these taxes, without a number: nobody has asked for it. */
export function taxedDraft(draft: InvoiceDrafted, tax: DraftTaxes): InvoiceFinalized {
  const entity = tax.basis?.entity ?? null;
  const issued_at = draft.drafted_at;
  return finalizeDrafted(draft, tax, { number: "", issued_at, entity, due_at: null });
}

/**
 * The identity of an invoice: SHA-256, hex, of the JSON array ["invoice", tenant, subscription, start of the period in
 * microseconds, how many invoices of that period come before it]; of several subscriptions of the array ["invoice of customer", tenant,
 * customer, start, how many]. No offset and no cut is in it.
 */
export function invoiceId(of: PeriodOf, nth: number): string {
  const whose =
    of.subscription === ""
      ? ["invoice of customer", of.tenant, of.customer]
      : ["invoice", of.tenant, of.subscription];
  const parts = [...whose, of.period_from, nth];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function finalizeOne(
  draft: Draft,
  { basis, on, given }: DraftTaxes,
  made: Numbered &
    Pick<InvoiceFinalized, "invoice" | "journal_step" | "journal_hash" | "due_at" | "entity">,
): InvoiceFinalized {
  const { invoice, number, issued_at, journal_step, journal_hash, entity, due_at } = made;
  const taxes = given ?? taxesOfLines(draft.lines, on, draft.currency);
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
    ...roundLines({ ...draft, taxes }),
    finalized_at: issued_at,
    journal_step,
    journal_hash,
    explanations: draft.explanations,
    entity,
    taxes,
    tax_basis: basis,
    due_at,
    parts: draft.parts,
  };
}

/** An invoice's lines with their cents, or a draft's with those that they would have. */
export type Priced = Omit<
  InvoiceFinalized,
  "kind" | "number" | "finalized_at" | "entity" | "tax_basis" | "due_at"
>;

/**
 * What lines come to once they are on an invoice, each with its share of the cents. Lines that the same taxes are on are rounded together;
 * without taxes all are.
 */
export function roundLines({
  lines,
  currency: code,
  taxes = [],
}: Pick<Draft, "lines" | "currency"> & {
  readonly taxes?: readonly InvoiceTax[];
}): Pick<InvoiceFinalized, "lines" | "exact" | "rounding" | "total"> {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`an invoice in ${code}, which is no currency`);
  const exact = lines.map((line) => decimal(line.exact));
  const amounts: DecimalText[] = lines.map(() => "0");
  let [rounding, total] = [decimal("0"), addedTax(taxes)];
  for (const places of taxGroups(lines.length, taxes)) {
    const rounded = roundInvoice(
      places.map((place) => exact[place] ?? decimal("0")),
      currency,
    );
    for (const [nth, place] of places.entries()) amounts[place] = rounded.lines[nth] ?? "0";
    rounding = add(rounding, rounded.rounding);
    total = add(total, decimal(rounded.total));
  }
  return {
    lines: lines.map((line, index) => ({ ...line, amount: amounts[index] ?? "0" })),
    exact: toText(sum(exact)),
    rounding: toText(rounding),
    total: toText(total),
  };
}

function takeNext(counts: Map<string, number>, key: string): number {
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  return count;
}
