import { decimal, sum, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";

import type { InvoiceFact, InvoiceLine } from "./facts.ts";
import { roundLines } from "./finalize.ts";
import type { InvoicePart } from "./parts.ts";
import { baseAmount, wholeTax } from "./tax/amounts.ts";
import type { InvoiceTax, TaxTreatment } from "./tax/facts.ts";
import { taxLines } from "./tax/lines.ts";

/** An invoice as its reader sees it: free of offsets, cuts and hashes of the log, so that the same usage gives the same bytes. */
export interface InvoiceDocument {
  readonly invoice: string;
  readonly status: "draft" | "finalized";
  /** Null while it is a draft. */
  readonly number: string | null;
  readonly customer: string;
  /** Null where it is of several subscriptions: `parts` tells them. */
  readonly plan: string | null;
  readonly subscription: string | null;
  readonly period: { readonly from: string; readonly to: string };
  readonly currency: string;
  /** In whose name it is written; null: the tenant's own, or it is a draft. */
  readonly entity: string | null;
  /** Minor units; of a draft what it would be without taxes, which are told when it is finalized. */
  readonly total: DecimalText;
  /** What of the total is tax, also where prices hold it; minor units. */
  readonly tax: DecimalText;
  /** Sum of the lines' exact amounts, major units. */
  readonly exact: DecimalText;
  /** total minus exact, major units. */
  readonly rounding: DecimalText;
  /** They add up to the total: taxes that prices do not hold are among them. */
  readonly lines: readonly InvoiceDocumentLine[];
  /** Each tax on what it is, and why there is none on what. */
  readonly taxes: readonly InvoiceDocumentTax[];
  /** Of several subscriptions, in the order of their lines; empty: it is of one. */
  readonly parts: readonly InvoiceDocumentPart[];
}

export interface InvoiceDocumentPart {
  readonly subscription: string;
  readonly plan: string;
  readonly period: { readonly from: string; readonly to: string };
  /** What its lines come to without taxes on top, minor units. */
  readonly amount: DecimalText;
  /** The same in major units, before it is rounded. */
  readonly exact: DecimalText;
  /** Its lines, from 1. */
  readonly lines: readonly number[];
}

export interface InvoiceDocumentTax {
  readonly treatment: TaxTreatment;
  /** Of the catalog; null where no rate of it was applied. */
  readonly tax_rate: string | null;
  readonly tax_rate_version: number | null;
  readonly name: string;
  readonly jurisdiction: string;
  readonly percent: DecimalText;
  readonly inclusive: boolean;
  readonly reason: string;
  /** What it is on, exact, major units. */
  readonly base: DecimalText;
  /** The same as the invoice writes it, minor units: with the taxes on them they are what the lines come to. */
  readonly base_amount: DecimalText;
  /** Minor units. */
  readonly amount: DecimalText;
  /** The lines that it is on, from 1. */
  readonly lines: readonly number[];
}

/** The document of an invoice that is finalized. */
export interface NumberedDocument extends InvoiceDocument {
  readonly status: "finalized";
  readonly number: string;
}

export interface InvoiceDocumentLine {
  /** Null for a fixed fee, whose quantity is 1. */
  readonly meter: string | null;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantity: DecimalText;
  /** Minor units; of a draft what it would be. */
  readonly amount: DecimalText;
  /** Major units. */
  readonly exact: DecimalText;
  readonly is_tax: boolean;
  readonly description: string;
}

/** The document of an invoice; its members stand in this order, dimensions sorted. */
export function renderInvoice(invoice: InvoiceFact): InvoiceDocument {
  const isFinalized = invoice.kind === "InvoiceFinalized";
  const { lines, exact, rounding, total } = isFinalized ? invoice : roundLines(invoice);
  const taxes = isFinalized ? invoice.taxes : [];
  const asked = isFinalized ? taxLines(invoice) : [];
  return {
    invoice: invoice.invoice,
    status: isFinalized ? "finalized" : "draft",
    number: isFinalized ? invoice.number : null,
    customer: invoice.customer,
    plan: invoice.parts.length > 0 ? null : invoice.plan,
    subscription: invoice.parts.length > 0 ? null : invoice.subscription,
    period: { from: formatTime(invoice.period_from), to: formatTime(invoice.period_to) },
    currency: invoice.currency,
    entity: isFinalized ? invoice.entity : null,
    total,
    tax: wholeTax(taxes),
    exact: toText(sum([exact, ...asked.map((line) => line.exact)].map(decimal))),
    rounding,
    lines: [...lines, ...asked].map((line) => ({
      meter: line.meter,
      dimensions: sorted(line.dimensions),
      quantity: line.quantity,
      amount: line.amount,
      exact: line.exact,
      is_tax: line.transaction_kind === "tax",
      description: line.description,
    })),
    taxes: taxes.map((tax) => taxDocument(tax, { ...invoice, lines, taxes })),
    parts: partDocuments(invoice.parts, lines),
  };
}

function partDocuments(
  parts: readonly InvoicePart[],
  lines: readonly Pick<InvoiceLine, "amount" | "exact">[],
): InvoiceDocumentPart[] {
  let before = 0;
  return parts.map(({ subscription, plan, period_from, period_to, lines: count }) => {
    const first = before;
    before += count;
    const own = lines.slice(first, before);
    return {
      subscription,
      plan,
      period: { from: formatTime(period_from), to: formatTime(period_to) },
      amount: toText(sum(own.map(({ amount }) => decimal(amount)))),
      exact: toText(sum(own.map(({ exact }) => decimal(exact)))),
      lines: own.map((_, at) => first + at + 1),
    };
  });
}

/** A tax without the digits behind what is rounded. */
export function taxDocument(
  tax: InvoiceTax,
  of: Parameters<typeof baseAmount>[1],
): InvoiceDocumentTax {
  return {
    treatment: tax.treatment,
    tax_rate: tax.tax_rate,
    tax_rate_version: tax.tax_rate_version,
    name: tax.name,
    jurisdiction: tax.jurisdiction,
    percent: tax.percent,
    inclusive: tax.inclusive,
    reason: tax.reason,
    base: tax.base,
    base_amount: baseAmount(tax, of),
    amount: tax.amount,
    lines: tax.lines,
  };
}

function sorted(dimensions: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.keys(dimensions)
      .toSorted()
      .map((name) => [name, dimensions[name] ?? ""]),
  );
}
