import { type ChargeSpec, describePrice } from "@tallybook/pricing";
import { expect, test } from "vitest";
import { packages, perUnit, tiered, tiersOf } from "./prices.ts";

const conversion = { operation: "divide", factor: "60", rounding: "ceiling", decimals: 0 } as const;
const passed = { model: "cost_plus", unit_cost_property: "cost", provider_prices: [] } as const;

const words: readonly (readonly [string, ChargeSpec])[] = [
  ["20 USD per period", { model: "flat", amount: "20", payment_term: "in_arrears" }],
  ["20 USD per period, in advance", { model: "flat", amount: "20", payment_term: "in_advance" }],
  ["0.04 USD per unit", perUnit("0.04")],
  [
    "graduated: 0.5 USD per 1000000 units up to 1000000, then 2 USD once up to 5000000, " +
      "then 1 USD once and 0.3 USD per 1000000 units",
    tiered("graduated", tiersOf("1000000: 0.5, 5000000: 0 + 2, 10000000: 0.3 + 1"), {
      per: "1000000",
      beyond: "last_tier",
    }),
  ],
  ["volume: free up to 10, then 0.5 USD per unit", tiered("volume", tiersOf("10: 0, -: 0.5"))],
  [
    "volume: 1 USD once, at most 3 USD, up to 10, then 0.5 USD per unit; " +
      "the first tier is owed without usage too; exactly at an end, the next tier holds",
    {
      model: "volume",
      tiers: [
        { up_to: "10", unit_amount: null, flat_amount: "1", cap_amount: "3" },
        { up_to: null, unit_amount: "0.5", flat_amount: null, cap_amount: null },
      ],
      per: "1",
      beyond: null,
      zero_usage: "first_flat",
      boundary: "upper_tier",
    },
  ],
  ["1 USD per 100 units begun, after 5 free units", packages("100", "1", "5")],
  [
    "1 USD per 100 whole units",
    {
      model: "package",
      package_size: "100",
      package_amount: "1",
      free_units: "0",
      round: "down",
    },
  ],
  [
    "stairstep: 5 USD up to 10, then 8 USD",
    {
      model: "stairstep",
      steps: [
        { up_to: "10", amount: "5" },
        { up_to: "20", amount: "8" },
      ],
      beyond: "last_tier",
      zero_usage: "nothing",
      boundary: "lower_tier",
    },
  ],
  [
    "1 USD per 100 units begun up to 10 times, then 1 USD per 1000 units begun, the tier that the total ends in for all of it",
    {
      model: "block_tiers",
      policy: "top_tier",
      tiers: [
        { block_size: "100", max_blocks: "10", block_amount: "1" },
        { block_size: "1000", max_blocks: null, block_amount: "1" },
      ],
      beyond: "refused",
    },
  ],
  ["the metered amount times 1.2", { model: "dynamic", multiplier: "1.2" }],
  ["the metered amount", { model: "dynamic", multiplier: "1" }],
  [
    "graduated: 1 % up to 10, then 3 USD once and 2 %",
    {
      model: "graduated_percentage",
      tiers: [
        { up_to: "10", rate_percent: "1", flat_amount: null },
        { up_to: null, rate_percent: "2", flat_amount: "3" },
      ],
      beyond: null,
      zero_usage: "nothing",
    },
  ],
  [
    "1.3 % of each event's value, 2 USD per event, the first 3 events free, the first 250 USD free, " +
      "at least 1 USD per event, at most 9 USD per event",
    {
      model: "percentage",
      rate_percent: "1.3",
      fixed_amount_per_event: "2",
      free_events: 3,
      free_amount: "250",
      minimum_per_event: "1",
      maximum_per_event: "9",
    },
  ],
  [
    "what the provider charges, 20 % of it, 0.01 USD per event",
    { ...passed, markup_percent: "20", fixed_amount_per_event: "0.01" },
  ],
  [
    "units divided by 60, rounded up per job: 0.04 USD per unit",
    { model: "bulk", conversion, round_per: "job", job_property: "job", charge: perUnit("0.04") },
  ],
  [
    "by the peak of each unit: 10 USD up to 5 seats, 100 gb, then 40 USD for any",
    {
      model: "capacity",
      unit_dimension: "unit",
      tiers: [
        { amount: "10", max: { seats: "5", gb: "100" } },
        { amount: "40", max: {} },
      ],
    },
  ],
  [
    "by model, region: 3 USD per 1000000 units for model large, region eu; 0.1 USD per unit for model large, region (none); " +
      "1 USD per 3 units begun for all others",
    {
      model: "matrix",
      dimensions: ["model", "region"],
      rows: [
        { dimensions: { model: "large", region: "eu" }, charge: perUnit("3", "1000000") },
        { dimensions: { model: "large", region: "" }, charge: perUnit("0.1") },
      ],
      default_row: packages("3", "1"),
    },
  ],
  [
    "by the time in Europe/Berlin: peak (Mon to Fri, Sun 09:00 to 18:30) 3 USD per unit; otherwise 1 USD per unit",
    {
      model: "time_windows",
      time_zone: "Europe/Berlin",
      windows: [
        {
          name: "peak",
          days: [1, 2, 3, 4, 5, 7],
          from_minute: 540,
          to_minute: 1110,
          charge: perUnit("3"),
        },
      ],
      otherwise: perUnit("1"),
    },
  ],
];

test.each(words)("a price reads as words: %s", (expected, charge) => {
  expect(describePrice({ charge }, "USD")).toBe(expected);
});

test("of a long matrix the first rows are told, and the others counted", () => {
  const rows = Array.from({ length: 9 }, (_, at) => ({
    dimensions: { model: `m${at}` },
    charge: perUnit("1"),
  }));
  const charge = { model: "matrix", dimensions: ["model"], rows, default_row: null } as const;
  expect(describePrice({ charge }, "USD")).toMatch(/for model m5; 3 rows more$/);
});
