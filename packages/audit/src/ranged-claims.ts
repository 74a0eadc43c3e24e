import { identityKey, isInRange, rangedClaim, rangeKey } from "@tallybook/usage";
import type { Backfill, UsageAccepted } from "@tallybook/usage";

import { createClaims } from "./claims.ts";
import type { Held } from "./claims.ts";

/** What stands in the ranges of backfills. */
export interface RangedClaims {
  readonly in: (backfill: Backfill, identity: Uint8Array) => Held | undefined;
  readonly take: (event: UsageAccepted) => void;
}

/**
 * What is accepted in the ranges of backfills, of all that the catalog will ever know: read from the beginning, the log then says
 * at each record of a backfill what had been accepted in its range before, though it expired long ago.
 */
export function createRangedClaims(backfills: readonly Backfill[]): RangedClaims {
  if (backfills.length === 0) return { in: () => undefined, take: () => {} };
  const claims = createClaims();
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
