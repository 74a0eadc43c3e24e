import { emptyCatalog, meterVersionFor, validateDocument } from "@tallybook/catalog";
import { describe, expect, test } from "vitest";

import { applied, at, faultTexts, november, planned, tenant } from "./documents.ts";

const sum = { meter: "m", event_type: "e", aggregation: "sum", value_property: "n" };
const weighted = { ...sum, aggregation: "weighted_sum", held: "changes" };
const percentile = { ...sum, aggregation: "percentile", percent: "95", combining: "max" };
const composite = {
  meter: "runs",
  aggregation: "composite",
  group_property: "run_id",
  parts: [{ meter: "tools", weight: "1.50" }, { meter: "calls" }],
};
const tools = { ...sum, meter: "tools", dimensions: ["team", "model"] };
const calls = {
  meter: "calls",
  event_type: "call",
  aggregation: "count",
  dimensions: ["model", "team"],
};

describe("what says how a quantity is made is taken, in one notation", () => {
  test.each([
    [weighted, { held: "changes", percent: null, parts: [] }],
    [{ ...weighted, held: "levels" }, { held: "levels" }],
    [percentile, { percent: "95", sample_seconds: 300, combining: "max", held: null }],
    [
      { ...percentile, percent: "99.90", sample_seconds: "60" },
      { percent: "99.9", sample_seconds: 60 },
    ],
    [{ ...sum, rounding: { mode: "ceiling" } }, { rounding: { mode: "ceiling", decimals: 0 } }],
    [
      { ...sum, rounding: { mode: "half_up", decimals: "2" } },
      { rounding: { mode: "half_up", decimals: 2 } },
    ],
    [{ ...sum, slot: "quarter_hour" }, { slot: "quarter_hour" }],
    [{ ...sum, currency: "EUR" }, { currency: "EUR" }],
    [
      composite,
      {
        event_type: "",
        value_property: null,
        group_property: "run_id",
        parts: [
          { meter: "tools", weight: "1.5" },
          { meter: "calls", weight: "1" },
        ],
      },
    ],
  ])("%j", (meter, expected) => {
    const read = validateDocument({ meters: [meter] });
    expect(read.ok ? read.document.meters[0] : read.faults).toMatchObject(expected);
  });
});

describe("a meter is refused, naming the field", () => {
  test.each([
    [{ ...weighted, held: null }, "held missing"],
    [{ ...weighted, held: "levers" }, "held not_an_option"],
    [{ ...weighted, value_property: null }, "value_property missing"],
    [{ ...sum, held: "changes" }, "held not_of_aggregation"],
    [{ ...percentile, percent: null }, "percent missing"],
    [{ ...percentile, percent: "0" }, "percent out_of_range"],
    [{ ...percentile, percent: "100.1" }, "percent out_of_range"],
    [{ ...percentile, percent: "most" }, "percent out_of_range"],
    [{ ...percentile, combining: null }, "combining missing"],
    [{ ...percentile, combining: "min" }, "combining not_an_option"],
    [{ ...percentile, sample_seconds: "0" }, "sample_seconds out_of_range"],
    [{ ...percentile, sample_seconds: "7" }, "sample_seconds out_of_range"],
    [{ ...percentile, sample_seconds: "7200" }, "sample_seconds out_of_range"],
    [{ ...percentile, sample_seconds: "0.5" }, "sample_seconds not_whole"],
    [{ ...sum, percent: "50" }, "percent not_of_aggregation"],
    [{ ...sum, sample_seconds: "300" }, "sample_seconds not_of_aggregation"],
    [{ ...sum, combining: "max" }, "combining not_of_aggregation"],
    [{ ...sum, rounding: {} }, "rounding.mode missing"],
    [{ ...sum, rounding: { mode: "up" } }, "rounding.mode not_an_option"],
    [{ ...sum, rounding: { mode: "floor", decimals: "13" } }, "rounding.decimals out_of_range"],
    [{ ...sum, rounding: { mode: "floor", decimals: "-1" } }, "rounding.decimals not_whole"],
    [{ ...sum, rounding: { mode: "floor", digits: "1" } }, "rounding.digits unknown_field"],
    [{ ...sum, slot: "day" }, "slot not_an_option"],
    [{ ...sum, currency: "usd" }, "currency unknown_currency"],
    [{ ...percentile, currency: "USD" }, "currency not_of_aggregation"],
    [{ ...composite, parts: [] }, "parts missing"],
    [{ ...composite, parts: null }, "parts missing"],
    [{ ...composite, group_property: null }, "group_property missing"],
    [{ ...composite, event_type: "e" }, "event_type not_of_composite"],
    [{ ...composite, value_property: "n" }, "value_property not_of_composite"],
    [{ ...composite, slot: "quarter_hour" }, "slot not_of_composite"],
    [{ ...composite, filter: [{ property: "p", any_of: ["x"] }] }, "filter not_of_composite"],
    [{ ...composite, parts: [{ weight: "1" }] }, "parts[0].meter missing"],
    [{ ...composite, parts: [{ meter: "a", weight: "0" }] }, "parts[0].weight out_of_range"],
    [{ ...composite, parts: [{ meter: "a", weight: "-1" }] }, "parts[0].weight out_of_range"],
    [{ ...composite, parts: [{ meter: "a" }, { meter: "a" }] }, "parts[1].meter duplicate"],
    [{ ...sum, parts: [{ meter: "a" }] }, "parts not_of_aggregation"],
    [{ ...sum, group_property: "run_id" }, "group_property not_of_aggregation"],
    [{ ...sum, event_type: null }, "event_type missing"],
  ])("%j: %s", (meter, expected) => {
    const read = validateDocument({ meters: [meter] });
    expect(read.ok ? "taken" : faultTexts(read.faults)).toBe(`meters[0].${expected}`);
  });

  test("with a sentence that says what to do", () => {
    const read = validateDocument({ meters: [{ ...sum, held: "levels" }] });
    expect(read.ok ? [] : read.faults.map(({ detail }) => detail)).toEqual([
      "only a weighted_sum has it: leave it out, or use aggregation weighted_sum instead of sum",
    ]);
  });
});

describe("a further version of a meter", () => {
  const republished = (from: object, to: object) =>
    planned(applied(emptyCatalog(), { meters: [from] }), { meters: [to] });

  test.each([
    [weighted, { ...weighted, held: "levels" }, "held"],
    [percentile, { ...percentile, combining: "latest" }, "combining"],
    [sum, weighted, "aggregation"],
    [weighted, sum, "aggregation"],
    [{ ...sum, aggregation: "max" }, percentile, "aggregation"],
    [{ ...sum, currency: "USD" }, { ...sum, currency: "EUR" }, "currency"],
    [{ ...sum, currency: "USD" }, sum, "currency"],
  ])("%j does not become %j", (from, to, field) => {
    expect(republished(from, to)).toBe(`meters[0].${field} cannot_change`);
  });

  test.each([
    [percentile, { ...percentile, percent: "99", sample_seconds: "60" }],
    [sum, { ...sum, currency: "USD" }],
    [sum, { ...sum, rounding: { mode: "floor" } }],
    [weighted, { ...weighted, slot: "quarter_hour" }],
  ])("%j may become %j", (from, to) => {
    expect(republished(from, to)).toMatchObject([{ kind: "MeterPublished", version: 2 }]);
  });

  test("says how a period is made that begins from its time on, to the second", () => {
    const from = "2023-12-01T00:00:00Z";
    const second = { ...percentile, percent: "99", effective_at: from };
    const catalog = applied(applied(emptyCatalog(), { meters: [percentile] }), {
      meters: [second],
    });
    const versions = [at(from) - 1, at(from)].map(
      (time) => meterVersionFor(catalog, tenant, "m", time)?.version,
    );
    expect(versions).toEqual([1, 2]);
    expect(meterVersionFor(catalog, tenant, "other", november)).toBeUndefined();
  });

  test("that is the first one holds for a period that began before it", () => {
    const first = { ...percentile, effective_at: "2023-11-15T00:00:00Z" };
    const catalog = applied(emptyCatalog(), { meters: [first] });
    expect(meterVersionFor(catalog, tenant, "m", at("2023-11-01T00:00:00Z"))?.version).toBe(1);
  });
});

describe("a composite", () => {
  test("is made of meters that count or sum, in the same document or before", () => {
    expect(planned(emptyCatalog(), { meters: [composite, tools, calls] })).toMatchObject([
      { meter: "runs", version: 1 },
      { meter: "tools" },
      { meter: "calls" },
    ]);
    const before = applied(emptyCatalog(), { meters: [tools, calls] });
    expect(planned(before, { meters: [composite] })).toMatchObject([{ meter: "runs" }]);
    expect(planned(emptyCatalog(), { meters: [composite, tools] })).toBe(
      "meters[0].parts[1].meter unknown_meter",
    );
    for (const other of [percentile, weighted, { ...composite, meter: "m" }]) {
      const runs = { ...composite, parts: [{ meter: "tools" }, { meter: "m" }] };
      const meters = [runs, tools, calls, other];
      expect(planned(emptyCatalog(), { meters })).toBe("meters[0].parts[1].meter not_additive");
    }
  });

  test("is told apart by dimensions that all its parts have, and they keep them", () => {
    const byModel = { ...composite, dimensions: ["model"] };
    const meters = [byModel, tools, { ...calls, dimensions: ["team"] }];
    expect(planned(emptyCatalog(), { meters })).toBe("meters[0].parts[1].meter unknown_dimension");
    const catalog = applied(emptyCatalog(), { meters: [byModel, tools, calls] });
    const without = { ...tools, dimensions: ["team"] };
    expect(planned(catalog, { meters: [without] })).toBe("meters[0].dimensions in_use");
    // Unless the composite goes without it in the same document.
    expect(planned(catalog, { meters: [without, composite] })).toMatchObject([
      { meter: "tools", version: 2 },
      { meter: "runs", version: 2 },
    ]);
  });

  const plan = (...meters: string[]) => ({
    plan: "p",
    currency: "USD",
    prices: meters.map((meter) => ({
      price: `of-${meter}`,
      meter,
      model: "per_unit",
      unit_amount: "1",
    })),
  });

  test("is not priced beside a part of it, or beside another composite of the same part", () => {
    const other = { ...composite, meter: "jobs", parts: [{ meter: "calls" }] };
    const meters = [composite, other, tools, calls];
    expect(planned(emptyCatalog(), { meters, plans: [plan("runs")] })).toHaveLength(5);
    expect(planned(emptyCatalog(), { meters, plans: [plan("tools", "calls")] })).toHaveLength(5);
    expect(planned(emptyCatalog(), { meters, plans: [plan("tools", "runs")] })).toBe(
      "plans[0].prices[1].meter priced_twice",
    );
    expect(planned(emptyCatalog(), { meters, plans: [plan("runs", "jobs")] })).toBe(
      "plans[0].prices[0].meter priced_twice; plans[0].prices[1].meter priced_twice",
    );
  });

  test("may take the place of its parts, when and where they are priced no more", () => {
    const byPart = { meters: [composite, tools, calls], plans: [plan("tools", "calls")] };
    const catalog = applied(emptyCatalog(), byPart);
    const january = "2024-01-01T00:00:00Z";
    const byRun = { ...plan("runs"), effective_at: january };
    expect(planned(catalog, { plans: [byRun] })).toMatchObject([{ version: 2 }]);
    // Until then the plan of now is in effect, whatever comes after it.
    const changing = applied(catalog, { plans: [byRun] });
    const only = { ...composite, parts: [{ meter: "tools" }] };
    const beside = { ...plan("runs", "calls"), effective_at: january };
    expect(planned(changing, { plans: [beside] })).toBe("plans[0].prices[0].meter priced_twice");
    expect(planned(changing, { meters: [only], plans: [beside] })).toHaveLength(2);
    const later = { ...only, effective_at: "2024-02-01T00:00:00Z" };
    expect(planned(changing, { meters: [later], plans: [beside] })).toBe(
      "plans[0].prices[0].meter priced_twice",
    );
  });

  test("does not take in a part that a plan prices already", () => {
    const runs = { ...composite, parts: [{ meter: "tools" }] };
    const catalog = applied(emptyCatalog(), {
      meters: [runs, tools, calls],
      plans: [plan("runs", "calls")],
    });
    expect(planned(catalog, { meters: [composite] })).toBe("meters[0].parts priced_twice");
    expect(planned(catalog, { meters: [composite], plans: [plan("runs")] })).toMatchObject([
      { kind: "MeterPublished", version: 2 },
      { kind: "PlanPublished", version: 2 },
    ]);
  });
});
