import { cut, decimal, toText } from "@tallybook/money";
import { type ChargeSpec, chargeOf, NotRatable, type Price, rateUsage } from "@tallybook/pricing";
import { describe, expect, test } from "vitest";
import { packages as packagesOf, perUnit, rated, stepsFor, tiered, tiersOf } from "./prices.ts";

const million = "1000000";

const graduated = tiered("graduated", tiersOf("1000000: 0.50, 10000000: 0.30"), {
  per: million,
  beyond: "last_tier",
});

const volume = tiered("volume", tiersOf("10000000: 0.20, -: 0.10"), { per: million });

const withFlat = tiered("graduated", tiersOf("5: 0 + 1, 10: 1 + 2, -: 2 + 0"));

const volumeWithFlat = tiered("volume", tiersOf("100: 2 + 10, 200: 1 + 0, -: 0.5 + 50"));

const packages = packagesOf("10", "100", "5");

const fee = { model: "flat", amount: "20", payment_term: "in_arrears" } as const;

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
  examples("per unit", perUnit("5.12345"), { "-1": "0", "0": "0", "10": "51.2345" });
  examples("per unit, a fraction kept and cut", perUnit("1", "3"), {
    "1": `0.${"3".repeat(24)}`,
    "3": "1",
  });
  examples("a flat fee asks for no usage", fee, { "0": "20", "7": "20" });
});

test("the steps tell what each tier contributed", () => {
  expect(stepsFor(graduated, "12000000")).toMatchObject([
    {
      from: "0",
      up_to: "1000000",
      quantity: "1000000",
      unit_amount: "0.5",
      flat_amount: null,
      amount: "0.5",
    },
    {
      from: "1000000",
      up_to: null,
      quantity: "11000000",
      unit_amount: "0.3",
      flat_amount: null,
      amount: "3.3",
    },
  ]);
});

test("free units that are just used up begin no package", () => {
  expect(stepsFor(packages, "5")).toMatchObject([
    { from: "0", up_to: "5", quantity: "5", unit_amount: null, amount: "0" },
  ]);
});

describe("a published price", () => {
  const price: Price = { price: "calls", meter: "calls", charge: perUnit("2"), description: "" };

  test("is a charge that is made once", () => {
    expect(chargeOf(price)).toBe(chargeOf({ ...price }));
  });

  test("that cannot be right is not rated, and says what is wrong with it", () => {
    const charge = tiered("graduated", tiersOf("10: 1"));
    expect(() => chargeOf({ ...price, charge })).toThrow(NotRatable);
    expect(() => chargeOf({ ...price, charge: perUnit("") })).toThrow(
      "price calls cannot be right: unit_amount: it must be a decimal number such as 0.50",
    );
    const dynamic = { model: "dynamic", multiplier: "2" } as const;
    expect(() => chargeOf({ ...price, meter: null, charge: dynamic })).toThrow(
      "needs the meter that it prices",
    );
  });

  test("is rated from what its model asks for, and from nothing else", () => {
    const events = { of: "events", events: [] } as const;
    expect(() => rateUsage(chargeOf(price), events)).toThrow(
      "a per_unit price is rated from quantity, and not from events",
    );
    const costs = { of: "quantity", quantity: decimal("1") } as const;
    const passed = {
      model: "cost_plus",
      markup_percent: "0",
      fixed_amount_per_event: null,
      unit_cost_property: "cost",
      provider_prices: [],
    } as const;
    expect(() => rateUsage(chargeOf({ ...price, charge: passed }), costs)).toThrow(NotRatable);
  });
});

function examples(name: string, spec: ChargeSpec, amountByQuantity: Record<string, string>): void {
  test.each(Object.entries(amountByQuantity))(`${name}: %s costs %s`, (quantity, amount) => {
    expect(toText(cut(rated(spec, quantity).amount, 24))).toBe(amount);
  });
}
