import { checkMarket } from "@tallybook/invoice";
import { parseTime } from "@tallybook/periods";
import { expect, test } from "vitest";

import { catalogOf } from "./catalogs.ts";

const now = parseTime("2023-12-01T00:00:00Z") ?? 0;
const evidence = { reference: "archive 7", reviewed_on: "2023-10-01", reviewer: "kim" };

/** What is missing, by what it is about. */
function missing(document: object): Record<string, string> {
  const { ready, rows } = checkMarket(
    catalogOf(document),
    { tenant: "default", country: "DE" },
    now,
  );
  const lacking = rows.filter((each) => each.missing !== "");
  expect(ready).toBe(lacking.length === 0);
  return Object.fromEntries(lacking.map((each) => [each.what, each.missing]));
}

function whole(): Record<string, object[]> {
  return {
    entities: [
      {
        entity: "gmbh",
        name: "Tally GmbH",
        country: "AT",
        tax_id: "ATU1",
        address: ["Weg 1", "Wien"],
        numbering: { invoices: "EU-" },
        registrations: [{ country: "DE", tax_id: "DE1", evidence }],
      },
    ],
    tax_rates: [{ tax_rate: "vat", name: "VAT", jurisdiction: "DE", percent: "19" }],
    markets: [{ market: "DE", entity: "gmbh", activated_at: "2023-11-01T00:00:00Z" }],
    customers: [
      { customer: "acme", country: "DE", currency: "EUR" },
      { customer: "school", country: "DE", tax_status: "exempt", tax_evidence: evidence },
      { customer: "elsewhere", country: "FR", tax_status: "exempt" },
    ],
  };
}

test("a market that lacks nothing is ready, and shows what an invoice would be", () => {
  expect(missing(whole())).toEqual({});
  const { rows } = checkMarket(catalogOf(whole()), { tenant: "default", country: "DE" }, now);
  expect(rows.map(({ what, found }) => `${what}: ${found}`)).toEqual([
    "market: DE, version 1",
    "activation: from 2023-11-01T00:00:00Z on",
    "entity: gmbh, version 1: Tally GmbH, AT, numbers like EU-000001",
    "tax owner: gmbh, under DE1",
    "registration: evidence archive 7, reviewed on 2023-10-01 by kim",
    "tax: vat version 1, 19 %",
    "status of school: exempt; evidence archive 7, reviewed on 2023-10-01 by kim",
    "sample invoice: 100 of a taxable customer; VAT, DE, 19 %: 19.00; tax 19.00, total 119.00 EUR",
  ]);
});

test("a country that nobody speaks of is not ready", () => {
  expect(missing({})).toEqual({ market: "apply markets: [{ market: DE, entity: … }]" });
});

test("each thing that is missing is named, with what to do", () => {
  const [entity = {}] = whole()["entities"] ?? [];
  const [school = {}] = (whole()["customers"] ?? []).slice(1);
  const lacking = (section: string, ...entries: object[]) =>
    Object.keys(missing({ ...whole(), [section]: entries }));
  expect(lacking("markets", { market: "DE", entity: "gmbh" })).toEqual([
    "activation",
    "sample invoice",
  ]);
  expect(lacking("entities", { ...entity, address: [] })).toEqual(["entity"]);
  expect(lacking("entities", { ...entity, registrations: [] })).toEqual(["tax owner"]);
  const unproven = { ...entity, registrations: [{ country: "DE", tax_id: "DE1" }] };
  expect(lacking("entities", unproven)).toEqual(["registration"]);
  expect(lacking("tax_rates")).toEqual(["tax", "sample invoice"]);
  expect(lacking("customers", { ...school, tax_evidence: null })).toEqual(["status of school"]);
  const reversed = { ...school, tax_status: "reverse_charge" };
  expect(lacking("customers", reversed)).toEqual(["status of school"]);
  const untaxed = {
    market: "DE",
    entity: "gmbh",
    tax: "none",
    reason: "Not taxable",
    activated_at: "2023-11-01T00:00:00Z",
  };
  expect(lacking("markets", untaxed)).toEqual(["tax"]);
  expect(lacking("markets", { ...untaxed, evidence })).toEqual([]);
});

test("of many customers who are not taxable each is looked at, the first of them by name", () => {
  const reversed = Array.from({ length: 7 }, (_, nth) => ({
    customer: `c${nth}`,
    country: "DE",
    tax_status: "reverse_charge",
    tax_evidence: evidence,
    tax_id: nth === 6 ? null : `DE${nth}`,
  }));
  expect(missing({ ...whole(), customers: reversed })).toEqual({
    "status of others": "say the tax_id of customer c6",
  });
  expect(missing({ ...whole(), customers: reversed.slice(0, 6) })).toEqual({});
});

test("what the market of all others lacks is said of that one", () => {
  const other = {
    market: "other",
    entity: "gmbh",
    tax: "none",
    reason: "Not taxable",
    activated_at: "2023-11-01T00:00:00Z",
  };
  expect(missing({ ...whole(), markets: [other] })["tax"]).toContain("evidence of market other");
});
