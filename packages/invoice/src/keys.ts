import type { Micros } from "@tallybook/periods";

export function subscriptionKey(tenant: string, subscription: string): string {
  return `${tenant}\u001f${subscription}`;
}

/** Whose period an invoice is of: a subscription's, or of a customer's whose subscriptions are on it together. */
export interface PeriodOf {
  readonly tenant: string;
  readonly customer: string;
  /** Empty where it is of several. */
  readonly subscription: string;
  readonly period_from: Micros;
}

/** Under which invoices of one period are counted. */
export function periodKey({ tenant, customer, subscription, period_from }: PeriodOf): string {
  const whose = subscriptionKey(tenant, subscription);
  return subscription === ""
    ? `${whose}\u001f${customer}\u001f${period_from}`
    : `${whose}\u001f${period_from}`;
}
