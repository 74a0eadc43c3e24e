import { type Catalog, emptyCatalog, isShadow, objectsOf } from "@tallybook/catalog";
import type { ExpectedBill } from "@tallybook/catalog";
import { describe, expect, test } from "vitest";
import { applied, at, planned, tenant } from "./documents.ts";

const november = at("2023-11-01T00:00:00Z");
const december = at("2023-12-01T00:00:00Z");

/** With what a document says; the deployment's clock stands in the middle of November. */
function shadowed(...entries: object[]) {
  return entries.reduce<Catalog>(
    (catalog, entry) => applied(catalog, { shadows: [{ shadow: "old", ...entry }] }),
    emptyCatalog(),
  );
}

describe("a shadow", () => {
  test("holds for billing periods that begin in it, of the subscriptions that it names", () => {
    const catalog = shadowed({ until: "2023-12-01T00:00:00Z" });
    const of = (from: number, subscription = "s1") =>
      isShadow(catalog, { tenant, subscription, from });
    expect([of(0), of(december - 1), of(december)]).toEqual([true, true, false]);
    expect(isShadow(catalog, { tenant: "other", subscription: "s1", from: 0 })).toBe(false);
    const named = shadowed({ from: "2023-11-01T00:00:00Z", subscriptions: ["s2"] });
    const ofNamed = (subscription: string, from: number) =>
      isShadow(named, { tenant, subscription, from });
    expect([ofNamed("s2", november), ofNamed("s2", november - 1), ofNamed("s1", november)]).toEqual(
      [true, false, false],
    );
  });

  test("can end from now on, begin earlier and take in more; what was in it stays", () => {
    const until = "2023-12-01T00:00:00Z";
    const before = shadowed({ from: "2023-11-01T00:00:00Z", subscriptions: ["s1"] });
    const from = "2023-11-01T00:00:00Z";
    const again = (entry: object) => planned(before, { shadows: [{ shadow: "old", ...entry }] });
    expect(again({ from: null, until, subscriptions: ["s1", "s2"] })).toHaveLength(1);
    expect(again({ from, until, subscriptions: [] })).toHaveLength(1);
    expect(again({ from: "2023-11-02T00:00:00Z", subscriptions: ["s1"] })).toBe(
      "shadows[0].from cannot_change",
    );
    expect(again({ from, subscriptions: ["s2"] })).toBe("shadows[0].subscriptions cannot_change");
    expect(again({ from, until: "2023-11-02T00:00:00Z", subscriptions: ["s1"] })).toBe(
      "shadows[0].until in_the_past",
    );
    expect(again({ from: until, until, subscriptions: ["s1"] })).toContain(
      "shadows[0].until out_of_order",
    );
  });
});

describe("what another system has billed", () => {
  const bill = {
    expected_bill: "b1",
    customer: "who knows",
    from: "2023-11-01T00:00:00Z",
    until: "2023-12-01T00:00:00Z",
    currency: "USD",
  };

  test("is kept line by line, of customers that are not there as well", () => {
    const lines = [{ meter: "tokens", quantity: "1e3", amount: "-3.50" }];
    const catalog = applied(emptyCatalog(), { expected_bills: [{ ...bill, lines }] });
    const kept = objectsOf(catalog, tenant, "expected_bills").get("b1")?.at(-1)
      ?.body as ExpectedBill;
    expect(kept.lines).toEqual([
      { product: null, meter: "tokens", line: null, quantity: "1000", amount: "-3.5" },
    ]);
  });

  test("needs a line, and amounts that are numbers", () => {
    const faultsOf = (lines: readonly object[]) =>
      planned(emptyCatalog(), { expected_bills: [{ ...bill, lines }] });
    expect(faultsOf([])).toBe("expected_bills[0].lines missing");
    expect(faultsOf([{ amount: "1,000.00" }, { quantity: "3" }])).toBe(
      "expected_bills[0].lines[0].amount not_a_number; expected_bills[0].lines[1].amount missing",
    );
  });
});
