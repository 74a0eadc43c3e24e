import {
  authenticate,
  type Catalog,
  catalogAt,
  type CatalogFact,
  clockOf,
  customersOf,
  fillsOf,
  emptyCatalog,
  evolve,
  keysOf,
  metersAt,
  planByVersion,
  plansOf,
  settingsOf,
  subscriptions,
  subscriptionsOf,
} from "@tallybook/catalog";
import type { MeterPublished, Price } from "@tallybook/catalog";
import type { Price as RatedPrice } from "@tallybook/pricing";
import type { Meter } from "@tallybook/usage";
import * as fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  aiPlatform,
  applied,
  folded,
  november,
  planned,
  platformWith,
  tenant,
} from "./documents.ts";

const recorded = { tenant, recorded_at: 0, actor: "system" };
const hash = (byte: number) => new Uint8Array(32).fill(byte);
const hex = (byte: number) => byte.toString(16).padStart(2, "0").repeat(32);

const unlimited = { customers: [], meters: [], event_types: [], replaces: null };

const deployment: CatalogFact[] = [
  {
    kind: "SettingsSet",
    ...recorded,
    tenant: "",
    simulated: true,
    window_seconds: null,
    ahead_seconds: 3600,
    grace_seconds: 3600,
    cut_interval_seconds: 3600,
  },
  { kind: "ClockAdvanced", ...recorded, tenant: "", time: november },
  { kind: "TenantCreated", ...recorded, name: "Default" },
  {
    kind: "ApiKeyCreated",
    ...recorded,
    api_key: "key-1",
    role: "admin",
    hash: hash(1),
    ...unlimited,
  },
  {
    kind: "ApiKeyCreated",
    ...recorded,
    api_key: "key-2",
    role: "producer",
    hash: hash(2),
    ...unlimited,
  },
  { kind: "ApiKeyRevoked", ...recorded, api_key: "key-1", at: null },
  { kind: "CutRequested", ...recorded, reason: "asked" },
  { kind: "ClockAdvanced", ...recorded, tenant: "", time: november + 1 },
];

const history = [...deployment, ...changes()];
const placed = history.map((fact, offset) => ({ offset, fact }));

describe("the catalog", () => {
  test("knows what its facts say", () => {
    const catalog = folded(history);
    expect(settingsOf(catalog)?.grace_seconds).toBe(3600);
    expect(clockOf(catalog)).toBe(november + 1);
    expect([...catalog.tenants.keys()]).toEqual([tenant]);
    expect(planByVersion(catalog, tenant, "ai_developer", 2)?.prices[0]?.charge).toMatchObject({
      amount: "25",
    });
    expect(subscriptionsOf(catalog, tenant, "cust-00")).toMatchObject([{ plan: "ai_developer" }]);
    expect(subscriptionsOf(catalog, tenant, "nobody")).toEqual([]);
  });

  test("lets a key in until it is revoked", () => {
    const before = catalogAt(placed, 5);
    expect(authenticate(before, hex(1), 0)).toEqual({
      tenant,
      role: "admin",
      api_key: "key-1",
      scope: null,
    });
    const after = catalogAt(placed, 6);
    expect(authenticate(after, hex(1), 0)).toBeUndefined();
    expect(authenticate(after, hex(2), 0)?.role).toBe("producer");
    expect(authenticate(after, hex(3), 0)).toBeUndefined();
  });

  test("at an offset knows nothing of that offset and beyond", () => {
    for (const offset of [0, 1, ...history.keys(), history.length]) {
      expect(view(catalogAt(placed, offset))).toEqual(view(folded(history.slice(0, offset))));
    }
  });

  test("can be folded twice from the same facts", () => {
    const first = folded(history);
    const seen = view(first);
    expect(view(folded(history))).toEqual(seen);
    expect(view(first)).toEqual(seen);
  });

  test("takes a fact that is read again once", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(history.length)), (restarts) => {
        let catalog = emptyCatalog();
        for (const end of [...restarts, history.length]) {
          for (const { offset, fact } of placed.slice(0, end)) {
            catalog = evolve(catalog, fact, offset);
          }
        }
        expect(view(catalog)).toEqual(view(folded(history)));
      }),
    );
  });

  test("does not depend on the order of facts about different things", () => {
    const indexes = [...history.keys()];
    const shuffled = fc.shuffledSubarray(indexes, { minLength: indexes.length });
    fc.assert(
      fc.property(shuffled, (order) => {
        expect(view(folded(keepSubjectOrder(order)))).toEqual(view(folded(history)));
      }),
    );
  });
});

describe("applying", () => {
  const change = fc.constantFrom(
    platformWith("plans[0].prices[0].amount", "25"),
    platformWith("plans[0].prices[2].unit_amount", "0.05"),
    platformWith("plans[0].name", "Developer"),
    platformWith("meters[0].dimensions", ["model", "region"]),
    platformWith("meters[1].event_type", "image"),
    aiPlatform(),
  );

  test("any document a second time changes nothing, whatever came before", () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (documents) => {
        let catalog = emptyCatalog();
        for (const [index, json] of documents.entries()) {
          catalog = applied(catalog, json, november + index);
          expect(planned(catalog, json, november + index + 1)).toEqual([]);
        }
        const versions = plansOf(catalog, tenant).get("ai_developer") ?? [];
        expect(versions.map(({ version }) => version)).toEqual(versions.map((_, i) => i + 1));
      }),
    );
  });
});

test("a price of the catalog is a price that can be rated, and the other way round", () => {
  expectTypeOf<Price>().toEqualTypeOf<RatedPrice>();
});

test("a published meter is a meter that can measure", () => {
  expectTypeOf<MeterPublished>().toExtend<Meter>();
});

/** What plans make of the documents that an operator applied one after the other. */
function changes(): CatalogFact[] {
  const documents = [
    aiPlatform(),
    platformWith("plans[0].prices[0].amount", "25"),
    platformWith("subscriptions[0].end", "2023-12-01T00:00:00Z"),
    { customers: [{ customer: "cust-01", currency: "EUR" }] },
  ];
  const facts: CatalogFact[] = [];
  for (const json of documents) {
    const more = planned(folded(facts), json);
    if (typeof more === "string") throw new Error(more);
    facts.push(...more);
  }
  return facts;
}

/** The facts in the given order, save that those of one subject stand in theirs. */
function keepSubjectOrder(order: readonly number[]): CatalogFact[] {
  const waiting = Map.groupBy(history, subjectOf);
  return order.map((index) => {
    const next = waiting.get(subjectOf(history[index]))?.shift();
    if (next === undefined) throw new Error("a fact of no subject");
    return next;
  });
}

function subjectOf(fact: CatalogFact | undefined): string {
  switch (fact?.kind) {
    case "ApiKeyCreated":
    case "ApiKeyRevoked":
      return `key ${fact.api_key}`;
    case "SubscriptionStarted":
    case "SubscriptionChanged":
    case "SubscriptionEnded":
    case "AdjustmentOrdered":
    case "BillingRequested":
      return `subscription ${fact.subscription}`;
    case "MeterPublished":
    case "MeterFillRequested":
      return `meter ${fact.meter}`;
    case "ObjectRevised":
      return `object ${fact.collection} ${fact.id}`;
    case "PlanPublished":
      return `plan ${fact.plan}`;
    case "BackfillRequested":
      return `backfill ${fact.backfill}`;
    case "ConflictDismissed":
      return `conflict ${fact.conflict}`;
    case "CouponApplied":
      return `coupon ${fact.coupon}`;
    case "LateUsagePolicySet":
      return "late usage";
    case "CustomerCreated":
      return `customer ${fact.customer}`;
    case "ClockAdvanced":
    case "CommandAnswered":
    case "CutRequested":
    case "SettingsSet":
    case "TenantCreated":
    case undefined:
      return fact?.kind ?? "";
  }
}

/** What can be seen of a catalog, in an order of its own. */
function view(catalog: Catalog) {
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return structuredClone({
    offset: catalog.offset,
    settings: settingsOf(catalog),
    clock: clockOf(catalog),
    meters: [...metersAt(catalog, tenant)].sort(byText),
    fills: [...fillsOf(catalog, tenant).keys()].sort(),
    plans: [...plansOf(catalog, tenant)].sort(byText),
    customers: customersOf(catalog, tenant).sort(byText),
    subscriptions: subscriptions(catalog).sort(byText),
    keys: keysOf(catalog, tenant).sort(byText),
    callers: [1, 2].map((byte) => authenticate(catalog, hex(byte), 0)),
  });
}
