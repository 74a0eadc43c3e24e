import { emptyCatalog, objectsOf } from "@tallybook/catalog";
import type { ExpectedBill } from "@tallybook/catalog";
import { describe, expect, test } from "vitest";
import { applied, planned, tenant } from "./documents.ts";

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
