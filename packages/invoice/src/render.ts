import type { DecimalText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";

import type { InvoiceFinalized } from "./facts.ts";

/** An invoice as its reader sees it: free of offsets, cuts and hashes of the log, so that the same usage gives the same bytes. */
export interface InvoiceDocument {
  readonly invoice: string;
  readonly number: string;
  readonly customer: string;
  readonly plan: string;
  readonly subscription: string;
  readonly period: { readonly from: string; readonly to: string };
  readonly currency: string;
  /** Minor units. */
  readonly total: DecimalText;
  readonly lines: readonly InvoiceDocumentLine[];
}

export interface InvoiceDocumentLine {
  /** Null for a fixed fee, whose quantity is 1. */
  readonly meter: string | null;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantity: DecimalText;
  /** Minor units. */
  readonly amount: DecimalText;
  readonly description: string;
}

/** The document of an invoice; its members stand in this order, dimensions sorted. */
export function renderInvoice(invoice: InvoiceFinalized): InvoiceDocument {
  return {
    invoice: invoice.invoice,
    number: invoice.number,
    customer: invoice.customer,
    plan: invoice.plan,
    subscription: invoice.subscription,
    period: { from: formatTime(invoice.period_from), to: formatTime(invoice.period_to) },
    currency: invoice.currency,
    total: invoice.total,
    lines: invoice.lines.map(({ meter, dimensions, quantity, amount, description }) => ({
      meter,
      dimensions: sorted(dimensions),
      quantity,
      amount,
      description,
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
