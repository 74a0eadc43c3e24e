import type { Decimal, Ratio } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import type { Recurrence } from "./recurrence.ts";

/** Credit that was given: how much, when it may burn, and in which turn. Only makeGrant makes one, so what exists is valid. */
export interface Grant {
  /** Its id. */
  readonly grant: string;
  /** What it counts, such as `USD` or `tokens`. */
  readonly unit: string;
  /** Above zero; given when it starts and again at each recurrence. */
  readonly amount: Decimal;
  /** A whole number from 0; low ones burn first. */
  readonly priority: number;
  readonly createdAt: Micros;
  /** Inclusive. */
  readonly effectiveAt: Micros;
  /** Exclusive; null: never. */
  readonly expiresAt: Micros | null;
  /** When it comes again; null: it is given once. */
  readonly recurs: Recurrence | null;
  /** At a recurrence, the most of what is left that stays beside the new amount. */
  readonly carryMax: Decimal;
  /** At a reset. */
  readonly rollover: Rollover;
  /** What was paid for `amount`; null: it is promotional. */
  readonly cost: Cost | null;
  /** What it may pay for; null: everything. */
  readonly only: Restriction | null;
}

/** After a reset a balance is min(max, max(min, balance)); where min is above max, max holds. */
export interface Rollover {
  readonly min: Decimal;
  /** Null: everything stays. */
  readonly max: Decimal | null;
}

export interface Cost {
  /** Zero or more, major units. */
  readonly amount: Decimal;
  readonly currency: string;
  /** The cost of one unit of credit. */
  readonly perUnit: Ratio;
}

/** Usage of one of these meters, or of one of these products. */
export interface Restriction {
  readonly meters: readonly string[];
  readonly products: readonly string[];
}

/** What usage is of. */
export interface Target {
  readonly meter: string;
  readonly product: string | null;
}

export function paysFor({ only }: Grant, { meter, product }: Target): boolean {
  if (only === null) return true;
  return only.meters.includes(meter) || (product !== null && only.products.includes(product));
}
