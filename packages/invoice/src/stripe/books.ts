import { decimal, max, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";

import type {
  StripeEventTaken,
  StripeFact,
  StripeHandedOff,
  StripeHandOffOrdered,
  StripeRefused,
  StripeWithdrawalOrdered,
  StripeWithdrawn,
} from "./facts.ts";

/** The last hand-off of an invoice, and how far it is. */
export interface StripeHandOff {
  readonly ordered: StripeHandOffOrdered;
  readonly handed: StripeHandedOff | null;
  /** What was refused last; null where it is under way, or done. */
  readonly refused: StripeRefused | null;
  readonly withdrawal: StripeWithdrawalOrdered | null;
  readonly withdrawn: StripeWithdrawn | null;
  /** The last status that Stripe has told of its invoice; empty before it did. */
  readonly told: string;
}

/** What Stripe has told of the money for one of its invoices, and what is recorded of it; minor units. */
export interface StripeMoney {
  readonly of: Pick<
    StripeHandedOff,
    "tenant" | "invoice" | "number" | "customer" | "currency" | "stripe_invoice"
  >;
  readonly paid: DecimalText;
  readonly paid_recorded: DecimalText;
  /** By charge. */
  readonly refunded: ReadonlyMap<string, DecimalText>;
  readonly refunded_recorded: DecimalText;
  /** Ids of payments that were recorded of it, the oldest first. */
  readonly payments: readonly string[];
}

/** A fold of what is handed to Stripe and what Stripe tells, which owns its maps. Tenants are told apart in all of its keys. */
export interface StripeBooks {
  /** By invoice (`stripeKey`), in the order in which they were first handed. */
  readonly handOffs: Map<string, StripeHandOff>;
  /** Those that wait for somebody to ask Stripe: a part of `handOffs`. */
  readonly waiting: Set<string>;
  /** By Stripe's id of its invoice (`stripeKey`). */
  readonly money: Map<string, StripeMoney>;
  /** Stripe's invoice by an intent to pay it (`stripeKey`). */
  readonly byIntent: Map<string, string>;
  /** All that was ever taken, by Stripe's id (`stripeKey`). */
  readonly events: Map<string, StripeEventTaken>;
}

export function noStripeBooks(): StripeBooks {
  return {
    handOffs: new Map(),
    waiting: new Set(),
    money: new Map(),
    byIntent: new Map(),
    events: new Map(),
  };
}

/** Under which a tenant's invoice, event and so on is kept. */
export function stripeKey(tenant: string, id: string): string {
  return `${tenant}\u001f${id}`;
}

/** Takes a fact in; of a repeat the first counts. */
export function evolveStripe(books: StripeBooks, fact: StripeFact): void {
  if (fact.kind === "StripeEventTaken") {
    taken(books, fact);
    return;
  }
  const key = stripeKey(fact.tenant, fact.invoice);
  const before = books.handOffs.get(key);
  const next = nextOf(before, fact);
  if (next === before || next === undefined) return;
  books.handOffs.set(key, next);
  if (isWaiting(next)) books.waiting.add(key);
  else books.waiting.delete(key);
  if (fact.kind === "StripeHandedOff") handed(books, fact);
}

/** Whether Stripe is asked, or to be asked, for the money: nothing else may take the invoice back, or change what it comes to. */
export function isCollecting({ handed, refused, withdrawn, told }: StripeHandOff): boolean {
  if (withdrawn !== null || told === "paid" || told === "void") return false;
  return handed !== null || refused === null;
}

/** Whether Stripe has still to be asked for something. */
export function isWaiting({ handed, refused, withdrawal, withdrawn }: StripeHandOff): boolean {
  if (withdrawn !== null || refused !== null) return false;
  return handed === null || withdrawal !== null;
}

function nextOf(
  before: StripeHandOff | undefined,
  fact: Exclude<StripeFact, StripeEventTaken>,
): StripeHandOff | undefined {
  if (fact.kind === "StripeHandOffOrdered") {
    const isNews = before === undefined || before.ordered.hand_off < fact.hand_off;
    const fresh = { handed: null, refused: null, withdrawal: null, withdrawn: null, told: "" };
    return isNews ? { ordered: fact, ...fresh } : before;
  }
  if (before === undefined || before.ordered.hand_off !== fact.hand_off) return before;
  switch (fact.kind) {
    case "StripeHandedOff":
      return before.handed === null ? { ...before, handed: fact, refused: null } : before;
    case "StripeRefused":
      return { ...before, refused: fact };
    case "StripeWithdrawalOrdered":
      return { ...before, withdrawal: fact, refused: null };
    case "StripeWithdrawn":
      return { ...before, withdrawn: fact };
  }
}

function handed({ money, byIntent }: StripeBooks, fact: StripeHandedOff): void {
  const { tenant, stripe_invoice } = fact;
  const key = stripeKey(tenant, stripe_invoice);
  // Stripe may have told of it before.
  if (!money.has(key)) money.set(key, noMoney(fact));
  for (const intent of fact.payment_intents)
    byIntent.set(stripeKey(tenant, intent), stripe_invoice);
}

function taken({ handOffs, money, byIntent, events }: StripeBooks, fact: StripeEventTaken): void {
  const { tenant, event, stripe_invoice, invoice, charge } = fact;
  events.set(stripeKey(tenant, event), fact);
  if (invoice === "") return;
  const known = money.get(stripeKey(tenant, stripe_invoice)) ?? noMoney(fact);
  for (const intent of fact.payment_intents)
    byIntent.set(stripeKey(tenant, intent), stripe_invoice);
  const refunded = new Map(known.refunded);
  if (charge !== "") refunded.set(charge, larger(refunded.get(charge) ?? "0", fact.refunded));
  money.set(stripeKey(tenant, stripe_invoice), {
    ...known,
    paid: larger(known.paid, fact.paid),
    refunded,
    paid_recorded: fact.paid_recorded,
    refunded_recorded: fact.refunded_recorded,
    payments: [...known.payments, ...fact.payments],
  });
  const handOff = handOffs.get(stripeKey(tenant, invoice));
  if (handOff === undefined || fact.status === "") return;
  // What is paid before it is noted that Stripe has it is of no other hand-off: nothing else is handed over meanwhile.
  const { handed: last } = handOff;
  if (last === null ? fact.status !== "paid" : last.stripe_invoice !== stripe_invoice) return;
  // Events come in any order: what is over stays over.
  const isOver = handOff.told === "paid" || handOff.told === "void";
  if (!isOver) handOffs.set(stripeKey(tenant, invoice), { ...handOff, told: fact.status });
}

/** Before anything is told of an invoice at Stripe. */
export function noMoney({
  tenant,
  invoice,
  number,
  customer,
  currency,
  stripe_invoice,
}: StripeMoney["of"]): StripeMoney {
  const of = { tenant, invoice, number, customer, currency, stripe_invoice };
  const none = { paid: "0", paid_recorded: "0", refunded: new Map(), refunded_recorded: "0" };
  return { of, ...none, payments: [] };
}

/** Of two amounts. */
export function larger(one: DecimalText, other: DecimalText): DecimalText {
  return toText(max(decimal(one), decimal(other)));
}
