import { known as knownFact, knownAs, refused } from "./decision.ts";
import type { Decision } from "./decision.ts";
import type { HoldPlaced, HoldReleased } from "./facts.ts";
import { holdKey } from "./holds.ts";
import type { Receivables } from "./receivables.ts";

/** Invoices are to wait as drafts. */
export interface PlaceHold extends Omit<HoldPlaced, "kind"> {
  readonly order: "place_hold";
}

/** Somebody has looked at what waits. */
export interface ReleaseHold extends Omit<HoldReleased, "kind"> {
  readonly order: "release_hold";
}

/** Lets drafts wait: a customer's, one, or all of the tenant's. The same hold counts once. */
export function placeHold(
  { holds }: Receivables,
  { order: _, ...hold }: PlaceHold,
): Decision<HoldPlaced> {
  const before = holds.get(holdKey(hold.tenant, hold.hold))?.placed;
  const again = knownAs("hold", before, hold, ["customer", "invoice"]);
  return again ?? { kind: "new", fact: { kind: "HoldPlaced", ...hold } };
}

/** Ends a hold; the first time counts. */
export function releaseHold(
  { holds }: Receivables,
  { order: _, ...release }: ReleaseHold,
): Decision<HoldReleased> {
  const found = holds.get(holdKey(release.tenant, release.hold));
  if (found === undefined)
    return refused(
      "unknown",
      "hold",
      `There is no hold ${release.hold}: GET /v1/holds lists them.`,
    );
  if (found.released !== null) return knownFact(found.released);
  return { kind: "new", fact: { kind: "HoldReleased", ...release } };
}
