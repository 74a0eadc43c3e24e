import { describePrice, type Price, validatePrice } from "@tallybook/pricing";
import { describe, expect, test } from "vitest";
import { priceWith, tiersOf } from "./prices.ts";

describe("a price is refused, naming the field", () => {
  const open = tiersOf("10: 1, -: 2");
  refused(
    { model: "graduated", tiers: tiersOf("10: 1, 20: 2") },
    "tiers[1].up_to last_tier_closed",
  );
  refused({ model: "volume", tiers: tiersOf("10: 1") }, "tiers[0].up_to last_tier_closed");
  refused(
    { model: "graduated", tiers: tiersOf("10: 1, 10: 2, -: 3") },
    "tiers[1].up_to tiers_overlap",
  );
  refused(
    { model: "graduated", tiers: tiersOf("20: 1, 1e1: 2, -: 3") },
    "tiers[1].up_to tiers_overlap",
  );
  refused(
    { model: "volume", tiers: tiersOf("-: 1, 10: 2, -: 3") },
    "tiers[0].up_to open_tier_not_last",
  );
  refused({ model: "volume", tiers: tiersOf("0: 1, -: 2") }, "tiers[0].up_to not_positive");
  refused({ model: "volume", tiers: tiersOf("10: -1, -: 2") }, "tiers[0].unit_amount negative");
  refused(
    { model: "volume", tiers: tiersOf("10: 1 + x, -: 2") },
    "tiers[0].flat_amount not_a_number",
  );
  refused(
    { model: "volume", tiers: [{ up_to: null, unit_amount: null, flat_amount: null }] },
    "tiers[0].unit_amount missing",
  );
  refused(
    { model: "volume", tiers: tiersOf("10: 1, x: 2, 5: 3, -: 4") },
    "tiers[1].up_to not_a_number; tiers[2].up_to tiers_overlap",
  );
  refused({ model: "graduated" }, "tiers missing");
  refused({ model: "graduated", tiers: open, per: "0" }, "per not_positive");
  refused({ model: "graduated", tiers: open, unit_amount: "1" }, "unit_amount not_of_model");
  refused({ model: "graduated", tiers: open, meter: null }, "meter missing");
  refused({ model: "per_unit" }, "unit_amount missing");
  refused({ model: "per_unit", unit_amount: "1e-13" }, "unit_amount too_many_decimals");
  refused({ model: "per_unit", unit_amount: "1e18" }, "unit_amount too_large");
  refused({ model: "per_unit", unit_amount: "1", beyond: "last_tier" }, "beyond not_of_model");
  refused(
    { model: "package", package_size: "-1", package_amount: "-2", free_units: "-3" },
    "package_amount negative; free_units negative; package_size not_positive",
  );
  refused({ model: "package" }, "package_size missing; package_amount missing");
  refused({ model: "flat", amount: "20" }, "meter not_of_model");
  refused({ model: "flat", meter: null }, "amount missing");
  refused({ model: "flat", meter: null, amount: "1", per: "2" }, "per not_of_model");
});

describe("a price is taken", () => {
  const taken: readonly Partial<Price>[] = [
    { model: "graduated", tiers: tiersOf("10: 1, 20: 2"), beyond: "last_tier" },
    { model: "volume", tiers: tiersOf("0.1: 1, -: 2") },
    { model: "package", package_size: "1000000", package_amount: "0" },
    { model: "per_unit", unit_amount: "4e-2", per: "1.0" },
    { model: "flat", meter: null, amount: "0", per: "1.0" },
  ];
  test.each(taken)("%o", (fields) => {
    expect(validatePrice(priceWith(fields))).toEqual([]);
  });
});

test("a price reads as words", () => {
  const tiers = tiersOf("1000000: 0.5, 5000000: 0 + 2, 10000000: 0.3 + 1");
  expect([
    words({ model: "flat", amount: "20" }),
    words({ model: "per_unit", unit_amount: "0.04" }),
    words({ model: "graduated", per: "1000000", tiers, beyond: "last_tier" }),
    words({ model: "volume", tiers: tiersOf("10: 0, -: 0.5") }),
    words({ model: "package", package_size: "100", package_amount: "1", free_units: "5" }),
  ]).toEqual([
    "20 USD per period",
    "0.04 USD per unit",
    "graduated: 0.5 USD per 1000000 units up to 1000000, then 2 USD once up to 5000000, " +
      "then 1 USD once and 0.3 USD per 1000000 units",
    "volume: free up to 10, then 0.5 USD per unit",
    "1 USD per 100 units begun, after 5 free units",
  ]);
});

function words(fields: Partial<Price>): string {
  return describePrice(priceWith(fields), "USD");
}

function refused(fields: Partial<Price>, expected: string): void {
  test(`${fields.model}: ${expected}`, () => {
    const faults = validatePrice(priceWith(fields));
    expect(faults.map(({ field, reason }) => `${field} ${reason}`).join("; ")).toBe(expected);
  });
}
