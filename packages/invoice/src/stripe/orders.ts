import { compare, decimal, toText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import { refused } from "../life/decision.ts";
import type { Refused } from "../life/decision.ts";
import type { LifeFact } from "../life/facts.ts";
import { receivableOf } from "../life/receivables.ts";
import type { Receivables } from "../life/receivables.ts";
import { isCollecting, isWaiting, stripeKey } from "./books.ts";
import type { StripeHandOff } from "./books.ts";
import type { StripeFact, StripeHandedOff, StripeHandOffOrdered, StripeRefused } from "./facts.ts";
import { takeEvent } from "./take-event.ts";
import type { TakeEvent } from "./take-event.ts";

/** Somebody wants an invoice collected by Stripe, for the first time or again. */
export interface HandToStripe extends Pick<
  StripeHandOffOrdered,
  | "tenant"
  | "invoice"
  | "account"
  | "stripe_customer"
  | "collection"
  | "days_until_due"
  | "actor"
  | "ordered_at"
> {
  readonly order: "hand_to_stripe";
}

/** Somebody wants Stripe to collect it no more. */
export interface WithdrawFromStripe {
  readonly order: "withdraw_from_stripe";
  readonly tenant: string;
  readonly invoice: string;
  readonly reason: string;
  readonly actor: string;
  readonly ordered_at: Micros;
}

/** What came of asking Stripe. */
export interface NoteStripe {
  readonly order: "note_stripe";
  readonly tenant: string;
  readonly invoice: string;
  /** Of which it came. */
  readonly hand_off: number;
  readonly outcome: StripeOutcome;
  readonly noted_at: Micros;
}

export type StripeOutcome =
  | ({ readonly kind: "handed" } & Pick<
      StripeHandedOff,
      "stripe_invoice" | "payment_intents" | "hosted_url"
    >)
  | ({ readonly kind: "refused" } & Pick<StripeRefused, "asked" | "reason">)
  | { readonly kind: "withdrawn" };

export type StripeOrder = HandToStripe | WithdrawFromStripe | NoteStripe | TakeEvent;

/** What an order comes to: facts to write, none where it is done already. */
export type StripeDecision =
  | { readonly kind: "decided"; readonly facts: readonly (StripeFact | LifeFact)[] }
  | Refused;

/** What an order about Stripe comes to, from all facts of `invoices` before it. */
export function decideStripe(known: Receivables, order: StripeOrder): StripeDecision {
  switch (order.order) {
    case "hand_to_stripe":
      return handToStripe(known, order);
    case "withdraw_from_stripe":
      return withdraw(known, order);
    case "note_stripe":
      return note(known, order);
    case "take_event":
      return takeEvent(known, order);
  }
}

function handToStripe(known: Receivables, { order: _, ...ordered }: HandToStripe): StripeDecision {
  const { tenant, invoice: id } = ordered;
  const found = receivableOf(known, tenant, id);
  if (found === undefined)
    return refused("conflict", "invoice", "It is a draft: finalize it first.");
  const { number, customer, currency } = found.invoice;
  const before = known.stripe.handOffs.get(stripeKey(tenant, id));
  if (before !== undefined && isCollecting(before)) return nothing;
  if (compare(found.open, zero) <= 0)
    return refused(
      "conflict",
      "invoice",
      `Nothing is open of ${number}: there is nothing to collect.`,
    );
  const hand_off = (before?.ordered.hand_off ?? 0) + 1;
  const of = { invoice: id, number, tenant, customer, currency, hand_off };
  const amount = toText(found.open);
  return decided({ kind: "StripeHandOffOrdered", ...ordered, ...of, amount });
}

function withdraw(
  { stripe }: Receivables,
  { tenant, invoice, reason, actor, ordered_at }: WithdrawFromStripe,
): StripeDecision {
  const handOff = stripe.handOffs.get(stripeKey(tenant, invoice));
  if (handOff === undefined)
    return refused(
      "conflict",
      "invoice",
      "It was never handed to Stripe: there is nothing to withdraw.",
    );
  const { withdrawn, withdrawal, refused: refusal, told, ordered } = handOff;
  if (withdrawn !== null || (withdrawal !== null && refusal === null)) return nothing;
  if (told === "paid")
    return refused(
      "conflict",
      "invoice",
      `Stripe says that ${ordered.number} is paid: a credit note (POST /v1/invoices/${ordered.number}/credit-notes) gives back, or refund it at Stripe.`,
    );
  return decided({
    kind: "StripeWithdrawalOrdered",
    ...ofHandOff(handOff),
    reason,
    actor,
    ordered_at,
  });
}

/** What comes late, of a hand-off that was noted otherwise since, changes nothing. */
function note(
  { stripe }: Receivables,
  { tenant, invoice, hand_off, outcome, noted_at }: NoteStripe,
): StripeDecision {
  const handOff = stripe.handOffs.get(stripeKey(tenant, invoice));
  if (handOff === undefined || handOff.ordered.hand_off !== hand_off) return nothing;
  const of = ofHandOff(handOff);
  switch (outcome.kind) {
    case "handed": {
      if (handOff.handed !== null || handOff.withdrawn !== null) return nothing;
      const { stripe_invoice, payment_intents, hosted_url } = outcome;
      const { amount } = handOff.ordered;
      const at = { amount, handed_at: noted_at };
      return decided({
        kind: "StripeHandedOff",
        ...of,
        stripe_invoice,
        payment_intents,
        hosted_url,
        ...at,
      });
    }
    case "refused": {
      if (!isWaiting(handOff)) return nothing;
      const { asked, reason } = outcome;
      return decided({ kind: "StripeRefused", ...of, asked, reason, refused_at: noted_at });
    }
    case "withdrawn":
      return handOff.withdrawn === null && handOff.withdrawal !== null
        ? decided({ kind: "StripeWithdrawn", ...of, withdrawn_at: noted_at })
        : nothing;
  }
}

function ofHandOff({ ordered }: StripeHandOff) {
  const { invoice, number, tenant, customer, currency, hand_off } = ordered;
  return { invoice, number, tenant, customer, currency, hand_off };
}

function decided(fact: StripeFact): StripeDecision {
  return { kind: "decided", facts: [fact] };
}

const nothing: StripeDecision = { kind: "decided", facts: [] };
const zero = decimal("0");
