import type { Micros } from "@tallybook/periods";

/** Usage of a time that has passed the window of event times may come; asks for a cut, behind which it is taken. */
export interface BackfillRequested {
  readonly kind: "BackfillRequested";
  readonly tenant: string;
  /** The deployment's clock when the fact was written. */
  readonly recorded_at: Micros;
  /** Id of the API key that asked, or `system`. */
  readonly actor: string;
  /** Its id, within the tenant; its events name it. */
  readonly backfill: string;
  /** Whose events it takes; empty: those of every source. */
  readonly sources: readonly string[];
  /** It takes events of a time in this range. */
  readonly from: Micros;
  /** Exclusive. */
  readonly to: Micros;
  /** The first barrier at or after it closes the backfill. */
  readonly closes_at: Micros;
  /** Why, in somebody's words. */
  readonly reason: string;
  /** How many events whoever asked has; null: not said. */
  readonly events: number | null;
  /** SHA-256 of the file that they are in; null: not said. */
  readonly digest: Uint8Array | null;
}
