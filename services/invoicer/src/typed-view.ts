import type { InvoiceFinalized } from "@tallybook/invoice";
import {
  currency as currencyOf,
  decimal,
  type DecimalText,
  isZero,
  majorUnits,
  nanosOf,
  toText,
} from "@tallybook/money";
import { formatTime, type Micros } from "@tallybook/periods";

/** What an invoice of the typed API is made of, drafted or finalized. */
export type Billed = Pick<
  InvoiceFinalized,
  | "invoice"
  | "customer"
  | "subscription"
  | "plan"
  | "currency"
  | "period_from"
  | "period_to"
  | "rounding"
  | "total"
> & {
  readonly lines: readonly Omit<InvoiceFinalized["lines"][number], "amount">[];
  /** Null: a draft. */
  readonly number: string | null;
  /** When it was drafted, or finalized. */
  readonly made_at: Micros;
};

/** An invoice as the typed API has it: amounts in units of 1e-12 of the currency, as texts. */
export interface TypedInvoice {
  readonly id: string;
  /** Null for a draft. */
  readonly invoice_number: string | null;
  readonly status: TypedStatus;
  readonly invoice_type: "Standard";
  readonly customer_id: string;
  readonly subscription_id: string;
  readonly plan_id: string;
  readonly currency: string;
  readonly period_start: string;
  readonly period_end: string;
  /** What is asked for: rounded to the currency's minor unit. */
  readonly total_nanos: DecimalText;
  readonly subtotal_nanos: DecimalText;
  readonly tax_nanos: DecimalText;
  readonly created_at: string;
  readonly finalized_at: string | null;
  readonly line_items: readonly TypedLine[];
}

export type TypedStatus = "Draft" | "Open";

export interface TypedLine {
  readonly description: string;
  /** Exact; the lines add up to the total. */
  readonly amount_nanos: DecimalText;
  readonly is_tax: boolean;
  readonly meter_id: string | null;
  readonly quantity: DecimalText;
}

/** Lines are exact, and the one called Rounding is what lies between them and the total. */
export function typedInvoice(of: Billed): TypedInvoice {
  const currency = currencyOf(of.currency);
  if (currency === undefined) throw new Error(`an invoice in ${of.currency}, which is no currency`);
  const total = toText(nanosOf(majorUnits(of.total, currency)));
  const made = formatTime(of.made_at);
  return {
    id: of.invoice,
    invoice_number: of.number,
    status: of.number === null ? "Draft" : "Open",
    invoice_type: "Standard",
    customer_id: of.customer,
    subscription_id: of.subscription,
    plan_id: of.plan,
    currency: of.currency,
    period_start: formatTime(of.period_from),
    period_end: formatTime(of.period_to),
    total_nanos: total,
    subtotal_nanos: total,
    tax_nanos: "0",
    created_at: made,
    finalized_at: of.number === null ? null : made,
    line_items: [...of.lines.map(lineOf), ...roundingOf(of)],
  };
}

function lineOf({ description, exact, meter, quantity }: Billed["lines"][number]): TypedLine {
  const amount_nanos = toText(nanosOf(decimal(exact)));
  return { description, amount_nanos, is_tax: false, meter_id: meter, quantity };
}

/** The difference that rounding the total made, where there is one. */
function roundingOf({ rounding }: Billed): TypedLine[] {
  const difference = decimal(rounding);
  if (isZero(difference)) return [];
  const amount_nanos = toText(nanosOf(difference));
  return [{ description: "Rounding", amount_nanos, is_tax: false, meter_id: null, quantity: "1" }];
}
