import { MICROS_PER_SECOND, type Micros } from "@tallybook/periods";

import type { Window } from "./window.ts";

/** Who holds an identity: the source of its accepted event (an offset of `usage.raw`) and that event's content. */
export interface Claim {
  readonly raw_offset: number;
  readonly content_hash: Uint8Array;
  /** Expired once the lower bound has passed it. */
  readonly held_until: Micros;
  /** The expired claim that this one followed: what a record between the two meets when it is read again. */
  readonly before: Claim | null;
}

/** How many intervals longer than its event an identity is held: as old as a record may be when its next barrier comes. */
const intervalsHeld = 2;

/**
 * What an identity is held by: the later of its event's time and the barrier's, and two intervals. It expires when the
 * lower bound has passed that, and not at a moment fixed when it was claimed: the bound never moves back, whatever
 * becomes of the window, so what has expired stays so, and an event whose own time is still taken always finds its claim.
 */
export function heldUntil(eventTime: Micros, window: Window): Micros {
  const slack = intervalsHeld * window.interval_seconds * MICROS_PER_SECOND;
  return Math.max(eventTime, window.time) + slack;
}

/** Whether a claim still holds its identity. One that does not is as good as none, whether a store has it or not. */
export function isHeld(claim: Pick<Claim, "held_until">, lowerBound: Micros | null): boolean {
  return lowerBound === null || claim.held_until >= lowerBound;
}

/** The claim that a record meets: the last one below it. One at or above it is its own first reading, or not there yet. */
export function claimBelow(last: Claim | undefined, offset: number): Claim | undefined {
  let claim = last ?? null;
  while (claim !== null && claim.raw_offset >= offset) claim = claim.before;
  return claim ?? undefined;
}

/** An identity's claims with one more, in order of their offsets; one that is there already changes nothing. */
export function withClaim(last: Claim | undefined, claim: Claim): Claim {
  if (last === undefined || last.raw_offset < claim.raw_offset)
    return { ...claim, before: last ?? null };
  if (last.raw_offset === claim.raw_offset) return last;
  return { ...last, before: withClaim(last.before ?? undefined, claim) };
}

/** An identity's claims without those that no record above `committed` can meet. */
export function claimsKept(last: Claim, committed: number): Claim {
  if (last.before === null) return last;
  if (last.raw_offset <= committed) return { ...last, before: null };
  return { ...last, before: claimsKept(last.before, committed) };
}
