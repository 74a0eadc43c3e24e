import { add, compare, decimal, sub, sum, toText } from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";

import type { InvoiceFinalized, InvoicesFact } from "../facts.ts";
import type { PaymentRecorded, PaymentReversed, Settled } from "./facts.ts";

/** What a customer owes by an invoice. */
export interface Receivable {
  readonly invoice: Omit<InvoiceFinalized, "kind" | "lines" | "explanations" | "journal_hash">;
  /** What is still to be paid, minor units; of an invoice that gives back, below zero. */
  open: Decimal;
  /** What payments have taken off it, minor units. */
  paid: Decimal;
}

/** A payment, and how it was reversed; null while it stands. */
export interface Payment {
  readonly recorded: PaymentRecorded;
  readonly reversed: PaymentReversed | null;
}

/**
 * What customers owe by their invoices, and the credit that they have: a fold of `invoices`, which owns its maps. Tenants are told
 * apart in all of its keys.
 */
export interface Receivables {
  /** By id and by number (`nameKey`). */
  readonly byName: Map<string, Receivable>;
  /** In the order of their numbers (`customerKey`). */
  readonly byCustomer: Map<string, Receivable[]>;
  /** What is the customer's own, minor units (`creditKey`). */
  readonly credit: Map<string, Decimal>;
  /** In the order in which they were recorded (`nameKey`). */
  readonly payments: Map<string, Payment>;
}

export function noReceivables(): Receivables {
  return { byName: new Map(), byCustomer: new Map(), credit: new Map(), payments: new Map() };
}

/** Takes in a fact of `invoices`; what moves no money changes nothing. */
export function evolveReceivables(known: Receivables, fact: InvoicesFact): Receivables {
  switch (fact.kind) {
    case "InvoiceFinalized":
      return finalized(known, fact);
    case "PaymentRecorded":
      known.payments.set(nameKey(fact.tenant, fact.payment), { recorded: fact, reversed: null });
      settle(known, fact, fact.settles);
      addCredit(known, fact, decimal(fact.credited));
      return known;
    case "PaymentReversed": {
      const key = nameKey(fact.tenant, fact.payment);
      const payment = known.payments.get(key);
      if (payment === undefined || payment.reversed !== null) return known;
      known.payments.set(key, { ...payment, reversed: fact });
      settle(known, fact, [...fact.reopens, ...fact.unapplied], -1);
      addCredit(known, fact, sub(zero, decimal(fact.uncredited)));
      return known;
    }
    case "InvoiceDrafted":
    case "DisputeOpened":
    case "DisputeSettled":
    case "FinalizationOverridden":
    case "TaxAwaited":
    case "TaxCalculated":
    case "TaxUnknown":
      return known;
  }
}

/** An invoice of a tenant, by its id or number. */
export function receivableOf(
  { byName }: Receivables,
  tenant: string,
  name: string,
): Receivable | undefined {
  return byName.get(nameKey(tenant, name));
}

/** The invoices of a customer in the order of their numbers. */
export function receivablesOf(
  { byCustomer }: Receivables,
  { tenant, customer }: Pick<InvoiceFinalized, "tenant" | "customer">,
): readonly Receivable[] {
  return byCustomer.get(customerKey(tenant, customer)) ?? [];
}

/** What is the customer's own in a currency, minor units. */
export function creditOf({ credit }: Receivables, of: Whose): Decimal {
  return credit.get(creditKey(of)) ?? zero;
}

export function paymentOf(
  { payments }: Receivables,
  tenant: string,
  payment: string,
): Payment | undefined {
  return payments.get(nameKey(tenant, payment));
}

/**
 * What is taken off invoices of an amount, minor units: of each in its turn as much as is open of it, and what is left at the end.
 */
export function allotted(
  amount: Decimal,
  invoices: readonly Receivable[],
): { readonly settles: Settled[]; readonly left: DecimalText } {
  const settles: Settled[] = [];
  let left = amount;
  for (const { invoice, open } of invoices) {
    if (compare(open, zero) <= 0 || compare(left, zero) <= 0) continue;
    const taken = compare(open, left) < 0 ? open : left;
    settles.push({ invoice: invoice.invoice, number: invoice.number, amount: toText(taken) });
    left = sub(left, taken);
  }
  return { settles, left: toText(left) };
}

export function totalOf(settles: readonly Settled[]): Decimal {
  return sum(settles.map(({ amount }) => decimal(amount)));
}

interface Whose {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
}

function finalized(known: Receivables, fact: InvoiceFinalized): Receivables {
  const { kind: _, lines: __, explanations: ___, journal_hash: ____, ...invoice } = fact;
  const { tenant, customer, number } = invoice;
  const receivable = { invoice, open: decimal(invoice.total), paid: zero };
  known.byName.set(nameKey(tenant, invoice.invoice), receivable);
  known.byName.set(nameKey(tenant, number), receivable);
  const key = customerKey(tenant, customer);
  const others = known.byCustomer.get(key);
  if (others === undefined) known.byCustomer.set(key, [receivable]);
  else others.push(receivable);
  return known;
}

/** `sign` -1: it is owed again. */
function settle(
  known: Receivables,
  { tenant }: Whose,
  settles: readonly Settled[],
  sign: 1 | -1 = 1,
): void {
  for (const { invoice, amount } of settles) {
    const receivable = receivableOf(known, tenant, invoice);
    if (receivable === undefined) continue;
    const taken = sign === 1 ? decimal(amount) : sub(zero, decimal(amount));
    receivable.open = sub(receivable.open, taken);
    receivable.paid = add(receivable.paid, taken);
  }
}

function addCredit({ credit }: Receivables, of: Whose, amount: Decimal): void {
  const key = creditKey(of);
  credit.set(key, add(credit.get(key) ?? zero, amount));
}

function nameKey(tenant: string, name: string): string {
  return `${tenant}\u001f${name}`;
}

function customerKey(tenant: string, customer: string): string {
  return `${tenant}\u001f${customer}`;
}

function creditKey({ tenant, customer, currency }: Whose): string {
  return `${customerKey(tenant, customer)}\u001f${currency}`;
}

const zero = decimal("0");
