import type { Period } from "@tallybook/periods";

/** What one customer pays in one currency; all in minor units of it, each bill rounded for itself. */
export interface SimulatedCustomer {
  readonly customer: string;
  readonly currency: string;
  readonly bills: number;
  readonly now: string;
  readonly other: string;
  /** What it pays more; below zero: less. */
  readonly difference: string;
  /** Of what it pays now, in percent with two decimals; null where it pays nothing now. */
  readonly percent: string | null;
}

/** Values at these places of all bills from the lowest: the nearest rank, so each is one that is really there. Minor units. */
export interface Distribution {
  readonly p50: string;
  readonly p90: string;
  readonly p99: string;
  readonly worst: string;
}

export interface SimulatedCurrency {
  readonly currency: string;
  /** Digits of its minor unit. */
  readonly digits: number;
  readonly bills: number;
  readonly now: string;
  readonly other: string;
  readonly difference: string;
  /** How many customers pay more, less, and the same. */
  readonly more: number;
  readonly less: number;
  readonly same: number;
  readonly bills_now: Distribution;
  readonly bills_other: Distribution;
  /** Of what a bill rises by; where it falls, below zero. */
  readonly rises: Distribution;
}

/** All history of a plan's customers by the plan as it is, and by another. */
export interface Simulated {
  readonly tenant: string;
  /** The plan whose customers are meant, and the name of what takes its place. */
  readonly plan: string;
  readonly by: string;
  readonly period: Period;
  /** The last closed cut: usage up to there is known. */
  readonly cut: number;
  readonly currencies: readonly SimulatedCurrency[];
  /** Charges that cannot be rated, and are in no amount. */
  readonly parked: { readonly now: number; readonly other: number };
  /** Who pays more first. */
  readonly customers: readonly SimulatedCustomer[];
}

/** The bills of one customer in one currency, now and other: of one place of both lists is one period. Minor units. */
export interface CustomerBills {
  readonly customer: string;
  readonly currency: string;
  readonly now: readonly bigint[];
  readonly other: readonly bigint[];
}

/** What a share of the customers comes to. */
export interface SimulatedShare {
  readonly bills: readonly CustomerBills[];
  readonly parked: { readonly now: number; readonly other: number };
}
