import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

/** What is taken off an invoice. */
export interface Settled {
  readonly invoice: string;
  readonly number: string;
  /** Minor units. */
  readonly amount: DecimalText;
}

/** A customer has paid. */
export interface PaymentRecorded {
  readonly kind: "PaymentRecorded";
  /** Under which it counts once in its tenant: an id of whoever records it. */
  readonly payment: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Minor units, above zero. */
  readonly amount: DecimalText;
  /** How it was paid, such as `bank_transfer`. */
  readonly method: string;
  /** Where it is found again, such as the bank's; empty where there is none. */
  readonly reference: string;
  /** When the money was there. */
  readonly received_at: Micros;
  /** What it takes off invoices, in that order. */
  readonly settles: readonly Settled[];
  /** What is left of it: from now on the customer's credit. Minor units. */
  readonly credited: DecimalText;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly recorded_at: Micros;
}

/** A payment has bounced, or was none. Of a repeat the first counts. */
export interface PaymentReversed {
  readonly kind: "PaymentReversed";
  readonly payment: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Of the payment, minor units. */
  readonly amount: DecimalText;
  readonly reason: string;
  /** What it had settled: it is owed again. */
  readonly reopens: readonly Settled[];
  /** What credit had settled since, and is owed again where the payment's own credit is spent. */
  readonly unapplied: readonly Settled[];
  /** What it takes from the customer's credit, minor units: amount less what is owed again. */
  readonly uncredited: DecimalText;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The deployment's clock. */
  readonly reversed_at: Micros;
}

/** What becomes of an invoice after it is finalized, and of the money for it. */
export type LifeFact = PaymentRecorded | PaymentReversed;
