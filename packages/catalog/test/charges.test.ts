import { emptyCatalog, plan, priceDocument, validateDocument } from "@tallybook/catalog";
import type { PlanPublished } from "@tallybook/catalog";
import { describe, expect, test } from "vitest";
import { faultTexts } from "./documents.ts";

const meter = { meter: "m", event_type: "e", aggregation: "sum", value_property: "n" };

/** What becomes of a price over a meter: the faults by field, or the fact. */
function published(price: object, of: object = {}): string | PlanPublished {
  const read = validateDocument({
    meters: [{ ...meter, ...of }],
    plans: [{ plan: "p", currency: "USD", prices: [{ price: "x", meter: "m", ...price }] }],
  });
  if (!read.ok) return faultTexts(read.faults);
  const planned = plan(emptyCatalog(), read.document, { now: 0, actor: "key", tenant: "t" });
  if (!planned.ok) return faultTexts(planned.faults);
  const fact = planned.facts.find(({ kind }) => kind === "PlanPublished");
  return fact?.kind === "PlanPublished" ? fact : "no plan";
}

const usd = { currency: "USD" };
const conversion = { operation: "divide", factor: "60", rounding: "ceiling" };
const bulk = { model: "bulk", conversion, charge: { unit_amount: "1" } };
const capacity = {
  model: "capacity",
  unit_dimension: "unit",
  tiers: [{ amount: "1", max: { seats: "5" } }, { amount: "2" }],
};
const percentage = { model: "percentage", rate_percent: "1" };
const provider = { effective_at: "2023-11-01T01:00:00+01:00", unit_cost: "1" };
const row = { dimensions: { d: "a" }, unit_amount: "1" };
const matrix = { model: "matrix", dimensions: ["d"], rows: [row] };
const window = { name: "day", unit_amount: "1" };
const windows = { model: "time_windows", windows: [window] };

describe("a price is refused, naming the field of the document", () => {
  refused({ model: "per_unit" }, "unit_amount missing");
  refused({ model: "per_unit", unit_amount: "-1" }, "unit_amount negative");
  refused({ model: "per_unit", unit_amount: "1", beyond: "last_tier" }, "beyond not_of_model");
  refused({ model: "per_unit", unit_amount: "1", windows: [window] }, "windows not_of_model");
  refused({ model: "flat", amount: "1" }, "meter not_of_model");
  refused({ model: "flat", amount: "1", meter: null, per: "2" }, "per not_of_model");
  refused({ model: "graduated", tiers: [] }, "tiers missing");
  refused({ ...matrix, meter: null }, "meter missing");
  refused({ model: "dynamic", multiplier: "1", meter: null }, "meter missing");
  refused(
    { model: "stairstep", steps: [{ up_to: "5" }] },
    "steps[0].amount missing; steps[0].up_to last_tier_closed",
  );
  const ten = { up_to: "10", unit_amount: "1" };
  refused(
    { model: "graduated", tiers: [ten, { from: "12", unit_amount: "1" }] },
    "tiers[1].from tiers_gap",
  );
  refused(
    { model: "volume", tiers: [ten, { from: "9", unit_amount: "1" }] },
    "tiers[1].from tiers_overlap",
  );
  refused(
    {
      model: "stairstep",
      steps: [
        { from: "1", up_to: "10", amount: "1" },
        { from: "10", amount: "2" },
      ],
    },
    "steps[0].from tiers_gap",
  );
  refused(
    { model: "volume", tiers: [{ unit_amount: "1" }], boundary: "up" },
    "boundary not_an_option",
  );
  refused({ ...bulk, round_per: "job" }, "job_property missing");
  refused({ ...bulk, round_per: "event", job_property: "job" }, "job_property not_per_job");
  refused(bulk, "round_per missing");
  refused(
    { ...bulk, round_per: "event", charge: { unit_amount: "x" } },
    "charge.unit_amount not_a_number",
  );
  refused(
    { ...bulk, round_per: "event", charge: percentage },
    "charge.model not_an_option; charge.unit_amount missing; charge.rate_percent not_of_model",
  );
  refused({ model: "cost_plus" }, "unit_cost_property missing");
  refused({ ...percentage, free_events: "1.5" }, "free_events not_whole", usd);
  refused({ ...windows, time_zone: "Mars/North" }, "time_zone unknown_time_zone");
  refused({ ...windows, windows: [{ ...window, days: ["8"] }] }, "windows[0].days[0] not_a_day");
  refused(
    { ...windows, windows: [{ ...window, unit_amount: "-1" }] },
    "windows[0].unit_amount negative",
  );
  refused({ ...windows, windows: [window, window] }, "windows[1].from_minute windows_overlap");
  const by = { dimensions: ["d"] };
  refused({ ...matrix, rows: [{ ...row, model: "matrix" }] }, "rows[0].model not_an_option", by);
  refused({ ...matrix, rows: [row, row] }, "rows[1].dimensions duplicate", by);
  refused(
    { ...matrix, rows: [{ ...row, model: "package" }] },
    "rows[0].package_size missing; rows[0].package_amount missing; rows[0].unit_amount not_of_model",
    by,
  );
  refused({ ...matrix, per: "10" }, "per not_of_model", by);
  refused(matrix, "dimensions[0] unknown_dimension");
  refused(
    { ...matrix, rows: [{ dimensions: { d: "a" }, ...capacity }] },
    "meter not_max; rows[0].unit_dimension unknown_dimension",
    by,
  );
});

describe("a price is refused over a meter that measures something else", () => {
  refused(percentage, "meter not_money");
  refused({ model: "dynamic" }, "meter not_money");
  refused({ model: "graduated_percentage", tiers: [{ rate_percent: "1" }] }, "meter not_money");
  refused({ model: "dynamic" }, "meter other_currency", { currency: "EUR" });
  refused(capacity, "meter not_max; unit_dimension unknown_dimension");
  refused({ model: "cost_plus", unit_cost_property: "c" }, "meter not_by_event", {
    aggregation: "max",
  });
  refused({ ...bulk, round_per: "event" }, "meter not_by_event", { aggregation: "average" });
  refused(windows, "meter not_by_time", { aggregation: "weighted_sum", held: "levels" });
});

describe("a price is taken", () => {
  const taken: readonly (readonly [price: object, meter: object])[] = [
    [percentage, usd],
    [{ model: "dynamic" }, usd],
    [capacity, { aggregation: "max", dimensions: ["unit"] }],
    [windows, {}],
    [{ ...bulk, round_per: "job", job_property: "job" }, {}],
    [{ model: "cost_plus", provider_prices: [provider] }, {}],
    [{ model: "flat", amount: "1", meter: null, per: "1.0", tiers: [], unit_amount: null }, {}],
    [{ ...matrix, rows: [{ dimensions: { d: "a" }, ...windows }] }, { dimensions: ["d"] }],
  ];
  test.each(taken)("%j, and told as a document that means the same", (price, of) => {
    const fact = published(price, of);
    if (typeof fact === "string") throw new Error(fact);
    const [made] = fact.prices;
    if (made === undefined) throw new Error("no price");
    const again = published(asTexts(priceDocument(made)) as object, of);
    expect(typeof again === "string" ? again : again.prices).toEqual(fact.prices);
  });

  test("with what is left out said", () => {
    const fact = published({ ...windows, model: "time_windows" });
    expect(typeof fact === "string" ? fact : fact.prices[0]?.charge).toEqual({
      model: "time_windows",
      time_zone: "UTC",
      windows: [
        {
          name: "day",
          days: [1, 2, 3, 4, 5, 6, 7],
          from_minute: 0,
          to_minute: 1440,
          charge: { model: "per_unit", unit_amount: "1", per: "1" },
        },
      ],
      otherwise: null,
    });
  });
});

function refused(price: object, expected: string, of: object = {}): void {
  test(`${JSON.stringify(price).slice(0, 70)}: ${expected}`, () => {
    const fields = expected.split("; ").map((fault) => `plans[0].prices[0].${fault}`);
    expect(published(price, of)).toBe(fields.join("; "));
  });
}

/** Numbers as the API hands them to the reader: as their text. */
function asTexts(json: unknown): unknown {
  if (typeof json === "number") return String(json);
  if (Array.isArray(json)) return json.map(asTexts);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, asTexts(value)]));
}
