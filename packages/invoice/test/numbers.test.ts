import type { CatalogFact } from "@tallybook/catalog";
import { makePage, nextNumber, prefixOf, seriesFor, takeNumber } from "@tallybook/invoice";
import type { Numbers, NumberSeries } from "@tallybook/invoice";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { catalogOf } from "./catalogs.ts";
import { fee, paper } from "./paper.ts";

const own: NumberSeries = { tenant: "t", prefix: "EU-", digits: 6 };

describe("numbers", () => {
  test("of each series follow each other from 1, whatever the others do", () => {
    const several = [own, { ...own, prefix: "EU-C-" }, { ...own, tenant: "other" }];
    fc.assert(
      fc.property(fc.array(fc.nat(2)), (order) => {
        const numbers: Numbers = new Map();
        const given = order.map((at) => {
          const series = several[at] ?? own;
          const numbered = nextNumber(numbers, series, 0);
          takeNumber(numbers, series.tenant, numbered);
          return { at, number: numbered.number };
        });
        for (const [at, { prefix }] of several.entries()) {
          const mine = given.filter((each) => each.at === at).map(({ number }) => number);
          expect(mine).toEqual(
            mine.map((_, nth) => `${prefix}${String(nth + 1).padStart(6, "0")}`),
          );
        }
      }),
    );
  });

  test("never have a date before that of the number before them", () => {
    const numbers: Numbers = new Map();
    const dates = [5, 9, 7, 9, 12].map((at) => {
      const numbered = nextNumber(numbers, own, at);
      takeNumber(numbers, own.tenant, numbered);
      return numbered.issued_at;
    });
    expect(dates).toEqual([5, 9, 9, 9, 12]);
  });

  test("go on where they are longer than their digits", () => {
    const numbers: Numbers = new Map();
    const few = { ...own, digits: 1 };
    const given = Array.from({ length: 11 }, () => {
      const numbered = nextNumber(numbers, few, 0);
      takeNumber(numbers, few.tenant, numbered);
      return numbered.number;
    });
    expect(given.slice(8)).toEqual(["EU-9", "EU-10", "EU-11"]);
    expect(given.map(prefixOf)).toEqual(given.map(() => "EU-"));
  });
});

describe("the series of a customer", () => {
  const catalog = catalogOf({
    entities: [
      { entity: "emea", numbering: { invoices: "EU-", credit_notes: "EUC-", digits: "4" } },
      { entity: "plain" },
    ],
    customers: [
      { customer: "a", entity: "emea", currency: "USD" },
      { customer: "b", entity: "plain", currency: "USD" },
      { customer: "c", currency: "USD" },
    ],
  });
  const seriesOf = (customer: string) =>
    (["invoice", "credit_note", "debit_note"] as const).map((kind) => {
      const { prefix, digits } = seriesFor(catalog, { tenant: "default", customer }, kind);
      return `${prefix} ${digits}`;
    });

  test("are those of its entity, one for each kind", () => {
    expect(seriesOf("a")).toEqual(["EU- 4", "EUC- 4", "EU-D- 4"]);
  });

  test("are the tenant's where the entity has none, or there is none", () => {
    expect(seriesOf("b")).toEqual(["INV- 6", "CN- 6", "DN- 6"]);
    expect(seriesOf("c")).toEqual(seriesOf("b"));
  });
});

test("an invoice in the series of an entity is in its name, also where nothing is said of taxes", () => {
  const revised = (collection: string, id: string, body: object) =>
    ({
      kind: "ObjectRevised",
      tenant: "default",
      recorded_at: 0,
      actor: "system",
      effective_at: 0,
      collection,
      id,
      version: 1,
      archived: false,
      body,
    }) as CatalogFact;
  const numbering = { invoices: "EU-", credit_notes: "EU-C-", debit_notes: "EU-D-", digits: "6" };
  const facts = [
    revised("entities", "emea", { name: "Emea GmbH", numbering }),
    revised("customers", "acme", { name: "Acme", entity: "emea" }),
  ];
  const { invoice, madeAt } = paper({ lines: [fee("20")], facts });
  expect(invoice).toMatchObject({ number: "EU-000001", entity: "emea", tax_basis: null });
  expect(makePage(invoice, madeAt).seller).toBe("Emea GmbH");
  // A draft of before the entity was there, finalized since.
  const { catalog } = paper({ lines: [fee("20")] }).madeAt;
  expect(makePage(invoice, { ...madeAt, catalog, seller: madeAt.catalog }).seller).toBe(
    "Emea GmbH",
  );
});
