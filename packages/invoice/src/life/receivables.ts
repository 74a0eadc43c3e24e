import { add, compare, decimal, isZero, negate, sub, sum, toText } from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import type { InvoiceFinalized, InvoicesFact } from "../facts.ts";
import { takeNumber } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";
import { noteLines } from "./noted-lines.ts";
import { evolveStripe, noStripeBooks } from "../stripe/books.ts";
import type { StripeBooks } from "../stripe/books.ts";
import { creditKey, customerKey } from "./whose.ts";
import type { Whose } from "./whose.ts";
import { evolveHolds } from "./holds.ts";
import type { Holds } from "./holds.ts";
import type {
  CreditApplied,
  CreditRefunded,
  InvoiceReminded,
  NoteIssued,
  PaymentRecorded,
  PaymentReversed,
  Settled,
} from "./facts.ts";

/** What has happened to an invoice. */
export interface LifeEvent {
  readonly what:
    | "finalized"
    | "sent"
    | "overdue"
    | "reminded"
    | "payment"
    | "payment_reversal"
    | "credit"
    | "credit_reversal"
    | "credit_granted"
    | "credit_note"
    | "debit_note"
    | "voided";
  /** When it was written down. */
  readonly at: Micros;
  /** Of the payment, the note, and so on; empty where the invoice itself says all. */
  readonly reference: string;
  /** What it adds to what is still to be paid, minor units. */
  readonly change: Decimal;
  /** Of the fact that says it. */
  readonly offset: number;
}

/** What a customer owes by an invoice. */
export interface Receivable {
  readonly invoice: Omit<InvoiceFinalized, "kind" | "lines" | "explanations" | "journal_hash">;
  /** In the order in which they were written. */
  readonly events: LifeEvent[];
  /** What is still to be paid, minor units: the sum of what the events add to it. */
  open: Decimal;
  /** What notes have added to each line, minor units, by line; credit notes take off. */
  readonly notedByLine: Map<number, Decimal>;
  /** Of that, what was noted together with its taxes. */
  readonly taxedByLine: Map<number, Decimal>;
  /** What notes have left of each tax, minor units. */
  readonly taxLeft: Decimal[];
  isSent: boolean;
  isOverdue: boolean;
  isVoided: boolean;
  /** Of its last reminder: days after it should have been paid; -1: nobody was reminded. */
  remindedDays: number;
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
  readonly credit: Map<string, Credit>;
  /** In the order in which they were recorded (`nameKey`). */
  readonly payments: Map<string, Payment>;
  readonly applications: Map<string, CreditApplied>;
  readonly refunds: Map<string, CreditRefunded>;
  /** By id. */
  readonly notes: Map<string, NoteIssued>;
  readonly notesByNumber: Map<string, NoteIssued>;
  /** How far the series of notes are. */
  readonly noteNumbers: Numbers;
  readonly holds: Holds;
  /** Of the fact that was taken in last. */
  offset: number;
  readonly stripe: StripeBooks;
  /** Those that give back more than they ask for, and are not the customer's credit yet. */
  readonly giving: Set<Receivable>;
  /** Those that are open and have a date by which they are to be paid. */
  readonly dated: Set<Receivable>;
  /** The same, those that are overdue too: customers may have to be reminded of them. */
  readonly owing: Set<Receivable>;
}

/** What is a customer's own in a currency. */
export interface Credit {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Minor units; below zero where a payment bounced whose credit was paid out. */
  readonly amount: Decimal;
}

/** Before the first invoice. */
export function noReceivables(): Receivables {
  return {
    byName: new Map(),
    byCustomer: new Map(),
    credit: new Map(),
    payments: new Map(),
    applications: new Map(),
    refunds: new Map(),
    notes: new Map(),
    notesByNumber: new Map(),
    noteNumbers: new Map(),
    holds: new Map(),
    offset: -1,
    stripe: noStripeBooks(),
    giving: new Set(),
    dated: new Set(),
    owing: new Set(),
  };
}

/**
 * Takes in a fact of `invoices`: each once, in their order. Their one writer decides by this fold, so that none is there twice. `offset`:
 * the fact's, for who tells what was known below one.
 */
export function evolveReceivables(
  known: Receivables,
  fact: InvoicesFact,
  offset = known.offset + 1,
): Receivables {
  known.offset = offset;
  switch (fact.kind) {
    case "InvoiceFinalized":
      return finalized(known, fact);
    case "PaymentRecorded": {
      known.payments.set(nameKey(fact.tenant, fact.payment), { recorded: fact, reversed: null });
      const { recorded_at: at, payment: reference } = fact;
      settle(known, fact, fact.settles, { what: "payment", at, reference });
      addCredit(known, fact, decimal(fact.credited));
      return known;
    }
    case "PaymentReversed":
      return reversed(known, fact);
    case "CreditGranted": {
      const { granted_at: at, amount, invoice, number } = fact;
      const given = [{ invoice, number, amount: toText(negate(decimal(amount))) }];
      settle(known, fact, given, { what: "credit_granted", at, reference: "" });
      addCredit(known, fact, decimal(amount));
      return known;
    }
    case "CreditApplied": {
      known.applications.set(nameKey(fact.tenant, fact.application), fact);
      const { applied_at: at, application: reference } = fact;
      settle(known, fact, fact.settles, { what: "credit", at, reference });
      addCredit(known, fact, negate(decimal(fact.amount)));
      return known;
    }
    case "CreditRefunded":
      known.refunds.set(nameKey(fact.tenant, fact.refund), fact);
      addCredit(known, fact, negate(decimal(fact.amount)));
      return known;
    case "NoteIssued":
      return noted(known, fact);
    case "InvoiceSent":
      return happened(known, fact, "sent", fact.sent_at);
    case "InvoiceOverdue":
      return happened(known, fact, "overdue", fact.overdue_at);
    case "InvoiceReminded":
      return reminded(known, fact);
    case "InvoiceVoided":
      return happened(known, fact, "voided", fact.voided_at);
    case "HoldPlaced":
    case "HoldReleased":
      evolveHolds(known.holds, fact);
      return known;
    case "StripeEventTaken":
    case "StripeHandedOff":
    case "StripeHandOffOrdered":
    case "StripeRefused":
    case "StripeWithdrawalOrdered":
    case "StripeWithdrawn":
      evolveStripe(known.stripe, fact);
      return known;
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

/** Whether all that has happened to an invoice was written down by a time. */
export function isKnownBy({ events }: Receivable, time: Micros): boolean {
  return events.every(({ at }) => at <= time);
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
  return credit.get(creditKey(of))?.amount ?? zero;
}

/** A payment of a tenant, by its id. */
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

/** Of what is taken off invoices, minor units. */
export function totalOf(settles: readonly Settled[]): Decimal {
  return sum(settles.map(({ amount }) => decimal(amount)));
}

function finalized(known: Receivables, fact: InvoiceFinalized): Receivables {
  const { kind: _, lines: __, explanations: ___, journal_hash: ____, ...invoice } = fact;
  const { tenant, customer, number } = invoice;
  const receivable: Receivable = {
    invoice,
    events: [],
    open: zero,
    notedByLine: new Map(),
    taxedByLine: new Map(),
    taxLeft: invoice.taxes.map(({ amount }) => decimal(amount)),
    isSent: false,
    isOverdue: false,
    isVoided: false,
    remindedDays: -1,
  };
  known.byName.set(nameKey(tenant, invoice.invoice), receivable);
  known.byName.set(nameKey(tenant, number), receivable);
  const key = customerKey(tenant, customer);
  const others = known.byCustomer.get(key);
  if (others === undefined) known.byCustomer.set(key, [receivable]);
  else others.push(receivable);
  const change = decimal(invoice.total);
  enter(known, receivable, { what: "finalized", at: fact.finalized_at, reference: "", change });
  return known;
}

function reversed(known: Receivables, fact: PaymentReversed): Receivables {
  const key = nameKey(fact.tenant, fact.payment);
  const payment = known.payments.get(key);
  if (payment === undefined || payment.reversed !== null) return known;
  known.payments.set(key, { ...payment, reversed: fact });
  const { reversed_at: at, payment: reference } = fact;
  settle(known, fact, fact.reopens.map(again), { what: "payment_reversal", at, reference });
  settle(known, fact, fact.unapplied.map(again), { what: "credit_reversal", at, reference });
  addCredit(known, fact, negate(decimal(fact.uncredited)));
  return known;
}

function noted(known: Receivables, fact: NoteIssued): Receivables {
  const { tenant, direction, note_number: reference, issued_at: at, invoice, number } = fact;
  known.notes.set(nameKey(tenant, fact.note), fact);
  known.notesByNumber.set(nameKey(tenant, reference), fact);
  takeNumber(known.noteNumbers, tenant, { number: reference, issued_at: at });
  const isCredit = direction === "credit";
  const amount = isCredit ? fact.settled : toText(negate(decimal(fact.amount)));
  const what = isCredit ? "credit_note" : "debit_note";
  settle(known, fact, [{ invoice, number, amount }], { what, at, reference });
  addCredit(known, fact, decimal(fact.credited));
  const receivable = receivableOf(known, tenant, invoice);
  if (receivable !== undefined) noteLines(receivable, fact);
  return known;
}

function happened(
  known: Receivables,
  { tenant, invoice }: { readonly tenant: string; readonly invoice: string },
  what: "sent" | "overdue" | "voided",
  at: Micros,
): Receivables {
  const receivable = receivableOf(known, tenant, invoice);
  if (receivable === undefined) return known;
  if (what === "sent") receivable.isSent = true;
  if (what === "overdue") receivable.isOverdue = true;
  if (what === "voided") receivable.isVoided = true;
  const change = what === "voided" ? negate(receivable.open) : zero;
  enter(known, receivable, { what, at, reference: "", change });
  return known;
}

function reminded(known: Receivables, fact: InvoiceReminded): Receivables {
  const receivable = receivableOf(known, fact.tenant, fact.invoice);
  if (receivable === undefined) return known;
  receivable.remindedDays = Math.max(receivable.remindedDays, fact.days);
  const { reminded_at: at, days } = fact;
  enter(known, receivable, { what: "reminded", at, reference: String(days), change: zero });
  return known;
}

/** What was taken off is owed again. */
function again({ amount, ...of }: Settled): Settled {
  return { ...of, amount: toText(negate(decimal(amount))) };
}

function settle(
  known: Receivables,
  { tenant }: { readonly tenant: string },
  settles: readonly Settled[],
  event: Omit<LifeEvent, "change" | "offset">,
): void {
  for (const { invoice, amount } of settles) {
    const receivable = receivableOf(known, tenant, invoice);
    if (receivable !== undefined)
      enter(known, receivable, { ...event, change: negate(decimal(amount)) });
  }
}

/** The one place where what is open changes. */
function enter(
  { giving, dated, owing, offset }: Receivables,
  receivable: Receivable,
  event: Omit<LifeEvent, "offset">,
): void {
  receivable.events.push({ ...event, offset });
  receivable.open = add(receivable.open, event.change);
  const sign = compare(receivable.open, zero);
  if (sign < 0) giving.add(receivable);
  else giving.delete(receivable);
  const { isOverdue, invoice } = receivable;
  const isOwing = sign > 0 && invoice.due_at !== null;
  if (isOwing) owing.add(receivable);
  else owing.delete(receivable);
  if (isOwing && !isOverdue) dated.add(receivable);
  else dated.delete(receivable);
}

function addCredit({ credit }: Receivables, of: Whose, amount: Decimal): void {
  if (isZero(amount)) return;
  const key = creditKey(of);
  const { tenant, customer, currency } = of;
  const before = credit.get(key)?.amount ?? zero;
  credit.set(key, { tenant, customer, currency, amount: add(before, amount) });
}

/** Under which what a tenant names is kept. */
export function nameKey(tenant: string, name: string): string {
  return `${tenant}\u001f${name}`;
}

const zero = decimal("0");
