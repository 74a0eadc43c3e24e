import { cut, decimal, toText } from "@tallybook/money";
import { NotRatable, type Price, rate } from "@tallybook/pricing";
import { describe, expect, test } from "vitest";
import { priceWith, tiersOf } from "./prices.ts";

const million = "1000000";

const graduated = priceWith({
  model: "graduated",
  per: million,
  tiers: tiersOf("1000000: 0.50, 10000000: 0.30"),
  beyond: "last_tier",
});

const volume = priceWith({
  model: "volume",
  per: million,
  tiers: tiersOf("10000000: 0.20, -: 0.10"),
});

const withFlat = priceWith({ model: "graduated", tiers: tiersOf("5: 0 + 1, 10: 1 + 2, -: 2 + 0") });

const volumeWithFlat = priceWith({
  model: "volume",
  tiers: tiersOf("100: 2 + 10, 200: 1 + 0, -: 0.5 + 50"),
});

const packages = priceWith({
  model: "package",
  package_size: "10",
  package_amount: "100",
  free_units: "5",
});

const perUnit = priceWith({ model: "per_unit", unit_amount: "5.12345" });
const perThird = priceWith({ model: "per_unit", unit_amount: "1", per: "3" });
const fee = priceWith({ model: "flat", meter: null, amount: "20" });

describe("what a quantity costs", () => {
  examples("graduated: 0.50 per 1M up to 1M, then 0.30, beyond 10M too", graduated, {
    "-1": "0",
    "0": "0",
    "1": "0.0000005",
    "1000000": "0.5",
    "1000000.000001": "0.5000000000003",
    "10000000": "3.2",
    "12000000": "3.8",
  });
  examples("volume: 0.20 per 1M, all of it 0.10 above 10M", volume, {
    "0": "0",
    "10000000": "2",
    "10000000.5": "1.00000005",
    "20000000": "2",
  });
  examples("graduated with a flat amount on entering a tier", withFlat, {
    "0": "0",
    "0.5": "1",
    "5": "1",
    "5.5": "3.5",
    "7": "5",
    "12": "12",
  });
  examples("volume with the flat amount of its tier", volumeWithFlat, {
    "0": "0",
    "1": "12",
    "100": "210",
    "100.5": "100.5",
    "210": "155",
  });
  examples("packages of 10, begun ones whole, after 5 free units", packages, {
    "4": "0",
    "5": "0",
    "5.000000000001": "100",
    "15": "100",
    "15.1": "200",
  });
  examples("per unit", perUnit, { "-1": "0", "0": "0", "10": "51.2345" });
  examples("per unit, a fraction kept and cut", perThird, { "1": `0.${"3".repeat(24)}`, "3": "1" });
  examples("a flat fee asks for no usage", fee, { "0": "20", "7": "20" });
});

test("the tiers tell what each contributed", () => {
  expect(rate(graduated, decimal("12000000")).tiers).toEqual([
    {
      from: "0",
      up_to: "1000000",
      quantity: "1000000",
      unit_amount: "0.5",
      flat_amount: "0",
      amount: "0.5",
    },
    {
      from: "1000000",
      up_to: null,
      quantity: "11000000",
      unit_amount: "0.3",
      flat_amount: "0",
      amount: "3.3",
    },
  ]);
});

test("free units that are just used up begin no package", () => {
  expect(rate(packages, decimal("5")).tiers).toEqual([
    {
      from: "0",
      up_to: "5",
      quantity: "5",
      unit_amount: "0",
      flat_amount: "0",
      amount: "0",
    },
  ]);
});

test("a price that misses what its model needs is not rated", () => {
  const closed = { ...graduated, beyond: null };
  expect(() => rate(closed, decimal("10000001"))).toThrow(NotRatable);
  expect(() => rate({ ...volume, tiers: [] }, decimal("1"))).toThrow(NotRatable);
  expect(() => rate({ ...perUnit, unit_amount: null }, decimal("1"))).toThrow(NotRatable);
});

function examples(name: string, price: Price, amountByQuantity: Record<string, string>): void {
  test.each(Object.entries(amountByQuantity))(`${name}: %s costs %s`, (quantity, amount) => {
    expect(toText(cut(rate(price, decimal(quantity)).amount, 24))).toBe(amount);
  });
}
