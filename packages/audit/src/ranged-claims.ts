import { identityKey, isInRange, rangedClaim, rangeKey } from "@tallybook/usage";
import type { Backfill, Claim, UsageAccepted } from "@tallybook/usage";

/** What stands in the ranges of backfills. */
export interface RangedClaims<Kept> {
  readonly in: (backfill: Backfill, identity: Uint8Array) => Kept | undefined;
  readonly take: (event: UsageAccepted) => void;
}

/** Claims by their identity, the last one of each. */
export interface KeptClaims<Kept> {
  readonly of: (identity: Uint8Array) => Kept | undefined;
  readonly put: (identity: Uint8Array, claim: Claim) => void;
}

/**
 * What is accepted in the ranges of backfills, of all that the catalog will ever know: read from the beginning, the log then says
 * at each record of a backfill what had been accepted in its range before, though it expired long ago. `open`: where the claims are
 * kept, apart from all others.
 */
export function createRangedClaims<Kept>(
  backfills: readonly Backfill[],
  open: () => KeptClaims<Kept>,
): RangedClaims<Kept> {
  if (backfills.length === 0) return { in: () => undefined, take: () => {} };
  const claims = open();
  return {
    in: ({ catalog_offset }, identity) => claims.of(rangeKey(catalog_offset, identity)),
    take(event) {
      for (const backfill of backfills) {
        if (!isInRange(backfill, event)) continue;
        const identity = identityKey(event.tenant, event.source, event.id);
        claims.put(rangeKey(backfill.catalog_offset, identity), rangedClaim(event));
      }
    },
  };
}
