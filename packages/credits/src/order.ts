import type { Currency, Decimal } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import type { Grant, Target } from "./grant.ts";
import type { OveragePolicy } from "./steps.ts";
import type { Allocation, Correction } from "./unwind.ts";

/** What may be asked of credits. No order is before what has happened already. */
export type Order =
  /** A grant whose funds are available; one that should have started earlier starts now. */
  | { readonly kind: "add"; readonly at: Micros; readonly grant: Grant }
  /** Nothing but time: starts, recurrences and expiries up to `at`, itself included. */
  | { readonly kind: "pass"; readonly at: Micros }
  | ({ readonly kind: "use"; readonly at: Micros; readonly quantity: Decimal } & Target)
  /** Takes a part of what is left of a grant, or, with null, all of it and ends it. */
  | {
      readonly kind: "void";
      readonly at: Micros;
      readonly grant: string;
      readonly amount: Decimal | null;
    }
  /** A usage period ends. */
  | { readonly kind: "reset"; readonly at: Micros; readonly overage: OveragePolicy }
  | GiveBack;

/** Burns are undone, the latest first: usage was corrected, or an invoice refunded. */
export interface GiveBack {
  readonly kind: "give_back";
  readonly at: Micros;
  /** In the order in which they burnt. */
  readonly burns: readonly GrantAllocation[];
  readonly earlier: readonly Correction[];
  /** Zero or below. */
  readonly by: Decimal;
  /** Where set, `by` is whole minor units of it. */
  readonly currency: Currency | null;
  readonly ended: EndedPolicy;
}

export interface GrantAllocation extends Allocation {
  readonly grant: string;
}

/**
 * What becomes of credit that goes back to a grant which has expired meanwhile: it expires at once, or the grant burns again
 * until another time, or nothing is given back at all. Credit of a grant that a person voided is voided at once, always.
 */
export type EndedPolicy =
  | { readonly kind: "expires" }
  | { readonly kind: "revives"; readonly until: Micros }
  | { readonly kind: "refuses" };
