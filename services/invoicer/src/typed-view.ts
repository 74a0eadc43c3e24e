import type { InvoiceState } from "@tallybook/invoice";
import {
  currency as currencyOf,
  decimal,
  type Decimal,
  type DecimalText,
  isZero,
  majorUnits,
  nanosOf,
  toText,
} from "@tallybook/money";

/** What of an invoice's document the typed API tells, drafted or finalized. */
export interface Billed {
  readonly invoice: string;
  /** Null: a draft. */
  readonly number: string | null;
  readonly customer: string;
  /** Null: it is of several. */
  readonly subscription: string | null;
  readonly plan: string | null;
  readonly parts: readonly { readonly subscription: string }[];
  readonly currency: string;
  readonly period: { readonly from: string; readonly to: string };
  /** Minor units. */
  readonly total: DecimalText;
  /** What of the total is tax, minor units. */
  readonly tax: DecimalText;
  /** Total minus the lines, major units. */
  readonly rounding: DecimalText;
  readonly lines: readonly {
    readonly description: string;
    readonly meter: string | null;
    readonly quantity: DecimalText;
    /** Major units. */
    readonly exact: DecimalText;
    readonly is_tax: boolean;
  }[];
}

/** An invoice as the typed API has it: amounts in units of 1e-12 of the currency, as texts. */
export interface TypedInvoice {
  readonly id: string;
  /** Null for a draft. */
  readonly invoice_number: string | null;
  readonly status: TypedStatus;
  readonly invoice_type: "Standard";
  readonly customer_id: string;
  /** Null: it is of several. */
  readonly subscription_id: string | null;
  /** All that it is of. */
  readonly subscription_ids: readonly string[];
  readonly plan_id: string | null;
  readonly currency: string;
  readonly period_start: string;
  readonly period_end: string;
  /** What is asked for: rounded to the currency's minor unit. */
  readonly total_nanos: DecimalText;
  readonly tax_nanos: DecimalText;
  readonly created_at: string;
  readonly finalized_at: string | null;
  readonly line_items: readonly TypedLine[];
}

/** What one may ask for; Finalized is another word for Open. */
export const typedStatuses = ["Draft", "Open", "Finalized", "Paid", "Void"] as const;

export type TypedStatus = Exclude<(typeof typedStatuses)[number], "Finalized">;

export interface TypedLine {
  readonly description: string;
  /** Exact; the lines add up to the total. */
  readonly amount_nanos: DecimalText;
  readonly is_tax: boolean;
  readonly meter_id: string | null;
  readonly quantity: DecimalText;
}

/**
 * Lines are exact, and the one called Rounding is what lies between them and the total. `made_at`: when it was drafted or
 * finalized, RFC 3339. `state`: how far it has come; undefined for a draft.
 */
export function typedInvoice(
  of: Billed,
  made_at: string,
  state: InvoiceState | undefined,
): TypedInvoice {
  const total_nanos = minorNanos(of.total, of);
  return {
    id: of.invoice,
    invoice_number: of.number,
    status: statusOf(state),
    invoice_type: "Standard",
    customer_id: of.customer,
    subscription_id: of.subscription,
    subscription_ids: subscriptionsIn(of),
    plan_id: of.plan,
    currency: of.currency,
    period_start: of.period.from,
    period_end: of.period.to,
    total_nanos,
    tax_nanos: minorNanos(of.tax, of),
    created_at: made_at,
    finalized_at: of.number === null ? null : made_at,
    line_items: [...of.lines.map(lineOf), ...roundingOf(of)],
  };
}

function subscriptionsIn({ subscription, parts }: Billed): readonly string[] {
  if (subscription !== null) return [subscription];
  return [...new Set(parts.map((part) => part.subscription))];
}

function statusOf(state: InvoiceState | undefined): TypedStatus {
  switch (state) {
    case undefined:
      return "Draft";
    case "finalized":
    case "sent":
    case "partly_paid":
    case "overdue":
      return "Open";
    case "paid":
      return "Paid";
    case "voided":
      return "Void";
  }
}

function minorNanos(minor: DecimalText, { currency: code }: Billed): DecimalText {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`an invoice in ${code}, which is no currency`);
  return toText(nanosOf(majorUnits(minor, currency)));
}

function nanosIn({ exact }: Billed["lines"][number]): Decimal {
  return nanosOf(decimal(exact));
}

function lineOf(line: Billed["lines"][number]): TypedLine {
  const { description, is_tax, meter, quantity } = line;
  return { description, amount_nanos: toText(nanosIn(line)), is_tax, meter_id: meter, quantity };
}

/** The difference that rounding the total made, where there is one. */
function roundingOf({ rounding }: Billed): TypedLine[] {
  const difference = decimal(rounding);
  if (isZero(difference)) return [];
  const amount_nanos = toText(nanosOf(difference));
  return [{ description: "Rounding", amount_nanos, is_tax: false, meter_id: null, quantity: "1" }];
}
