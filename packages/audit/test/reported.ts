import type { BackfillRequested, CatalogFact } from "@tallybook/catalog";
import { at, system } from "@tallybook/testkit/facts";
import type { Backfill, UsageReported } from "@tallybook/usage";

import { placedSettings } from "../src/books.ts";
import { backfillsIn } from "../src/windows.ts";

const simulated = at("2023-12-01T02:00:00Z");

/** With a repeat, a conflict, and what is refused; by the cut that it comes in. */
const eventsByCut: UsageReported[][] = [
  [],
  [
    event("a", "acme", "2023-11-16T18:17:03.97996Z", { model: "conv", n: "600000" }),
    event("b", "acme", "2023-11-16T18:30:00Z", { model: "code", n: "333333" }),
    event("a", "acme", "2023-11-16T18:17:03.97996Z", { model: "conv", n: "600000" }),
    event("a", "acme", "2023-11-16T18:17:03.97996Z", { model: "conv", n: "1" }),
    event("c", "acme", "2023-11-16T19:00:00Z", { model: "conv" }),
    event("d", "nobody", "2023-11-16T19:00:00Z", { model: "conv", n: "5" }),
    event("e", "acme", "2024-11-16T19:00:00Z", { model: "conv", n: "5" }),
  ],
  [
    event("f", "acme", "2023-11-20T10:00:00Z", { model: "code", n: "777777" }),
    event("g", "acme", "2023-12-01T00:10:00Z", { model: "code", n: "9" }),
    { ...event("h", "acme", "2023-11-20T10:00:00Z", {}), tenant: "" },
    { ...event("i", "acme", "2023-11-20T10:00:00Z", {}), tenant: "é".repeat(128) },
  ],
];

/** A backfill of November. */
export const drawer: BackfillRequested = {
  kind: "BackfillRequested",
  ...system,
  backfill: "drawer",
  sources: [],
  from: at("2023-11-01"),
  to: at("2023-12-01"),
  closes_at: at("2023-12-31"),
  reason: "found in a drawer",
  events: null,
  digest: null,
};

/** The same, where some come by the backfill. */
export function eventsOf(backfilled: readonly string[]): UsageReported[][] {
  return eventsByCut.map((events) =>
    events.map((each) => ({ ...each, backfill: backfilled.includes(each.id) ? "drawer" : null })),
  );
}

/** The backfills that these facts ask for, each at its place in the catalog. */
export function backfillsKnown(known: readonly CatalogFact[]): readonly Backfill[] {
  return backfillsIn(placedSettings(known.map((fact, offset) => ({ fact, offset }))));
}

function event(
  id: string,
  of: string,
  time: string,
  properties: Record<string, string>,
): UsageReported {
  return {
    kind: "UsageReported",
    tenant: "default",
    source: "",
    id,
    type: "llm",
    customer: of,
    subscription: null,
    time: at(time),
    properties,
    received_at: simulated,
    door: "test",
    api_key: null,
    target: null,
    personal: {},
    correction: null,
    backfill: null,
  };
}
