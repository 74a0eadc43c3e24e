import { catalogAt, type CatalogFact } from "@tallybook/catalog";
import { createCatalogHistory } from "@tallybook/journal";
import { at, customer, fee, plan, settings, subscription, system } from "@tallybook/testkit/facts";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const { effective_at: _, ...head } = system;

const facts: readonly CatalogFact[] = [
  settings(),
  plan("dev", [fee("monthly", "20")]),
  ...Array.from({ length: 40 }, (_each, n): CatalogFact[] => [
    customer(`c${n}`),
    subscription(`s${n}`, `c${n}`, "dev", "2023-11-01"),
    { kind: "BillingRequested", ...head, subscription: `s${n}` },
    { kind: "SubscriptionEnded", ...system, subscription: `s${n % 7}`, end: at("2023-12-01") + n },
  ]).flat(),
];

/** Offsets have gaps where transactions end. */
const placed = facts.map((fact, index) => ({ fact, offset: 2 * index }));

test("the catalog of any moment is the same, whichever were asked for before, and whatever came since", () => {
  const offsets = fc.array(fc.nat(2 * facts.length + 2), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(offsets, (asked) => {
      const history = createCatalogHistory();
      const half = placed.length / 2;
      for (const { fact, offset } of placed.slice(0, half)) history.add(fact, offset);
      for (const offset of asked) if (offset < 2 * half) history.at(offset);
      for (const { fact, offset } of placed.slice(half)) history.add(fact, offset);
      for (const offset of asked) expect(history.at(offset)).toEqual(catalogAt(placed, offset));
      // What was handed out is nobody's to change.
      for (const offset of asked) expect(history.at(offset)).toEqual(catalogAt(placed, offset));
    }),
  );
});

test("keys are in it where somebody asks about them", () => {
  const key: CatalogFact = {
    kind: "ApiKeyCreated",
    ...head,
    api_key: "k1",
    role: "admin",
    hash: new Uint8Array(32),
    customers: [],
    meters: [],
    event_types: [],
    replaces: null,
  };
  const keysIn = (history: ReturnType<typeof createCatalogHistory>) => {
    history.add(settings(), 0);
    history.add(key, 1);
    return [1, 2].map((offset) => history.at(offset).keyByHash.size);
  };
  expect(keysIn(createCatalogHistory())).toEqual([0, 0]);
  expect(keysIn(createCatalogHistory(({ kind }) => kind === "ApiKeyCreated"))).toEqual([0, 1]);
});
