import { compare, decimal, min, sub, sum, toText } from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import type { CreditRefunded, LifeFact, PaymentRecorded, Settled } from "../life/facts.ts";
import { recordPayment, reversePayment } from "../life/payments.ts";
import { creditOf, paymentOf, receivableOf } from "../life/receivables.ts";
import type { Receivables } from "../life/receivables.ts";
import { ofStripe } from "./amounts.ts";
import { larger, noMoney, stripeKey } from "./books.ts";
import type { StripeMoney } from "./books.ts";
import type { StripeEventTaken, StripeFact } from "./facts.ts";

/** What Stripe tells, as far as it matters here; amounts as Stripe counts them. */
export interface StripeEvent {
  /** Stripe's id. */
  readonly event: string;
  readonly type: string;
  /** Stripe's invoice; empty where it names none, as of a charge. */
  readonly stripe_invoice: string;
  /** For which invoice of ours it says that it was made; null where it does not say. */
  readonly made_for: { readonly tenant: string; readonly invoice: string } | null;
  /** Of that invoice; empty where the event is about something else. */
  readonly status: string;
  /** What Stripe has taken for the invoice so far; null where it does not say. */
  readonly paid: DecimalText | null;
  readonly charge: string;
  /** What Stripe has given back of the charge so far; null where it does not say. */
  readonly refunded: DecimalText | null;
  /** Intents to pay the invoice, or the one that the charge is of. */
  readonly payment_intents: readonly string[];
  /** What a person has to know; empty where there is nothing. */
  readonly detail: string;
  /** By Stripe's clock. */
  readonly happened_at: Micros;
}

/** Stripe has told something, and its signature is good. */
export interface TakeEvent extends StripeEvent {
  readonly order: "take_event";
  readonly tenant: string;
  readonly account: string;
  /** The deployment's clock. */
  readonly taken_at: Micros;
}

interface Booked {
  readonly facts: readonly LifeFact[];
  readonly paid_recorded: DecimalText;
  readonly refunded_recorded: DecimalText;
  readonly payments: readonly string[];
  readonly detail: string;
}

/**
 * Notes an event, once, with what it comes to. Stripe tells of money what it came to by then, in any order and more than once: recorded is what
 * goes beyond what was recorded before. A payment is taken off its invoice, and what is left is the customer's credit. What Stripe gives back
 * is taken from the customer's credit where there is enough, as behind a credit note; else the payment is taken back so far, and owed again.
 */
export function takeEvent(
  known: Receivables,
  order: TakeEvent,
): { readonly kind: "decided"; readonly facts: readonly (StripeFact | LifeFact)[] } {
  const { stripe } = known;
  const { tenant, event, type, account, status, charge, happened_at, taken_at } = order;
  if (stripe.events.has(stripeKey(tenant, event))) return { kind: "decided", facts: [] };
  const stripe_invoice = invoiceMeant(known, order);
  const money = stripe.money.get(stripeKey(tenant, stripe_invoice)) ?? firstOf(known, order);
  const noted = {
    kind: "StripeEventTaken",
    tenant,
    account,
    event,
    type,
    stripe_invoice,
    charge,
    status,
    happened_at,
    taken_at,
  } as const;
  if (money === undefined) {
    const detail =
      order.detail === "" ? "it is about no invoice that was handed over" : order.detail;
    const { payment_intents } = order;
    return { kind: "decided", facts: [{ ...noted, ...ofNone, payment_intents, detail }] };
  }
  const { invoice, number, customer, currency } = money.of;
  const of = { invoice, number, customer, currency };
  const told = toldIn(order, currency);
  const { payment_intents } = order;
  if (typeof told === "string") {
    const before = {
      paid_recorded: money.paid_recorded,
      refunded_recorded: money.refunded_recorded,
    };
    const kept = { paid: "0", refunded: "0", payments: [], payment_intents, detail: told };
    return { kind: "decided", facts: [{ ...noted, ...of, ...before, ...kept }] };
  }
  const { facts, ...booked } = book(known, order, money, told);
  const fact: StripeEventTaken = { ...noted, ...of, ...told, payment_intents, ...booked };
  return { kind: "decided", facts: [...facts, fact] };
}

const ofNone = {
  invoice: "",
  number: "",
  customer: "",
  currency: "",
  paid: "0",
  refunded: "0",
  paid_recorded: "0",
  refunded_recorded: "0",
  payments: [],
};

/** Stripe is quicker than who hands over: paid may be what nobody has noted yet that Stripe has it. */
function firstOf(
  { stripe }: Receivables,
  { tenant, made_for, stripe_invoice }: TakeEvent,
): StripeMoney | undefined {
  if (made_for?.tenant !== tenant || stripe_invoice === "") return undefined;
  const handOff = stripe.handOffs.get(stripeKey(tenant, made_for.invoice));
  return handOff && noMoney({ ...handOff.ordered, stripe_invoice });
}

/** The invoice that the event names, or the one that its intent is to pay. */
function invoiceMeant({ stripe }: Receivables, order: TakeEvent): string {
  if (order.stripe_invoice !== "") return order.stripe_invoice;
  for (const intent of order.payment_intents) {
    const found = stripe.byIntent.get(stripeKey(order.tenant, intent));
    if (found !== undefined) return found;
  }
  return "";
}

interface Told {
  readonly paid: DecimalText;
  readonly refunded: DecimalText;
}

/** In our minor units; a text says why there are none. */
function toldIn({ paid, refunded }: TakeEvent, currency: string): Told | string {
  const ours = {
    paid: ofStripe(currency, paid ?? "0"),
    refunded: ofStripe(currency, refunded ?? "0"),
  };
  if (ours.paid !== undefined && ours.refunded !== undefined)
    return { paid: ours.paid, refunded: ours.refunded };
  return `its amounts (${paid ?? "0"}, ${refunded ?? "0"}) are no whole minor units of ${currency}: record by hand what was paid`;
}

function book(known: Receivables, order: TakeEvent, money: StripeMoney, told: Told): Booked {
  const refundedBy = new Map(money.refunded);
  if (order.charge !== "")
    refundedBy.set(order.charge, larger(refundedBy.get(order.charge) ?? "0", told.refunded));
  const refunded = sum([...refundedBy.values()].map(decimal));
  const paid = decimal(larger(money.paid, told.paid));
  const fresh = sub(paid, decimal(money.paid_recorded));
  const back = sub(refunded, decimal(money.refunded_recorded));
  if (compare(fresh, zero) > 0) {
    // Told before what it is given back of: by chance comes first what happened last.
    const net = sub(fresh, min(fresh, back));
    const made = compare(net, zero) > 0 ? paymentBy(known, order, money, net) : [];
    const facts = typeof made === "string" ? [] : made;
    return {
      facts,
      paid_recorded: toText(paid),
      refunded_recorded: toText(sub(refunded, sub(back, min(fresh, back)))),
      payments: facts.map(({ payment }) => payment),
      detail: typeof made === "string" ? made : order.detail,
    };
  }
  const nothing = {
    facts: [],
    paid_recorded: money.paid_recorded,
    refunded_recorded: money.refunded_recorded,
    payments: [],
    detail: order.detail,
  };
  return compare(back, zero) > 0 ? refund(known, order, money, back) : nothing;
}

function paymentBy(
  known: Receivables,
  order: TakeEvent,
  { of }: StripeMoney,
  amount: Decimal,
): readonly PaymentRecorded[] | string {
  const { tenant, event, taken_at } = order;
  const { invoice, customer, currency, stripe_invoice } = of;
  const decision = recordPayment(known, {
    order: "record_payment",
    payment: `stripe:${event}`,
    tenant,
    customer,
    currency,
    amount: toText(amount),
    method: "stripe",
    reference: stripe_invoice,
    received_at: receivedAt(known, order, invoice),
    invoices: [invoice],
    actor: "stripe",
    recorded_at: taken_at,
  });
  if (decision.kind === "new") return [decision.fact];
  return `${toText(amount)} ${currency} (minor units) is not recorded: a payment stripe:${event} is there already`;
}

/** Stripe's clock, within those of the deployment, which may be simulated: not before the invoice, and not to come. */
function receivedAt(
  known: Receivables,
  { tenant, happened_at, taken_at }: TakeEvent,
  invoice: string,
): Micros {
  const made = receivableOf(known, tenant, invoice)?.invoice.finalized_at ?? 0;
  return Math.min(taken_at, Math.max(made, happened_at));
}

function refund(known: Receivables, order: TakeEvent, money: StripeMoney, back: Decimal): Booked {
  const { of, paid_recorded, refunded_recorded } = money;
  if (compare(creditOf(known, of), back) >= 0)
    return {
      facts: [paidOut(order, money, back)],
      paid_recorded,
      refunded_recorded: toText(sum([decimal(refunded_recorded), back])),
      payments: [],
      detail: order.detail,
    };
  const { facts, left } = takenBack(known, order, money, back);
  const short = toText(left);
  return {
    facts,
    paid_recorded,
    refunded_recorded: toText(sub(sum([decimal(refunded_recorded), back]), left)),
    payments: facts.flatMap((fact) => (fact.kind === "PaymentRecorded" ? [fact.payment] : [])),
    detail:
      short === "0"
        ? order.detail
        : `${short} ${of.currency} (minor units) more was given back than is recorded as paid: it is taken off what Stripe tells next`,
  };
}

function paidOut(order: TakeEvent, { of }: StripeMoney, amount: Decimal): CreditRefunded {
  const { tenant, event, charge, taken_at } = order;
  const { customer, currency } = of;
  return {
    kind: "CreditRefunded",
    refund: `stripe:${event}`,
    tenant,
    customer,
    currency,
    amount: toText(amount),
    method: "stripe",
    reference: charge,
    actor: "stripe",
    refunded_at: taken_at,
  };
}

/**
 * Payments are taken back, the newest that covers it all, or else one after the other, and what is left of the last one is recorded anew: a part of
 * a payment cannot be taken back. Of payments that left credit one is taken back at most, since what became of the credit is told by all facts
 * before it; what is then missing waits for what Stripe tells next.
 */
function takenBack(
  known: Receivables,
  order: TakeEvent,
  { payments, of: whose }: StripeMoney,
  back: Decimal,
): { readonly facts: readonly LifeFact[]; readonly left: Decimal } {
  const { tenant, event, taken_at } = order;
  const reason = `Stripe has given back ${toText(back)} ${whose.currency} (minor units) (${event})`;
  const facts: LifeFact[] = [];
  let left = back;
  let isCreditTold = false;
  for (const recorded of inTurn(known, { tenant, payments }, back)) {
    const hasCredit = recorded.credited !== "0";
    if (compare(left, zero) <= 0 || (hasCredit && isCreditTold)) continue;
    isCreditTold ||= hasCredit;
    const { payment } = recorded;
    const of = { tenant, payment, reason, actor: "stripe", reversed_at: taken_at };
    const reversal = reversePayment(known, { order: "reverse_payment", ...of });
    if (reversal.kind !== "new") continue;
    facts.push(reversal.fact);
    const gone = min(left, decimal(recorded.amount));
    left = sub(left, gone);
    const rest = sub(decimal(recorded.amount), gone);
    if (compare(rest, zero) <= 0) continue;
    const { reopens, unapplied } = reversal.fact;
    facts.push({
      ...recorded,
      payment: `stripe:${event}`,
      amount: toText(rest),
      ...allottedAgain(rest, [...reopens, ...unapplied]),
      actor: "stripe",
      recorded_at: taken_at,
    });
  }
  return { facts, left };
}

/** The payments that stand, in the order in which they are taken back. */
function inTurn(
  known: Receivables,
  { tenant, payments }: { readonly tenant: string; readonly payments: readonly string[] },
  back: Decimal,
): readonly PaymentRecorded[] {
  const standing = payments
    .map((id) => paymentOf(known, tenant, id))
    .flatMap((each) => (each?.reversed === null ? [each.recorded] : []))
    .toReversed();
  const covering = standing.find(({ amount }) => compare(decimal(amount), back) >= 0);
  return covering === undefined ? standing : [covering];
}

/** What is left of a payment takes off what it had settled, in that order; the rest is credit, as it was. */
function allottedAgain(
  amount: Decimal,
  reopened: readonly Settled[],
): Pick<PaymentRecorded, "settles" | "credited"> {
  const settles: Settled[] = [];
  let left = amount;
  for (const each of reopened) {
    const part = min(left, decimal(each.amount));
    if (compare(part, zero) <= 0) continue;
    settles.push({ ...each, amount: toText(part) });
    left = sub(left, part);
  }
  return { settles, credited: toText(left) };
}

const zero = decimal("0");
