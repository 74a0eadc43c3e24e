import { describe, expect, test } from "vitest";

import { distributionOf, summedUp } from "../src/summed-up.ts";

describe("bills of many customers, summed up", () => {
  test("have the nearest rank at each place", () => {
    const hundred = Array.from({ length: 100 }, (_, at) => BigInt(100 - at));
    expect(distributionOf(hundred)).toEqual({ p50: "50", p90: "90", p99: "99", worst: "100" });
    expect(distributionOf([-7n, 3n, 5n])).toEqual({ p50: "3", p90: "5", p99: "5", worst: "5" });
    expect(distributionOf([])).toEqual({ p50: "0", p90: "0", p99: "0", worst: "0" });
  });

  test("say who pays more and who less, the most first, by currency", () => {
    const of = (customer: string, now: bigint[], other: bigint[], currency = "USD") => ({
      customer,
      currency,
      now,
      other,
    });
    const found = summedUp([
      {
        bills: [of("a", [100n, 200n], [90n, 180n]), of("b", [0n], [5n])],
        parked: { now: 1, other: 2 },
      },
      {
        bills: [of("c", [300n], [310n]), of("d", [7n], [7n]), of("c", [1n], [3n], "JPY")],
        parked: { now: 0, other: 3 },
      },
    ]);
    expect(found.parked).toEqual({ now: 1, other: 5 });
    expect(
      found.customers.map((each) => [each.customer, each.currency, each.difference, each.percent]),
    ).toEqual([
      ["c", "USD", "10", "3.33"],
      ["b", "USD", "5", null],
      ["c", "JPY", "2", "200.00"],
      ["d", "USD", "0", "0.00"],
      ["a", "USD", "-30", "-10.00"],
    ]);
    expect(found.currencies).toMatchObject([
      {
        currency: "USD",
        digits: 2,
        bills: 5,
        now: "607",
        other: "592",
        difference: "-15",
        more: 2,
        less: 1,
        same: 1,
        rises: { p50: "0", worst: "10" },
      },
      { currency: "JPY", digits: 0, more: 1, bills_other: { worst: "3" } },
    ]);
  });
});
