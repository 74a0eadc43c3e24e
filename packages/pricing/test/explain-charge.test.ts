import { decimal } from "@tallybook/money";
import {
  type ChargeSpec,
  explainCharge,
  explainedText,
  explanationHolds,
  rateUsage,
  type Usage,
} from "@tallybook/pricing";
import { describe, expect, test } from "vitest";
import { packages, perUnit, tiered, tiersOf } from "./prices.ts";
import { made } from "./specs.ts";

const cases: readonly (readonly [string, ChargeSpec, Usage])[] = [
  [
    "10 units from 0 to 10: 10 × 1 USD = 10 USD; 2.5 units above 10: 2.5 × 0.5 USD + 3 USD once = 4.25 USD",
    tiered("graduated", tiersOf("10: 1, -: 0.5 + 3")),
    quantity("12.5"),
  ],
  ["nothing was used", perUnit("2"), quantity("0")],
  [
    "4 events, 2 of them free, worth 800 USD, 250 USD of it free: 7.15 USD by percentage + 4 USD fixed",
    {
      model: "percentage",
      rate_percent: "1.3",
      fixed_amount_per_event: "2",
      free_events: 3,
      free_amount: "250",
      minimum_per_event: null,
      maximum_per_event: null,
    },
    events("50", "100", "250", "400"),
  ],
  [
    "1 event, worth 10 USD: 0.1 USD by percentage + 0.9 USD by bounds per event",
    {
      model: "percentage",
      rate_percent: "1",
      fixed_amount_per_event: null,
      free_events: null,
      free_amount: null,
      minimum_per_event: "1",
      maximum_per_event: null,
    },
    events("10"),
  ],
  [
    "2 events of 2000 units: 4 USD passed through from the provider + 0.8 USD markup + 0.02 USD fixed",
    {
      model: "cost_plus",
      markup_percent: "20",
      fixed_amount_per_event: "0.01",
      unit_cost_property: "cost",
      provider_prices: [],
    },
    {
      of: "costs",
      costs: [
        { quantity: decimal("1000"), unitCost: decimal("0.0025") },
        { quantity: decimal("1000"), unitCost: decimal("0.0015") },
      ],
    },
  ],
  [
    "130 units in 2 pieces make 3 billable; 3 units: 3 × 0.04 USD = 0.12 USD",
    {
      model: "bulk",
      conversion: { operation: "divide", factor: "60", rounding: "ceiling", decimals: 0 },
      round_per: "job",
      job_property: "job",
      charge: perUnit("0.04"),
    },
    {
      of: "events",
      events: [
        { quantity: decimal("71"), job: "a" },
        { quantity: decimal("59"), job: "b" },
      ],
    },
  ],
  [
    "tier 2 holds for the peaks 4 seats, 120 gb",
    {
      model: "capacity",
      unit_dimension: "unit",
      tiers: [
        { amount: "10", max: { seats: "5", gb: "100" } },
        { amount: "40", max: { seats: "50" } },
      ],
    },
    {
      of: "peaks",
      peakByUnit: new Map([
        ["seats", decimal("4")],
        ["gb", decimal("120")],
      ]),
    },
  ],
  [
    "peak: 2 units: 2 × 3 USD = 6 USD; outside of all windows: 1 units: 1 × 1 USD per 3 = 0.333333333333333333333333 USD",
    {
      model: "time_windows",
      time_zone: "UTC",
      windows: [{ name: "peak", days: [1], from_minute: 0, to_minute: 60, charge: perUnit("3") }],
      otherwise: perUnit("1", "3"),
    },
    {
      of: "times",
      times: [
        { day: 1, minute: 0, quantity: decimal("2") },
        { day: 1, minute: 60, quantity: decimal("1") },
      ],
    },
  ],
  [
    "model large: 3 units: 3 × 2 USD = 6 USD; model (none) (default row): 11 units: 2 × 1 USD = 2 USD",
    {
      model: "matrix",
      dimensions: ["model"],
      rows: [{ dimensions: { model: "large" }, charge: perUnit("2") }],
      default_row: packages("10", "1"),
    },
    {
      of: "combinations",
      combinations: [
        { values: { model: "large" }, usage: quantity("3") },
        { values: { model: "" }, usage: quantity("11") },
      ],
    },
  ],
];

describe("how an amount came about", () => {
  test.each(cases)("%s", (expected, spec, usage) => {
    const explained = explainCharge(rateUsage(made(spec), usage));
    expect(explainedText(explained, "USD")).toBe(expected);
    expect(explanationHolds(explained)).toBe(true);
  });

  test.each(cases)("does not hold where its amount is another: %s", (_, spec, usage) => {
    const explained = explainCharge(rateUsage(made(spec), usage));
    if (explained.of === "peaks") return;
    expect(explanationHolds({ ...explained, amount: "77" })).toBe(false);
  });

  test("does not hold where a step multiplies to something else", () => {
    const explained = explainCharge(rateUsage(made(perUnit("2")), quantity("3")));
    if (explained.of !== "quantity") throw new Error("a price by quantity");
    const steps = explained.steps.map((step) => ({ ...step, unit_amount: "3" }));
    expect(explanationHolds({ ...explained, steps })).toBe(false);
  });
});

function quantity(text: string): Usage {
  return { of: "quantity", quantity: decimal(text) };
}

function events(...values: readonly string[]): Usage {
  return {
    of: "events",
    events: values.map((value) => ({ quantity: decimal(value), job: null })),
  };
}
