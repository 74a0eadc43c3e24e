import type { CatalogFact } from "@tallybook/catalog";
import { at } from "@tallybook/testkit/facts";

export const cutTimes = [
  "2023-11-01T00:00:00Z",
  "2023-12-01T01:00:00Z",
  "2023-12-02T01:00:00Z",
].map(at);

/** What a cut knows: what was recorded by then, and only the last one what somebody asks to bill and adjust. */
export function offsetAt(cut: number, catalogFacts: readonly CatalogFact[]): number {
  const isKnown = ({ kind, recorded_at }: CatalogFact) =>
    recorded_at <= (cutTimes[cut] ?? 0) && (!isAskedLast(kind) || cut === 2);
  return catalogFacts.filter(isKnown).length;
}

function isAskedLast(kind: CatalogFact["kind"]): boolean {
  return kind === "BillingRequested" || kind === "AdjustmentOrdered";
}
