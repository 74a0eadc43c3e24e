import { createHash } from "node:crypto";
import type { Catalog, CatalogFact, EntryDifference } from "@tallybook/catalog";
import type { Order } from "./order.ts";

/** SHA-256 of a difference, hex. */
export function digestOf(difference: readonly EntryDifference[]): string {
  return createHash("sha256").update(JSON.stringify(difference)).digest("hex");
}

/** The order, but only where it makes the difference that somebody has looked at. */
export function unlessOtherwise(
  order: Order,
  expected: string,
  differenceIn: (catalog: Catalog, facts: readonly CatalogFact[]) => readonly EntryDifference[],
): Order {
  return (catalog, asked) => {
    const decided = order(catalog, asked);
    // What is so already was applied by an attempt that went without an answer.
    if (decided.kind !== "facts" || decided.facts.length === 0) return decided;
    if (digestOf(differenceIn(catalog, decided.facts)) === expected) return decided;
    const detail =
      "the catalog has changed since the difference was shown, and this would change something else: look at the difference again";
    return { kind: "conflict", detail };
  };
}
