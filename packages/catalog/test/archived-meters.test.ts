import { type Catalog, emptyCatalog, entriesOf, isMeterArchived } from "@tallybook/catalog";
import { describe, expect, test } from "vitest";
import { applied, november, planned, tenant } from "./documents.ts";

const minute = 60_000_000;
const calls = { meter: "calls", event_type: "call", aggregation: "count" };
const price = { price: "calls", meter: "calls", model: "per_unit", unit_amount: "1" };
const plan = (name: string, ...prices: object[]) => ({ plan: name, currency: "USD", prices });

describe("a meter that is archived", () => {
  const catalog = applied(emptyCatalog(), { meters: [calls], plans: [plan("dev", price)] });
  const unused = { meters: [{ ...calls, archived: true }] };
  const archived = archivedIn();
  const then = november + 2 * minute;

  function archivedIn(): Catalog {
    const first = applied(emptyCatalog(), { meters: [calls], plans: [plan("dev", price)] });
    return applied(first, unused, november + minute);
  }

  test("is no other version of the meter, and is said in an export", () => {
    expect(planned(catalog, unused, november + minute)).toMatchObject([
      { kind: "ObjectRevised", collection: "meter_details", id: "calls", archived: true },
    ]);
    expect(isMeterArchived(catalog, { tenant, meter: "calls" })).toBe(false);
    expect(isMeterArchived(archived, { tenant, meter: "calls" })).toBe(true);
    expect(entriesOf(archived, tenant)["meters"]).toMatchObject([{ archived: true }]);
    expect(planned(archived, entriesOf(archived, tenant), then)).toEqual([]);
    const other = applied(emptyCatalog(), entriesOf(archived, tenant));
    expect(entriesOf(other, tenant)).toEqual(entriesOf(archived, tenant));
  });

  test.each([
    ["a plan", { plans: [plan("new", price)] }, "plans[0].prices[0].meter archived"],
    [
      "a feature",
      { features: [{ feature: "f", type: "metered", meter: "calls" }] },
      "features[0].meter archived",
    ],
    [
      "a composite",
      {
        meters: [
          {
            meter: "all",
            aggregation: "composite",
            group_property: "run",
            parts: [{ meter: "calls" }],
          },
        ],
      },
      "meters[0].parts[0].meter archived",
    ],
  ])("is not referred to by %s that is new", (_, document, fault) => {
    expect(planned(archived, document, then)).toBe(fault);
    expect(planned(catalog, document, then)).toBeInstanceOf(Array);
  });

  test("stays with the plan that prices it, in its further versions too", () => {
    const dearer = plan("dev", { ...price, unit_amount: "2" });
    expect(planned(archived, { plans: [dearer] }, then)).toMatchObject([
      { kind: "PlanPublished", plan: "dev", version: 2 },
    ]);
  });

  test("is taken out of the archive by saying all of it again", () => {
    expect(planned(archived, { meters: [calls] }, then)).toMatchObject([
      { kind: "ObjectRevised", collection: "meter_details", version: 2, archived: false },
    ]);
  });
});
