import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

/** Which hand-off of which invoice a fact is about. */
interface OfHandOff {
  readonly invoice: string;
  readonly number: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** From 1: an invoice is handed again where Stripe has refused it, or it was withdrawn. */
  readonly hand_off: number;
}

/** An invoice is to be collected by Stripe. Everything that Stripe is asked for follows from this fact and the invoice. */
export interface StripeHandOffOrdered extends OfHandOff {
  readonly kind: "StripeHandOffOrdered";
  /** Of the catalog's `stripe_accounts`. */
  readonly account: string;
  /** Stripe's id of the customer. */
  readonly stripe_customer: string;
  readonly collection: "charge_automatically" | "send_invoice";
  /** Of `send_invoice`; null otherwise. */
  readonly days_until_due: number | null;
  /** What Stripe is to collect, minor units, above zero: what was open of the invoice then. */
  readonly amount: DecimalText;
  /** Id of the API key that asked; `system` where it was finalized. */
  readonly actor: string;
  /** The deployment's clock, or the time of the invoice. */
  readonly ordered_at: Micros;
}

/** Stripe has it, finalized, with the very amount. Of a repeat the first counts. */
export interface StripeHandedOff extends OfHandOff {
  readonly kind: "StripeHandedOff";
  /** Stripe's id of its invoice. */
  readonly stripe_invoice: string;
  /** Stripe's ids of the intents to pay it: refunds name them. */
  readonly payment_intents: readonly string[];
  /** Where the customer can pay; empty where Stripe names no page. */
  readonly hosted_url: string;
  /** Minor units. */
  readonly amount: DecimalText;
  /** The deployment's clock. */
  readonly handed_at: Micros;
}

/** Stripe has refused it, or is not to be asked, until somebody orders it again. */
export interface StripeRefused extends OfHandOff {
  readonly kind: "StripeRefused";
  readonly asked: "hand_off" | "withdrawal";
  readonly reason: string;
  /** The deployment's clock. */
  readonly refused_at: Micros;
}

/** Stripe is not to collect an invoice any more. */
export interface StripeWithdrawalOrdered extends OfHandOff {
  readonly kind: "StripeWithdrawalOrdered";
  readonly reason: string;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly ordered_at: Micros;
}

/** Stripe has voided its invoice, or deleted the draft of it, or never had one. */
export interface StripeWithdrawn extends OfHandOff {
  readonly kind: "StripeWithdrawn";
  /** The deployment's clock. */
  readonly withdrawn_at: Micros;
}

/** Stripe has told something. The same event counts once; what it says of money is what it came to by then. */
export interface StripeEventTaken {
  readonly kind: "StripeEventTaken";
  readonly tenant: string;
  readonly account: string;
  /** Stripe's id. */
  readonly event: string;
  readonly type: string;
  /** Which invoice of ours it is about; empty: of none that we know. */
  readonly invoice: string;
  readonly number: string;
  readonly customer: string;
  readonly currency: string;
  /** Stripe's ids; empty where it names none. */
  readonly stripe_invoice: string;
  readonly charge: string;
  /** Which Stripe says that its invoice has; empty where the event is about something else. */
  readonly status: string;
  /** What Stripe has taken for its invoice by then, minor units; 0 where the event says nothing of it. */
  readonly paid: DecimalText;
  /** What Stripe has given back of the charge by then, minor units; 0 where the event says nothing of it. */
  readonly refunded: DecimalText;
  /** Of what Stripe has taken for its invoice, and given back of it: what is recorded with this event and was before, minor units. */
  readonly paid_recorded: DecimalText;
  readonly refunded_recorded: DecimalText;
  /** Intents that it says are to pay its invoice. */
  readonly payment_intents: readonly string[];
  /** Ids of payments that are recorded with it. */
  readonly payments: readonly string[];
  /** What a person has to know; empty where there is nothing. */
  readonly detail: string;
  /** By Stripe's clock. */
  readonly happened_at: Micros;
  /** The deployment's clock. */
  readonly taken_at: Micros;
}

/** What becomes of invoices that Stripe collects. */
export type StripeFact =
  | StripeEventTaken
  | StripeHandedOff
  | StripeHandOffOrdered
  | StripeRefused
  | StripeWithdrawalOrdered
  | StripeWithdrawn;
