import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

/**
 * Accounts read like those of a ledger file: parts joined by ':'. What a name must not bring with it (the separator,
 * white space, control characters, the escape itself) is percent-encoded, so that a name can be read back.
 */
export const accounts = {
  receivable: (customer: string) => `assets:receivable:${escapeName(customer)}`,
  usage: (plan: string, price: string) => `income:usage:${escapeName(plan)}:${escapeName(price)}`,
  fees: (plan: string) => `income:fees:${escapeName(plan)}`,
  discounts: (coupon: string) => `income:discounts:${escapeName(coupon)}`,
  rounding: "income:rounding",
  bank: "assets:bank",
  credits: (customer: string) => `liabilities:credits:${escapeName(customer)}`,
  writtenOff: (plan: string) => `expenses:written-off:${escapeName(plan)}`,
  tax: (jurisdiction: string) => `liabilities:tax:${escapeName(jurisdiction)}`,
  /** What prices held of a tax, and is no income. */
  includedTax: (jurisdiction: string) => `income:tax-included:${escapeName(jurisdiction)}`,
  adjustments: (plan: string) => `income:adjustments:${escapeName(plan)}`,
};

/**
 * The cause of a fee, a usage or an adjustment: tenant, subscription, start of the period and price, joined by '/'; and the plan,
 * where the period had another one at first.
 */
export function chargeCause(
  tenant: string,
  subscription: string,
  from: Micros,
  price: string,
  plan?: string,
): string {
  const parts = [tenant, subscription, formatTime(from), price];
  return [...parts, ...(plan === undefined ? [] : [plan])].map(escapePart).join("/");
}

/** The cause of an adjustment that somebody ordered: tenant, the word, and its id. */
export function orderedCause(tenant: string, adjustment: string): string {
  return [tenant, "adjustments", adjustment].map(escapePart).join("/");
}

/**
 * The cause of a discount: tenant, subscription, start of the whole period and the coupon's application, joined by '/'; and what it
 * is of, where that is not the period's own charges.
 */
export function discountCause(
  tenant: string,
  subscription: string,
  from: Micros,
  application: string,
  of?: string,
): string {
  const parts = [tenant, subscription, formatTime(from), application];
  return [...parts, ...(of === undefined ? [] : [of])].map(escapePart).join("/");
}

/** The cause of a rounding: the invoice that it makes whole. */
export function invoiceCause(tenant: string, invoice: string): string {
  return [tenant, invoice].map(escapePart).join("/");
}

/** The cause of money that moves: tenant, what moves it, such as `payments`, and its id. */
export function movementCause(tenant: string, of: string, id: string): string {
  return [tenant, of, id].map(escapePart).join("/");
}

/** The cause of a tax: the invoice, and which one of it, from 0. */
export function taxCause(tenant: string, invoice: string, nth: number): string {
  return [tenant, invoice, "tax", String(nth)].map(escapePart).join("/");
}

export function escapeName(name: string, unsafe = /[%:\s\p{Cc}]/gu): string {
  return name.replace(unsafe, encodeURIComponent);
}

/** The name that `escapeName` was given. */
export function unescapeName(escaped: string): string {
  return escaped.replace(/(?:%[0-9A-F]{2})+/g, (bytes) => decodeURIComponent(bytes));
}

function escapePart(part: string): string {
  return escapeName(part, /[%/\s\p{Cc}]/gu);
}
