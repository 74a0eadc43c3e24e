import { monthBegin } from "@tallybook/cli";

/** A meter that sums `n` of the events of its own name. */
function sumOf(meter: string, more: object = {}) {
  return { meter, event_type: meter, aggregation: "sum", value_property: "n", ...more };
}
const money = { currency: "USD" };
const minutes = { operation: "divide", factor: 60, rounding: "ceiling" };
const perMinute = { model: "per_unit", unit_amount: 0.04 };

/** Every model, one price over one meter each; what systems differ in is left out. */
export const everyModel = {
  meters: [
    sumOf("calls"),
    sumOf("tokens"),
    sumOf("stored"),
    sumOf("packs"),
    sumOf("seats"),
    sumOf("blocks"),
    sumOf("resale", money),
    sumOf("gmv", money),
    sumOf("payments", money),
    sumOf("llm"),
    sumOf("images"),
    sumOf("gpu"),
    sumOf("voice"),
    sumOf("batch"),
    { ...sumOf("size", { dimensions: ["unit"] }), aggregation: "max" },
    sumOf("cells", { dimensions: ["model"] }),
    sumOf("fees", { ...money, dimensions: ["method"] }),
    sumOf("watts"),
    sumOf("nights"),
  ],
  plans: [
    {
      plan: "every_model",
      currency: "USD",
      prices: [
        { price: "monthly", model: "flat", amount: 20 },
        { price: "calls", meter: "calls", model: "per_unit", unit_amount: 0.3, per: 1000 },
        {
          price: "tokens",
          meter: "tokens",
          model: "graduated",
          tiers: [
            { up_to: 10, unit_amount: 1 },
            { unit_amount: 0.5, flat_amount: 3 },
          ],
        },
        {
          price: "stored",
          meter: "stored",
          model: "volume",
          tiers: [{ up_to: 100, unit_amount: 2, flat_amount: 10 }, { unit_amount: 1 }],
        },
        {
          price: "packs",
          meter: "packs",
          model: "package",
          package_size: 10,
          package_amount: 5,
          free_units: 5,
        },
        {
          price: "seats",
          meter: "seats",
          model: "stairstep",
          steps: [
            { up_to: 5, amount: 50 },
            { up_to: 20, amount: 150 },
          ],
          beyond: "last_tier",
        },
        {
          price: "blocks",
          meter: "blocks",
          model: "block_tiers",
          tiers: [
            { block_size: 100, max_blocks: 10, block_amount: 1 },
            { block_size: 1000, block_amount: 1 },
          ],
        },
        { price: "resale", meter: "resale", model: "dynamic", multiplier: 1.2 },
        {
          price: "gmv",
          meter: "gmv",
          model: "graduated_percentage",
          tiers: [
            { up_to: 10, rate_percent: 1 },
            { rate_percent: 2, flat_amount: 3 },
          ],
        },
        {
          price: "payments",
          meter: "payments",
          model: "percentage",
          rate_percent: 1.3,
          fixed_amount_per_event: 2,
          free_events: 3,
          free_amount: 250,
        },
        {
          price: "llm",
          meter: "llm",
          model: "cost_plus",
          markup_percent: 20,
          fixed_amount_per_event: 0.01,
          unit_cost_property: "cost",
        },
        {
          price: "images",
          meter: "images",
          model: "cost_plus",
          provider_prices: [
            { effective_at: "2023-11-01T00:00:00Z", unit_cost: 0.02 },
            { effective_at: "2023-11-16T00:00:00Z", unit_cost: 0.01 },
          ],
        },
        {
          price: "gpu",
          meter: "gpu",
          model: "bulk",
          conversion: minutes,
          round_per: "job",
          job_property: "job",
          charge: perMinute,
        },
        {
          price: "voice",
          meter: "voice",
          model: "bulk",
          conversion: minutes,
          round_per: "event",
          charge: perMinute,
        },
        {
          price: "batch",
          meter: "batch",
          model: "bulk",
          conversion: minutes,
          round_per: "period",
          charge: perMinute,
        },
        {
          price: "size",
          meter: "size",
          model: "capacity",
          unit_dimension: "unit",
          tiers: [
            { amount: 10, max: { seats: 5, gb: 100 } },
            { amount: 40, max: { seats: 50 } },
          ],
        },
        {
          price: "cells",
          meter: "cells",
          model: "matrix",
          dimensions: ["model"],
          rows: [{ dimensions: { model: "large" }, unit_amount: 2 }],
          default_row: { model: "package", package_size: 10, package_amount: 1 },
        },
        {
          price: "fees",
          meter: "fees",
          model: "matrix",
          dimensions: ["method"],
          rows: [
            {
              dimensions: { method: "card" },
              model: "percentage",
              rate_percent: 2,
              fixed_amount_per_event: 0.1,
            },
          ],
          default_row: { model: "dynamic" },
        },
        {
          price: "watts",
          meter: "watts",
          model: "time_windows",
          time_zone: "Europe/Berlin",
          windows: [
            {
              name: "peak",
              days: [1, 2, 3, 4, 5],
              from_minute: 540,
              to_minute: 1080,
              unit_amount: 3,
            },
          ],
          otherwise: { unit_amount: 1 },
        },
        {
          price: "nights",
          meter: "nights",
          model: "time_windows",
          time_zone: "Asia/Kolkata",
          windows: [{ name: "night", to_minute: 360, unit_amount: 5 }],
          otherwise: { unit_amount: 1 },
        },
      ],
    },
  ],
  customers: [{ customer: "acme" }],
  subscriptions: [{ customer: "acme", plan: "every_model", start: monthBegin }],
};
