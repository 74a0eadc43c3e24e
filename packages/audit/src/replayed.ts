import type { DecimalText } from "@tallybook/money";
import type { Merging } from "@tallybook/usage";

import type { DecisionKind } from "./decider.ts";

/** An event that a line counts, as it stands in the log. */
export interface ReplayedEvent {
  readonly partition: number;
  /** In `usage.raw`. */
  readonly offset: number;
  readonly source: string;
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
  readonly quantity: DecimalText;
  /** Of a unique count: what is counted once; else empty. */
  readonly value: string;
  readonly cut: number;
  readonly dimensions: Readonly<Record<string, string>>;
  /** The backfill that it came by; null: it came by the usual way. */
  readonly backfill: string | null;
}

/** A record that would have been on the line, and does not count. */
export interface UncountedRecord extends Omit<ReplayedEvent, "cut"> {
  readonly decision: Exclude<DecisionKind, "accepted">;
  readonly reason: string;
  readonly detail: string;
  /** Of a repeat and a conflict: the offset of the event that holds the identity. */
  readonly original: number | null;
}

/** How the events of a replay were found. */
export type Reading =
  /** By the places that ClickHouse names. */
  | {
      readonly kind: "named";
      /** The last cut that counts. */
      readonly cut: number;
      /** Records of `usage.raw` that were read. */
      readonly records: number;
    }
  /** By reading all of `usage.raw` up to the cut's barriers, and deciding each record again. */
  | {
      readonly kind: "full";
      readonly cut: number;
      /** Of all tenants, without barriers. */
      readonly records: number;
      readonly accepted: number;
      readonly duplicates: number;
      readonly conflicts: number;
      readonly refused: number;
      /** Refused ones of the tenant that name no customer. */
      readonly nameless: number;
    }
  /** There is no usage on these lines. */
  | { readonly kind: "none" };

/** A number as it was billed, and as it comes out again. */
export interface Compared {
  /** Where on the road from event to cent it stands, such as `rollup`, `tier 0 to 1000000` or `line`. */
  readonly step: string;
  readonly what: string;
  readonly billed: string;
  readonly recomputed: string;
  readonly equal: boolean;
}

export type Verdict =
  | { readonly kind: "equal" }
  /** The bill comes out again, and ClickHouse has other usage than the log: no matter for who is billed. */
  | { readonly kind: "columns_differ"; readonly first: Compared }
  | { readonly kind: "different"; readonly first: Compared };

/** Lines of an invoice, computed again. */
export interface Replay {
  readonly tenant: string;
  readonly invoice: string;
  /** Of a draft its id. */
  readonly number: string;
  readonly customer: string;
  readonly currency: string;
  readonly reading: Reading;
  /** What this reading proves, and what it does not. */
  readonly statement: string;
  /** Of the events as such: what ClickHouse says of them against the log. */
  readonly compared: readonly Compared[];
  readonly lines: readonly ReplayedLine[];
  /** The worst of all. */
  readonly verdict: Verdict;
}

export interface ReplayedLine {
  /** From 1. */
  readonly line: number;
  readonly description: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly transaction: {
    readonly id: string;
    readonly seq: number;
    readonly kind: string;
    readonly journal_offset: number;
    /** Of an adjustment: the backfills by which usage of it came, as the journal says. */
    readonly backfills: readonly string[];
  };
  readonly catalog_offset: number;
  /** Of the price; null where the plan is as it is published. */
  readonly contract: { readonly contract: string; readonly version: number } | null;
  readonly meter: {
    readonly meter: string;
    readonly versions: readonly number[];
    /** How the events' quantities make one; null where there are none. */
    readonly merging: Merging | null;
  } | null;
  readonly price: {
    readonly plan: string;
    readonly plan_version: number;
    readonly price: string;
    readonly text: string;
  };
  /** How the amount came about, in a sentence. */
  readonly explanation: string;
  /** Of the line's dimensions, the first by time; an adjustment's hold those of earlier cuts too. */
  readonly events: readonly ReplayedEvent[];
  /** How many there are, of which those are shown. */
  readonly event_count: number;
  /** Of all of them, with what the line counts of each: the sum of their SHA-256, hex. */
  readonly events_digest: string;
  /** What would have been on the line too: repeats, conflicts, and what was refused, as far as this reading came by them; the first in the log. */
  readonly uncounted: readonly UncountedRecord[];
  /** How many there are, of which those are shown. */
  readonly uncounted_count: number;
  /** The line's rollup rows: by the start of their slots. */
  readonly rollup: readonly {
    readonly slot: string;
    readonly quantity: DecimalText;
    readonly count: number;
  }[];
  readonly postings: readonly { readonly account: string; readonly amount: DecimalText }[];
  readonly compared: readonly Compared[];
  readonly verdict: Verdict;
}
