import type { Claim, Window } from "@tallybook/usage";

/** What an accepted event holds in the range of a backfill. */
export interface RangedClaim {
  /** The backfill's place on `catalog`. */
  readonly backfill: number;
  readonly identity: Uint8Array;
  readonly claim: Claim;
}

/** What a batch adds to the store. */
export interface StoreChange {
  /** Each identity's claims, the last one first; an identity that stands twice has its later value last. */
  readonly claims: readonly { readonly identity: Uint8Array; readonly claim: Claim }[];
  /** Of events in the ranges of open backfills: each identity's claims there, the last one first. */
  readonly ranged: readonly RangedClaim[];
  /** Windows of the barriers in the batch. */
  readonly windows: readonly Window[];
  /** The last raw offset of the batch. */
  readonly position: number;
  /** The last raw offset whose outcome is committed: windows and claims that no record above it needs may go. */
  readonly committed: number;
}

/**
 * The identities of one partition of `usage.raw`, on disk. It is written before the output is committed, so it may be
 * ahead of it, never behind: a record that is read again finds its own claim, and its barrier's window.
 */
export interface IdentityStore {
  /** The last claim on an identity. Expired ones may be gone, or not yet. */
  claimOf(identity: Uint8Array): Claim | undefined;
  /** The last claim on an identity among the events of a backfill's range, by the backfill's place on `catalog`. */
  claimIn(backfill: number, identity: Uint8Array): Claim | undefined;
  /** The windows of the barriers that still matter, in order of their offsets. */
  windows(): readonly Window[];
  /** The last raw offset that is in the store; -1: none. */
  position(): number;
  /** The last raw offset whose outcome was known to be committed; -1: none. Windows below it may be gone. */
  committed(): number;
  /**
   * Resolves when the change is on disk, all of it; erases some of what has expired. Throws `Fenced` when somebody else
   * has written to the store since it was opened: they go on from there.
   */
  apply(change: StoreChange): Promise<void>;
  /**
   * Keeps what was accepted in the range of a backfill before the barrier that opens it, ahead of the change that has
   * that barrier: until then nobody asks for it, and it may be kept again. Throws `Fenced` as `apply` does.
   */
  collect(ranged: readonly RangedClaim[]): Promise<void>;
  close(): Promise<void>;
}

/** The windows that records above `committed` can still meet: the one in force there, and all after it. */
export function windowsKept(windows: readonly Window[], committed: number): Window[] {
  const inForce = windows.findLastIndex(({ raw_offset }) => raw_offset <= committed);
  return windows.slice(Math.max(0, inForce));
}

/**
 * The lower bound that every record above `committed` is decided under, or a later one: claims that it has passed decide
 * nothing any more. Null: none can go.
 */
export function settledBound(kept: readonly Window[], committed: number): number | null {
  const [inForce] = kept;
  return inForce !== undefined && inForce.raw_offset <= committed ? inForce.lower_bound : null;
}

/** The backfills that a record above `committed` can meet, by their places on `catalog`. */
export function backfillsOf(kept: readonly Window[]): Set<number> {
  return new Set(
    kept.flatMap(({ backfills }) => backfills.map(({ catalog_offset }) => catalog_offset)),
  );
}
