import type { DecimalText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";

import type { InvoiceFact } from "./facts.ts";
import { roundLines } from "./finalize.ts";

/** An invoice as its reader sees it: free of offsets, cuts and hashes of the log, so that the same usage gives the same bytes. */
export interface InvoiceDocument {
  readonly invoice: string;
  readonly status: "draft" | "finalized";
  /** Null while it is a draft. */
  readonly number: string | null;
  readonly customer: string;
  readonly plan: string;
  readonly subscription: string;
  readonly period: { readonly from: string; readonly to: string };
  readonly currency: string;
  /** Minor units; of a draft what it would be. */
  readonly total: DecimalText;
  /** Sum of the lines' exact amounts, major units. */
  readonly exact: DecimalText;
  /** total minus exact, major units. */
  readonly rounding: DecimalText;
  readonly lines: readonly InvoiceDocumentLine[];
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
  return {
    invoice: invoice.invoice,
    status: isFinalized ? "finalized" : "draft",
    number: isFinalized ? invoice.number : null,
    customer: invoice.customer,
    plan: invoice.plan,
    subscription: invoice.subscription,
    period: { from: formatTime(invoice.period_from), to: formatTime(invoice.period_to) },
    currency: invoice.currency,
    total,
    exact,
    rounding,
    lines: lines.map((line) => ({
      meter: line.meter,
      dimensions: sorted(line.dimensions),
      quantity: line.quantity,
      amount: line.amount,
      exact: line.exact,
      is_tax: false,
      description: line.description,
    })),
  };
}

function sorted(dimensions: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.keys(dimensions)
      .toSorted()
      .map((name) => [name, dimensions[name] ?? ""]),
  );
}
