import type { DecimalText } from "@tallybook/money";
import type { Merging } from "@tallybook/usage";

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
}

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

export interface Replay {
  readonly invoice: string;
  readonly number: string;
  /** From 1. */
  readonly line: number;
  readonly description: string;
  readonly transaction: {
    readonly id: string;
    readonly seq: number;
    readonly kind: string;
    readonly journal_offset: number;
  };
  readonly catalog_offset: number;
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
  /** Of the line's dimensions; an adjustment's hold those of earlier cuts too. */
  readonly events: readonly ReplayedEvent[];
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
