import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { emptyCatalog, evolve, planVersionFor, subscriptions } from "@tallybook/catalog";
import type { CatalogFact, Terms } from "@tallybook/catalog";
import { analyticsOf, connectColumns, migrate, mirrorTables, rowsOf } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { startTestEngines } from "@tallybook/testkit";
import type { TestEngines } from "@tallybook/testkit";
import {
  at,
  customer,
  fee,
  perUnit,
  plan,
  subscription,
  system,
  usualMeter,
} from "@tallybook/testkit/facts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const month = (number: number) => `2024-0${number}-01T00:00:00Z`;

function said(
  id: string,
  version: number,
  when: string,
  body: Record<string, string>,
): CatalogFact {
  return {
    kind: "ObjectRevised",
    ...system,
    effective_at: at(when),
    collection: "customers",
    id,
    version,
    archived: false,
    body: { email: "private@example.com", tax_id: "DE999999999", ...body },
  };
}

function changed(of: string, from: string, terms: readonly Partial<Terms>[]): CatalogFact {
  return {
    kind: "SubscriptionChanged",
    ...system,
    effective_at: at(from),
    subscription: of,
    terms: terms.map((each) => ({
      from: at(from),
      plan: "basic",
      quantity: "1",
      add_ons: [],
      paused: false,
      covered: "nothing",
      ...each,
    })),
  };
}

const facts: readonly CatalogFact[] = [
  plan("basic", [fee("base", "10"), perUnit("calls", "calls", "0.02", "1000")]),
  plan("pro", [fee("base", "90")], 1),
  plan("pro", [fee("base", "99.5")], 2, at(month(3))),
  plan("pro", [fee("base", "95")], 3, at(month(2))),
  {
    kind: "MeterPublished",
    ...system,
    ...usualMeter,
    meter: "calls",
    version: 1,
    event_type: "call",
    aggregation: "count",
    value_property: null,
  },
  customer("acme", "ACME"),
  said("acme", 1, month(1), { name: "ACME Inc." }),
  said("acme", 2, month(4), { name: "ACME Ltd.", country: "DE" }),
  customer("late", "Later"),
  said("late", 1, month(1), { name: "Later", approval: "pending" }),
  subscription("upgraded", "acme", "basic", month(1)),
  changed("upgraded", month(3), [{ plan: "pro" }, { from: at(month(6)), quantity: "7.5" }]),
  changed("upgraded", month(5), [
    { paused: true },
    { from: at(month(7)), plan: "pro", add_ons: [{ plan: "basic", quantity: "2" }] },
  ]),
  {
    kind: "SubscriptionEnded",
    ...system,
    effective_at: at(month(8)),
    subscription: "upgraded",
    end: at(month(8)),
  },
  subscription("waiting", "late", "basic", month(1)),
  changed("waiting", month(2), [{ plan: "pro", covered: "everything" }, { from: at(month(3)) }]),
  said("late", 2, month(4), {
    name: "Later",
    approval: "approved",
    activated_at: "2024-02-11T00:00:00Z",
  }),
  changed("waiting", month(5), [{ plan: "pro" }]),
  subscription("plain", "late", "basic", month(6), month(9)),
];

describe("the catalog as analysts read it", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-analytics-catalog-"));
  let engines: TestEngines;
  let columns: Columns;
  let analytics: string;
  const catalog = facts.reduce(
    (known, fact, offset) => evolve(known, fact, offset),
    emptyCatalog(),
  );

  beforeAll(async () => {
    engines = await startTestEngines(dir, "clickhouse");
    const options = { url: engines.clickhouseUrl, database: `tallybook_catalog_${Date.now()}` };
    analytics = analyticsOf(options);
    await migrate(options);
    columns = connectColumns(options);
    const rows = facts.map((fact, offset) =>
      mirrorTables.catalog.rowOf({ partition: 0, offset, timestamp: 0, fact }),
    );
    const range = { topic: "catalog", partition: 0, from: 0, to: facts.length - 1 } as const;
    await columns.mirror.insert(1, range, rows);
  }, 60_000);

  afterAll(async () => {
    await columns?.close();
    await engines?.stop();
    rmSync(dir, { recursive: true, force: true });
  }, 30_000);

  test("subscriptions are the timelines that are billed", async () => {
    const rows = await ask(
      `SELECT subscription, customer, plan, toString(quantity) AS quantity, add_ons, paused, covered,
        toUnixTimestamp64Micro(terms_from) AS begin_at, ifNull(toUnixTimestamp64Micro(terms_to), -1) AS end_at,
        toUnixTimestamp64Micro(starts) AS starts, ifNull(toUnixTimestamp64Micro(ends), -1) AS ends
      FROM analytics.subscriptions ORDER BY subscription, terms_from`,
    );
    const wanted = subscriptions(catalog)
      .toSorted((one, other) => (one.subscription < other.subscription ? -1 : 1))
      .flatMap(({ terms, ...of }) =>
        terms.map((each, place) => ({
          subscription: of.subscription,
          customer: of.customer,
          plan: each.plan,
          quantity: each.quantity,
          add_ons: each.add_ons.map((added) => added.plan),
          paused: each.paused,
          covered: each.covered,
          begin_at: String(each.from),
          end_at: String(terms[place + 1]?.from ?? of.end ?? -1),
          starts: String(of.begins),
          ends: String(of.end ?? -1),
        })),
      );
    expect(wanted.length).toBeGreaterThan(8);
    expect(rows).toEqual(wanted);
  });

  test("one row of each is current", async () => {
    for (const [view, id, number] of [
      ["subscriptions", "subscription", 3],
      ["customers", "customer", 2],
      ["plans", "plan", 2],
    ] as const) {
      const rows = await ask(
        `SELECT ${id}, countIf(current) AS number FROM analytics.${view} GROUP BY ${id} HAVING number = 1`,
      );
      expect(rows).toHaveLength(number);
    }
  });

  test("the version of a plan in effect at a time is the one whose times hold it", async () => {
    for (const time of [month(1), month(2), month(4)]) {
      const rows = await ask<{ version: number }>(
        `SELECT version FROM analytics.plans WHERE plan = 'pro' AND effective_from <= parseDateTime64BestEffort({time:String}, 6, 'UTC')
          AND (effective_to IS NULL OR effective_to > parseDateTime64BestEffort({time:String}, 6, 'UTC'))`,
        { time },
      );
      expect(rows).toEqual([
        { version: planVersionFor(catalog, system.tenant, "pro", at(time))?.version },
      ]);
    }
  });

  test("prices are exact, and belong to their plans' versions", async () => {
    expect(
      await ask(
        `SELECT plan, version, price, meter, model, toString(unit_amount) AS unit, toString(per_units) AS per, toString(flat_amount) AS flat, current
          FROM analytics.prices ORDER BY plan, version, position`,
      ),
    ).toEqual([
      {
        plan: "basic",
        version: 1,
        price: "base",
        meter: "",
        model: "flat",
        unit: null,
        per: null,
        flat: "10",
        current: true,
      },
      {
        plan: "basic",
        version: 1,
        price: "calls",
        meter: "calls",
        model: "per_unit",
        unit: "0.02",
        per: "1000",
        flat: null,
        current: true,
      },
      {
        plan: "pro",
        version: 1,
        price: "base",
        meter: "",
        model: "flat",
        unit: null,
        per: null,
        flat: "90",
        current: false,
      },
      {
        plan: "pro",
        version: 2,
        price: "base",
        meter: "",
        model: "flat",
        unit: null,
        per: null,
        flat: "99.5",
        current: false,
      },
      {
        plan: "pro",
        version: 3,
        price: "base",
        meter: "",
        model: "flat",
        unit: null,
        per: null,
        flat: "95",
        current: true,
      },
    ]);
  });

  test("customers have their names by version, and nothing that is personal", async () => {
    expect(
      await ask(
        "SELECT customer, name, country, currency, current FROM analytics.customers ORDER BY customer, known_offset",
      ),
    ).toEqual([
      { customer: "acme", name: "ACME", country: "", currency: "USD", current: false },
      { customer: "acme", name: "ACME Inc.", country: "", currency: "USD", current: false },
      { customer: "acme", name: "ACME Ltd.", country: "DE", currency: "USD", current: true },
      { customer: "late", name: "Later", country: "", currency: "USD", current: false },
      { customer: "late", name: "Later", country: "", currency: "USD", current: false },
      { customer: "late", name: "Later", country: "", currency: "USD", current: true },
    ]);
    const personal = await ask(
      "SELECT id FROM mirror_catalog WHERE body LIKE '%private@%' OR body LIKE '%DE999999999%'",
    );
    expect(personal).toEqual([]);
  });

  async function ask<Row = Record<string, unknown>>(
    query: string,
    parameters: Record<string, unknown> = {},
  ): Promise<Row[]> {
    return rowsOf<Row>(columns.client, query.replaceAll("analytics.", `${analytics}.`), parameters);
  }
});
