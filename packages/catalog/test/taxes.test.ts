import { emptyCatalog, paymentDaysOf, plan, validateDocument } from "@tallybook/catalog";
import { describe, expect, test } from "vitest";

import { applied, november, planned, tenant } from "./documents.ts";

const vat = { tax_rate: "vat", jurisdiction: "DE", percent: "19" };
const gmbh = { entity: "gmbh", numbering: { invoices: "EU-" } };

describe("what is said of taxes and numbers is refused", () => {
  test.each([
    [
      "a rate of more than everything",
      { tax_rates: [{ ...vat, percent: "101" }] },
      "tax_rates[0].percent out_of_range",
    ],
    [
      "a jurisdiction of nobody knows where",
      { tax_rates: [{ ...vat, jurisdiction: "EU" }] },
      "tax_rates[0].country unknown_jurisdiction",
    ],
    [
      "a country that is none",
      { tax_rates: [{ ...vat, country: "XX" }] },
      "tax_rates[0].country unknown_jurisdiction",
    ],
    [
      "a rate on sales that another one of the jurisdiction is on",
      { tax_rates: [vat, { ...vat, tax_rate: "again" }] },
      "tax_rates[0].jurisdiction overlaps; tax_rates[1].jurisdiction overlaps",
    ],
    [
      "a market that is no country",
      { entities: [gmbh], markets: [{ market: "EU", entity: "gmbh" }] },
      "markets[0].market unknown_jurisdiction",
    ],
    [
      "no tax without a reason",
      { entities: [gmbh], markets: [{ market: "DE", entity: "gmbh", tax: "none" }] },
      "markets[0].reason missing",
    ],
    [
      "a calculator that is not there",
      {
        entities: [gmbh],
        markets: [{ market: "DE", entity: "gmbh", tax: "calculator", calculator: "out" }],
      },
      "markets[0].calculator unknown_tax_calculator",
    ],
    [
      "a secret that is no name",
      {
        tax_calculators: [
          { tax_calculator: "out", url: "https://tax.example", secret: "whsec_abc" },
        ],
      },
      "tax_calculators[0].secret not_a_name",
    ],
    [
      "a wait without end",
      {
        tax_calculators: [
          { tax_calculator: "out", url: "https://tax.example", secret: "TAX", wait_ms: "60000" },
        ],
      },
      "tax_calculators[0].wait_ms out_of_range",
    ],
    [
      "a prefix that ends in a digit",
      { entities: [{ entity: "gmbh", numbering: { invoices: "EU2024" } }] },
      "entities[0].numbering.invoices bad_prefix",
    ],
    [
      "a series of the tenant's",
      { entities: [{ entity: "gmbh", numbering: { invoices: "INV-" } }] },
      "entities[0].numbering prefix_taken",
    ],
    [
      "a series of two entities",
      { entities: [gmbh, { ...gmbh, entity: "inc" }] },
      "entities[0].numbering prefix_taken; entities[1].numbering prefix_taken",
    ],
    [
      "one series for two kinds",
      { entities: [{ entity: "gmbh", numbering: { invoices: "EU-", credit_notes: "EU-" } }] },
      "entities[0].numbering same_prefix",
    ],
    [
      "evidence without its reviewer",
      {
        customers: [{ customer: "c", tax_evidence: { reference: "7", reviewed_on: "2023-11-01" } }],
      },
      "customers[0].tax_evidence.reviewer missing",
    ],
  ])("%s", (_, document, faults) => {
    expect(planned(emptyCatalog(), document)).toBe(faults);
  });
});

test("a prefix that an entity once had is never another one's, and a rate is its own next version", () => {
  const known = applied(emptyCatalog(), { entities: [gmbh], tax_rates: [vat] });
  const moved = applied(known, { entities: [{ entity: "gmbh", numbering: { invoices: "DE-" } }] });
  const taken = { entities: [{ entity: "inc", numbering: { invoices: "EU-" } }] };
  expect(planned(moved, taken)).toBe("entities[0].numbering prefix_taken");
  expect(planned(moved, { tax_rates: [{ ...vat, percent: "16" }] }, november + 1)).toHaveLength(1);
});

test("a rate may follow one that is archived, and a fault says which other one it is", () => {
  const known = applied(emptyCatalog(), { tax_rates: [{ ...vat, archived: true }] });
  expect(planned(known, { tax_rates: [{ ...vat, tax_rate: "next" }] })).toHaveLength(1);
  const read = validateDocument({ tax_rates: [vat, { ...vat, tax_rate: "again" }] });
  if (!read.ok) throw new Error("its faults are the catalog's");
  const result = plan(emptyCatalog(), read.document, { tenant, actor: "k", now: november });
  expect(result.ok ? [] : result.faults.map(({ detail }) => detail)).toContain(
    "tax rate again takes the tax of DE on the same sales: archive it and say from when on this one holds (effective_at), make this a version of it, or say another jurisdiction",
  );
});

test("a rate may not follow one for sales that the first is on still, and may from when on that one is archived", () => {
  const known = applied(emptyCatalog(), { tax_rates: [vat] });
  const archived = applied(known, { tax_rates: [{ ...vat, archived: true }] });
  const next = { ...vat, tax_rate: "next", percent: "16" };
  // Without a time it holds ever since: what came late for October would be taxed by both.
  expect(planned(archived, { tax_rates: [next] })).toBe("tax_rates[0].jurisdiction overlaps");
  const since = { ...next, effective_at: "2023-11-20T12:00:00Z" };
  expect(planned(archived, { tax_rates: [since] }, november + 1)).toHaveLength(1);
  // One that is archived later is on them until then.
  const later = { ...vat, archived: true, effective_at: "2024-01-01T00:00:00Z" };
  const leaving = applied(applied(emptyCatalog(), { tax_rates: [vat] }), { tax_rates: [later] });
  expect(planned(leaving, { tax_rates: [since] })).toBe("tax_rates[0].jurisdiction overlaps");
});

test("an invoice is to be paid as the customer says, else as who invoices it, also where that is the entity of the market", () => {
  const known = applied(emptyCatalog(), {
    entities: [{ ...gmbh, payment_days: "30" }],
    markets: [{ market: "DE", entity: "gmbh" }],
    customers: [
      { customer: "a", country: "DE" },
      { customer: "b", country: "DE", payment_days: "7" },
      { customer: "c", country: "FR" },
    ],
  });
  const days = ["a", "b", "c"].map((customer) => paymentDaysOf(known, tenant, customer, november));
  expect(days).toEqual([30, 7, null]);
});
