import type { HoldPlaced, HoldReleased } from "./facts.ts";

/** A hold, and how it ended; null while it stands. */
export interface Hold {
  readonly placed: HoldPlaced;
  readonly released: HoldReleased | null;
}

/** By tenant and id (`holdKey`), in the order in which they were placed. The fold owns its map. */
export type Holds = Map<string, Hold>;

/** Takes in a hold or its end; of a repeat the first counts. */
export function evolveHolds(holds: Holds, fact: HoldPlaced | HoldReleased): Holds {
  const key = holdKey(fact.tenant, fact.hold);
  const known = holds.get(key);
  if (fact.kind === "HoldPlaced") {
    if (known === undefined) holds.set(key, { placed: fact, released: null });
  } else if (known?.released === null) holds.set(key, { ...known, released: fact });
  return holds;
}

/** The first hold that keeps an invoice from being finalized; undefined where none does. */
export function holdOf(
  holds: Holds,
  of: { readonly tenant: string; readonly customer: string; readonly invoice?: string },
): HoldPlaced | undefined {
  return holds.values().find(({ placed, released }) => {
    if (released !== null || placed.tenant !== of.tenant) return false;
    if (placed.invoice !== null) return placed.invoice === of.invoice;
    return placed.customer === null || placed.customer === of.customer;
  })?.placed;
}

/** Under which a tenant's hold is kept. */
export function holdKey(tenant: string, hold: string): string {
  return `${tenant}\u001f${hold}`;
}
