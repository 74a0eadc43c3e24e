import { type ChargeContext, type ChargeSpec, makeCharge } from "@tallybook/pricing";
import { describe, expect, test } from "vitest";

const perUnit = { model: "per_unit", unit_amount: "1", per: "1" } as const;
const tier = { unit_amount: "1", flat_amount: null, cap_amount: null };
const graduated = {
  model: "graduated",
  per: "1",
  beyond: null,
  zero_usage: "nothing",
} as const;
const percentage = {
  model: "percentage",
  rate_percent: "1",
  fixed_amount_per_event: null,
  free_events: null,
  free_amount: null,
  minimum_per_event: null,
  maximum_per_event: null,
} as const;
const block = { block_size: "1", max_blocks: "1", block_amount: "1" };
const blocks = { model: "block_tiers", policy: "all_tiers", beyond: "refused" } as const;
const conversion = { operation: "divide", factor: "60", rounding: "ceiling", decimals: 0 } as const;
const costs = {
  model: "cost_plus",
  markup_percent: "20",
  fixed_amount_per_event: null,
  unit_cost_property: null,
  provider_prices: [],
} as const;
const window = { name: "day", days: [1], from_minute: 0, to_minute: 60, charge: perUnit };
const windows = { model: "time_windows", time_zone: "UTC", otherwise: null } as const;

describe("a charge is refused when it is made, naming the field", () => {
  refused(
    "an amount of thirteen decimals",
    { ...perUnit, unit_amount: "0.1234567890123" },
    "unit_amount too_many_decimals",
  );
  refused("an amount below zero", { ...perUnit, unit_amount: "-1" }, "unit_amount negative");
  refused("no number", { ...perUnit, per: "ten" }, "per not_a_number");
  refused("no meter", { model: "dynamic", multiplier: "1" }, "meter missing", { meter: "none" });
  refused("a percentage over units", percentage, "meter not_money", { meter: "units" });
  refused("money passed on over units", { model: "dynamic", multiplier: "1" }, "meter not_money", {
    meter: "units",
  });
  refused(
    "a last tier that ends",
    { ...graduated, tiers: [{ ...tier, up_to: "10" }] },
    "tiers[0].up_to last_tier_closed",
  );
  refused(
    "tiers that overlap",
    {
      ...graduated,
      tiers: [
        { ...tier, up_to: "10" },
        { ...tier, up_to: "9.5" },
        { ...tier, up_to: null },
      ],
    },
    "tiers[1].up_to tiers_overlap",
  );
  refused(
    "a gap between tiers",
    {
      ...graduated,
      tiers: [
        { ...tier, up_to: "10" },
        { ...tier, from: "11", up_to: null },
      ],
    },
    "tiers[1].from tiers_gap",
  );
  refused(
    "a tier that begins inside the one before",
    {
      ...graduated,
      tiers: [
        { ...tier, up_to: "10" },
        { ...tier, from: "9", up_to: null },
      ],
    },
    "tiers[1].from tiers_overlap",
  );
  refused(
    "an open tier in the middle",
    {
      ...graduated,
      tiers: [
        { ...tier, up_to: null },
        { ...tier, up_to: null },
      ],
    },
    "tiers[0].up_to open_tier_not_last",
  );
  refused(
    "a tier at zero",
    {
      ...graduated,
      tiers: [
        { ...tier, up_to: "0" },
        { ...tier, up_to: null },
      ],
    },
    "tiers[0].up_to not_positive",
  );
  refused(
    "a tier without any amount",
    { ...graduated, tiers: [{ ...tier, unit_amount: null, up_to: null }] },
    "tiers[0].unit_amount missing",
  );
  refused("no tiers", { ...graduated, tiers: [] }, "tiers missing");
  refused(
    "a package of less than nothing",
    { model: "package", package_size: "-1", package_amount: "1", free_units: "0", round: "up" },
    "package_size not_positive",
  );
  refused(
    "blocks of nothing",
    { ...blocks, tiers: [{ ...block, block_size: "0" }] },
    "tiers[0].block_size not_positive",
  );
  refused(
    "endless blocks before the last tier",
    { ...blocks, tiers: [{ ...block, max_blocks: null }, block] },
    "tiers[0].max_blocks open_tier_not_last",
  );
  refused(
    "bounds per event that no event can keep",
    { ...percentage, minimum_per_event: "2", maximum_per_event: "1" },
    "minimum_per_event above_maximum",
  );
  refused("half an event free", { ...percentage, free_events: 1.5 }, "free_events out_of_range");
  refused(
    "a conversion by nothing",
    {
      model: "bulk",
      conversion: { ...conversion, factor: "0" },
      round_per: "job",
      job_property: "job",
      charge: perUnit,
    },
    "conversion.factor not_positive",
  );
  refused(
    "a fault inside of a bulk price",
    {
      model: "bulk",
      conversion,
      round_per: "job",
      job_property: "job",
      charge: { ...perUnit, per: "0" },
    },
    "charge.per not_positive",
  );
  refused(
    "jobs that nothing names",
    { model: "bulk", conversion, round_per: "job", job_property: null, charge: perUnit },
    "job_property missing",
  );
  refused(
    "a name of jobs that nothing is rounded by",
    { model: "bulk", conversion, round_per: "event", job_property: "job", charge: perUnit },
    "job_property not_per_job",
  );
  refused("a cost that nobody says", costs, "unit_cost_property missing");
  refused(
    "a cost said twice",
    { ...costs, unit_cost_property: "cost", provider_prices: [provider("2023-11-01T00:00:00Z")] },
    "provider_prices not_both",
  );
  refused(
    "provider's prices out of order",
    {
      ...costs,
      provider_prices: [provider("2023-11-01T00:00:00Z"), provider("2023-11-01T00:00:00Z")],
    },
    "provider_prices[1].effective_at not_in_order",
  );
  refused(
    "a provider's price from no time on",
    { ...costs, provider_prices: [provider("November")] },
    "provider_prices[0].effective_at not_a_time",
  );
  refused(
    "a wider tier before a narrower one",
    {
      model: "capacity",
      unit_dimension: "unit",
      tiers: [
        { amount: "1", max: { seats: "5" } },
        { amount: "2", max: { seats: "4" } },
      ],
    },
    "tiers[1].max.seats tiers_overlap",
  );
  refused(
    "two rows for one combination",
    {
      model: "matrix",
      dimensions: ["model"],
      rows: [row("large"), row("large")],
      default_row: null,
    },
    "rows[1].dimensions duplicate",
  );
  refused(
    "a row of another dimension",
    { model: "matrix", dimensions: ["region"], rows: [row("large")], default_row: null },
    "rows[0].dimensions.region missing; rows[0].dimensions.model not_of_price",
  );
  refused(
    "a time zone nobody has",
    { ...windows, time_zone: "Mars/North", windows: [window] },
    "time_zone unknown_time_zone",
  );
  refused(
    "windows that overlap",
    { ...windows, windows: [window, { ...window, name: "late", from_minute: 59, to_minute: 90 }] },
    "windows[1].from_minute windows_overlap",
  );
  refused(
    "a window over midnight in one piece",
    { ...windows, windows: [{ ...window, from_minute: 60, to_minute: 60 }] },
    "windows[0].to_minute not_after_from",
  );
});

test("every fault says what is wrong and what to do", () => {
  const made = makeCharge({ ...graduated, tiers: [{ ...tier, up_to: "10" }] }, usual);
  expect(made.ok ? [] : made.faults.map(({ detail }) => detail)).toEqual([
    "the last tier ends, and nothing says what is beyond it; leave out its up_to, or write `beyond: last_tier`",
  ]);
});

test("windows that touch, and the same hours on other days, are fine", () => {
  const touching = { ...window, name: "late", from_minute: 60, to_minute: 1_440 };
  const tuesday = { ...window, name: "tuesday", days: [2] };
  expect(makeCharge({ ...windows, windows: [window, touching, tuesday] }, usual).ok).toBe(true);
});

const usual: ChargeContext = { meter: "money" };

function provider(effective_at: string) {
  return { effective_at, unit_cost: "0.01" };
}

function row(model: string) {
  return { dimensions: { model }, charge: perUnit };
}

function refused(
  what: string,
  spec: ChargeSpec,
  expected: string,
  context: Partial<ChargeContext> = {},
): void {
  test(`${what}: ${expected}`, () => {
    const made = makeCharge(spec, { ...usual, ...context });
    const faults = made.ok ? [] : made.faults;
    expect(faults.map(({ field, reason }) => `${field} ${reason}`).join("; ")).toBe(expected);
  });
}
