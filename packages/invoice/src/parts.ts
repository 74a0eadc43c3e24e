import type { Micros } from "@tallybook/periods";

/** One of the subscriptions of an invoice that is of several, with its lines: they follow those of the parts before. */
export interface InvoicePart {
  readonly subscription: string;
  readonly plan: string;
  readonly plan_version: number;
  readonly period_from: Micros;
  readonly period_to: Micros;
  /** How many lines of the invoice are its own. */
  readonly lines: number;
}

/** What tells the subscriptions of an invoice or a draft. */
export interface InParts {
  readonly subscription: string;
  readonly plan: string;
  readonly plan_version: number;
  readonly period_from: Micros;
  readonly period_to: Micros;
  readonly lines: readonly unknown[];
  /** Empty: it is of one subscription. */
  readonly parts: readonly InvoicePart[];
}

/** An invoice by its subscriptions, each with its lines; of one subscription the one part that it is. */
export function partsOf(invoice: InParts): readonly InvoicePart[] {
  if (invoice.parts.length > 0) return invoice.parts;
  const { subscription, plan, plan_version, period_from, period_to, lines } = invoice;
  return [{ subscription, plan, plan_version, period_from, period_to, lines: lines.length }];
}

/** For each line of an invoice the part that it is of. */
export function partsByLine(invoice: InParts): readonly InvoicePart[] {
  return partsOf(invoice).flatMap((part) => Array.from({ length: part.lines }, () => part));
}

/** Whether an invoice holds anything of a subscription. */
export function isOfSubscription(invoice: InParts, subscription: string): boolean {
  return partsOf(invoice).some((part) => part.subscription === subscription);
}

/** What an invoice of several subscriptions says where one of a single subscription names it. */
export const ofSeveral = { subscription: "", plan: "", plan_version: 0 } as const;
