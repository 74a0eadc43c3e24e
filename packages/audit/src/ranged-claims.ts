import { identityKey, isInRange, rangedClaim, rangeKey } from "@tallybook/usage";
import type { Backfill } from "@tallybook/usage";

import { createClaims } from "./claims.ts";
import type { ClaimsOfIdentities } from "./decider.ts";

/**
 * What is accepted in the ranges of backfills, of all that the catalog will ever know: read from the beginning, the log then says
 * at each record of a backfill what had been accepted in its range before, though it expired long ago.
 */
export function createRangedClaims(
  backfills: readonly Backfill[],
): Pick<ClaimsOfIdentities, "in" | "take"> {
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
