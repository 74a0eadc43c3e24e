import type { UnattributedReason } from "@tallybook/journal";
import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

/** One line of the identity: two ways to the same number. */
export interface IdentityRow {
  readonly tenant: string;
  /** Where only one cut is meant; else over all closed cuts. */
  readonly cut?: number;
  readonly name: string;
  readonly left: DecimalText;
  readonly right: DecimalText;
  /**
   * `0` when right. It is no plain left − right: differences that cancel each other out (between cuts, customers or
   * invoices) count too, so it can be above zero where both sides are equal.
   */
  readonly residual: DecimalText;
}

/** Usage that nobody is billed for. */
export interface Unattributed {
  readonly tenant: string;
  readonly meter: string;
  readonly customer: string;
  /** Empty where the events named none. */
  readonly subscription: string;
  readonly reason: UnattributedReason;
  readonly quantity: DecimalText;
}

/** What nobody bills is never invisible. */
export interface IdentityLists {
  /** What became of the records of `usage.raw`. */
  readonly received: readonly {
    readonly tenant: string;
    readonly accepted: number;
    readonly duplicates: number;
    readonly conflicts: number;
    readonly refused: number;
  }[];
  readonly unattributed: readonly Unattributed[];
  /** Usage of periods that are not rated yet. */
  readonly open: readonly {
    readonly tenant: string;
    readonly meter: string;
    readonly subscription: string;
    readonly quantity: DecimalText;
  }[];
  readonly parked: readonly {
    readonly tenant: string;
    readonly subscription: string;
    readonly period_from: Micros;
    readonly price: string;
    readonly quantity: DecimalText;
    readonly reason: string;
  }[];
  /** What late usage changed, and the customer is not asked for by the tenant's policy; major units. */
  readonly written_off: readonly {
    readonly tenant: string;
    readonly subscription: string;
    readonly period_from: Micros;
    readonly price: string;
    readonly currency: string;
    readonly amount: DecimalText;
    readonly reason: string;
  }[];
  /** Conflicts among them. */
  readonly refused: readonly {
    readonly tenant: string;
    readonly reason: string;
    readonly count: number;
  }[];
  readonly unmeasurable: readonly {
    readonly tenant: string;
    readonly reason: string;
    readonly count: number;
  }[];
  /** Events that were measured by a meter whose history was filled, behind their cuts. */
  readonly filled: readonly {
    readonly tenant: string;
    readonly meter: string;
    readonly measured: number;
    /** Of these, events that no meter had measured at their cut. */
    readonly were_without_meter: number;
    readonly unmeasurable: number;
  }[];
  /** What differs, in words, wherever a residual is not 0. */
  readonly differences: readonly string[];
}

export interface Reconciliation {
  /** Cuts that were opened and that the journal has not passed: on their way, or held by a part that differs. */
  readonly ahead: readonly number[];
  /** The last cut that the journal has passed: everything up to it is compared. -1: none. */
  readonly cut: number;
  /** That cut's. */
  readonly time: Micros | null;
  readonly rows: readonly IdentityRow[];
  readonly lists: IdentityLists;
}
