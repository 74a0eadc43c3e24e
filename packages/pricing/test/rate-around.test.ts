import { cut, decimal, ratio, toText } from "@tallybook/money";
import type { AroundSpec, Price } from "@tallybook/pricing";
import {
  aroundFaults,
  chargeOf,
  explainAround,
  explanationHolds,
  rateAround,
  rateUsage,
  wholePeriod,
  withoutIncluded,
} from "@tallybook/pricing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const none: AroundSpec = {
  included_units: null,
  discount_percent: null,
  commitment: null,
  minimum_amount: null,
  maximum_amount: null,
};
const perUnit: Price["charge"] = { model: "per_unit", unit_amount: "1", per: "1" };
const tier = (up_to: string | null, unit_amount: string) => ({
  up_to,
  unit_amount,
  flat_amount: null,
  cap_amount: null,
});
const graduated: Price["charge"] = {
  model: "graduated",
  tiers: [tier("10", "2"), tier(null, "1")],
  per: "1",
  beyond: null,
  zero_usage: "nothing",
};

function commitment(of: Partial<NonNullable<AroundSpec["commitment"]>>): Partial<AroundSpec> {
  const usual = { amount: null, quantity: null, overage_factor: "1", true_up: true };
  return { commitment: { ...usual, ...of } };
}

/** What a quantity comes to, with how it came about. */
function rated(
  around: Partial<AroundSpec>,
  quantity: string,
  {
    of = wholePeriod,
    charge = perUnit,
  }: { of?: typeof wholePeriod; charge?: Price["charge"] } = {},
) {
  const made = chargeOf({ price: "p", meter: "m", charge, description: "" });
  const spec = { ...none, ...around };
  const priceOf = (units: typeof one) =>
    rateUsage(made, { of: "quantity", quantity: units }).amount;
  const left = withoutIncluded(spec, { of: "quantity", quantity: decimal(quantity) }, of);
  const rating = rateUsage(made, left.usage);
  const whole = rateAround(spec, rating.amount, priceOf, of);
  const explained = explainAround(rating, whole, left.included);
  return { amount: toText(cut(whole.amount, 24)), explained };
}

const one = decimal("1");
const amountOf = (...args: Parameters<typeof rated>) => rated(...args).amount;

describe("what stands around a charge", () => {
  test("included units cost nothing, and the price begins behind them", () => {
    expect(amountOf({ included_units: "10" }, "12.5")).toBe("2.5");
    expect(amountOf({ included_units: "10" }, "7")).toBe("0");
    expect(amountOf({ included_units: "10" }, "25", { charge: graduated })).toBe("25");
  });

  test("a discount is off what the units cost", () => {
    expect(amountOf({ discount_percent: "12.5" }, "80")).toBe("70");
  });

  test("a commitment is filled up to, and what lies above it costs the factor", () => {
    const of = commitment({ amount: "50", overage_factor: "1.2" });
    expect(amountOf(of, "30")).toBe("50");
    expect(amountOf(of, "80")).toBe("86");
    expect(amountOf(commitment({ amount: "50", true_up: false }), "30")).toBe("30");
    // 20 units are 20 and 10 by the tiers.
    const ofUnits = commitment({ quantity: "20", overage_factor: "2" });
    expect(amountOf(ofUnits, "5", { charge: graduated })).toBe("30");
    expect(amountOf(ofUnits, "23", { charge: graduated })).toBe("36");
  });

  test("a price asks for its minimum at least, and its maximum at most", () => {
    const bounds = { minimum_amount: "20", maximum_amount: "60" };
    expect(amountOf(bounds, "0")).toBe("20");
    expect(amountOf(bounds, "35")).toBe("35");
    expect(amountOf(bounds, "100")).toBe("60");
  });

  test("all hold in their order, and each says what it added", () => {
    const all = {
      included_units: "10",
      discount_percent: "10",
      ...commitment({ amount: "50", overage_factor: "2" }),
      minimum_amount: "55",
      maximum_amount: "120",
    };
    // 110 less 10 are 100, less 10 % are 90; 50 and twice 40 are 130; at most 120.
    const { amount, explained } = rated(all, "110");
    expect(amount).toBe("120");
    expect(explained).toMatchObject({
      of: "around",
      included: "10",
      charge: { amount: "100", quantity: "100" },
      steps: [
        { step: "discount", amount: "-10" },
        { step: "overage", amount: "40" },
        { step: "maximum", amount: "-10" },
      ],
    });
    // 4 units are included: 50 to the commitment, and 5 more to the minimum.
    expect(rated(all, "4").explained).toMatchObject({
      included: "4",
      steps: [
        { step: "true_up", amount: "50" },
        { step: "minimum", amount: "5" },
      ],
    });
  });

  test("of a part of a period each holds by its part, and of none nothing but the discount", () => {
    const all = {
      included_units: "10",
      discount_percent: "10",
      minimum_amount: "30",
      maximum_amount: "60",
    };
    const third = { ...wholePeriod, fraction: ratio(decimal("1"), decimal("3")) };
    expect(amountOf(all, "0", { of: third })).toBe("10");
    expect(amountOf(all, "100", { of: third })).toBe("20");
    const nothing = { ...wholePeriod, fraction: ratio(decimal("0"), decimal("1")) };
    expect(amountOf({ ...all, ...commitment({ amount: "5" }) }, "100", { of: nothing })).toBe("90");
  });

  test("nothing is missing before a period is over", () => {
    const of = { ...wholePeriod, isMissingOwed: false };
    const all = { ...commitment({ amount: "50", overage_factor: "2" }), minimum_amount: "70" };
    expect(amountOf(all, "30", { of })).toBe("30");
    expect(amountOf(all, "60", { of })).toBe("70");
  });

  test("whatever stands around it, an explanation comes to the amount", () => {
    const numbers = fc.integer({ min: 0, max: 300 }).map((of) => String(of / 10));
    const maybe = fc.option(numbers);
    const specs = fc.record({
      included_units: maybe,
      discount_percent: fc.option(fc.constantFrom("0", "33.333", "100")),
      commitment: fc.option(
        fc.record({
          amount: numbers,
          quantity: fc.constant(null),
          overage_factor: fc.constantFrom("0", "1", "1.5"),
          true_up: fc.boolean(),
        }),
      ),
      minimum_amount: maybe,
      maximum_amount: maybe,
    });
    const parts = fc
      .tuple(fc.integer({ min: 0, max: 7 }), fc.boolean())
      .map(([num, isMissingOwed]) => ({
        fraction: ratio(decimal(String(num)), decimal("7")),
        isMissingOwed,
      }));
    fc.assert(
      fc.property(specs, numbers, parts, (around, quantity, of) => {
        const { explained, amount } = rated(around, quantity, { of, charge: graduated });
        expect(explained.amount).toBe(amount);
        expect(explanationHolds(explained)).toBe(true);
      }),
    );
  });
});

test("what cannot be right around a charge is refused by field", () => {
  const faults = (
    around: Partial<AroundSpec>,
    charge: Price["charge"] = perUnit,
    hasMeter = true,
  ) =>
    aroundFaults({ ...none, ...around }, charge, hasMeter).map(
      ({ field, reason }) => `${field} ${reason}`,
    );
  const percentage: Price["charge"] = {
    model: "percentage",
    rate_percent: "1",
    fixed_amount_per_event: null,
    free_events: null,
    free_amount: null,
    minimum_per_event: null,
    maximum_per_event: null,
  };
  expect(faults({ included_units: "5", minimum_amount: "1", maximum_amount: "1" })).toEqual([]);
  expect(faults({ minimum_amount: "2", maximum_amount: "1" })).toEqual([
    "minimum_amount above_maximum",
  ]);
  expect(faults({ discount_percent: "100.1" })).toEqual(["discount_percent out_of_range"]);
  expect(faults({ minimum_amount: "-1" })).toEqual(["minimum_amount negative"]);
  expect(faults({ included_units: "5" }, percentage)).toEqual(["included_units not_of_model"]);
  expect(faults(commitment({ quantity: "5" }), percentage)).toEqual([
    "commitment.quantity not_of_model",
  ]);
  expect(faults(commitment({}))).toEqual(["commitment.amount one_of_two"]);
  expect(faults(commitment({ amount: "1", quantity: "1" }))).toEqual([
    "commitment.amount one_of_two",
  ]);
  expect(faults(commitment({ amount: "0" }))).toEqual(["commitment.amount not_positive"]);
  expect(faults(commitment({ amount: "1", overage_factor: "-1" }))).toEqual([
    "commitment.overage_factor negative",
  ]);
  expect(faults({ minimum_amount: "5" }, perUnit, false)).toEqual(["minimum_amount not_of_model"]);
});
