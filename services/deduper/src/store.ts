import type { Claim, Window } from "@tallybook/usage";

/** What a batch adds to the store. */
export interface StoreChange {
  readonly claims: readonly { readonly identity: Uint8Array; readonly claim: Claim }[];
  /** Windows of the barriers in the batch. */
  readonly windows: readonly Window[];
  /** The last raw offset of the batch. */
  readonly position: number;
  /** The last raw offset whose outcome is committed: windows that no record above it needs may go. */
  readonly committed: number;
}

/**
 * The identities of one partition of `usage.raw`, on disk. It is written before the output is committed, so it may be
 * ahead of it, never behind: a record that is read again finds its own claim, and its barrier's window.
 */
export interface IdentityStore {
  claimOf(identity: Uint8Array): Claim | undefined;
  /** The windows of the barriers that still matter, in order of their offsets. */
  windows(): readonly Window[];
  /** The last raw offset that is in the store; -1: none. */
  position(): number;
  /** The last raw offset whose outcome was known to be committed; -1: none. Windows below it may be gone. */
  committed(): number;
  /** Resolves when the change is on disk, all of it. */
  apply(change: StoreChange): Promise<void>;
  close(): Promise<void>;
}

/** The windows that records above `committed` can still meet: the one in force there, and all after it. */
export function windowsKept(windows: readonly Window[], committed: number): Window[] {
  const inForce = windows.findLastIndex(({ raw_offset }) => raw_offset <= committed);
  return windows.slice(Math.max(0, inForce));
}
