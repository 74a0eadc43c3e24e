import { toText } from "@tallybook/money";
import { usualMeter } from "@tallybook/testkit/facts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { eventRowOf, measure, partQuantities, quantityOf, rowsOfMeter } from "../src/index.ts";
import type { Meter, UsageRow } from "../src/index.ts";

const minute = 60_000_000;
/** An hour of 60 minutes, somewhere. */
const period = { from: 1_700_002_800_000_000, to: 1_700_002_800_000_000 + 60 * minute };

function meterOf(part: Partial<Meter>): Meter {
  return {
    ...usualMeter,
    tenant: "t",
    meter: "m",
    version: 1,
    event_type: "e",
    aggregation: "sum",
    value_property: "n",
    dimensions: ["zone"],
    ...part,
  };
}

interface Happening {
  /** Minutes from the period's beginning; a fraction is one of a minute. */
  readonly at: number;
  readonly n: number | string;
  readonly zone?: string;
  readonly run?: string;
  readonly type?: string;
}

/** Events as single rows; the place in the list is the place in the log. */
function rowsOf(events: readonly Happening[], ...meters: Meter[]): UsageRow[] {
  const byMeter = Map.groupBy(meters, ({ meter }) => meter);
  return events.flatMap(({ at, n, zone = "", run, type = "e" }, raw_offset) => {
    const event = {
      kind: "UsageAccepted" as const,
      raw_offset,
      cut: 0,
      tenant: "t",
      source: "",
      id: String(raw_offset),
      type,
      customer: "c",
      subscription: null,
      time: period.from + Math.round(at * minute),
      properties: { n: String(n), zone, ...(run === undefined ? {} : { run }) },
      content_hash: Buffer.alloc(32),
      received_at: 0,
      door: null,
      api_key: null,
      target: null,
      personal: {},
      corrected: null,
      backfill: null,
    };
    return measure(event, byMeter).measurements.map((each) => eventRowOf(each, event, 0));
  });
}

function quantity(meter: Meter, events: readonly Happening[]): string {
  return toText(quantityOf(rowsOf(events, meter), { meter, period }));
}

const changes = meterOf({ aggregation: "weighted_sum", held: "changes" });
const levels = meterOf({ aggregation: "weighted_sum", held: "levels" });
const percentile = (percent: string, combining: Meter["combining"], sample_seconds = 300) =>
  meterOf({ aggregation: "percentile", percent, combining, sample_seconds });

describe("a weighted sum", () => {
  test("is the value times the seconds it is held", () => {
    // 2 for 30 minutes, 5 for 15, 1 for 15.
    const seconds = String((2 * 30 + 5 * 15 + 1 * 15) * 60);
    expect(
      quantity(changes, [
        { at: 0, n: 2 },
        { at: 30, n: 3 },
        { at: 45, n: -4 },
      ]),
    ).toBe(seconds);
    expect(
      quantity(levels, [
        { at: 45, n: 1 },
        { at: 0, n: 2 },
        { at: 30, n: 5 },
      ]),
    ).toBe(seconds);
  });

  test("holds a value of its own for each set of dimensions", () => {
    expect(
      quantity(levels, [
        { at: 0, n: 2, zone: "a" },
        { at: 30, n: 4, zone: "b" },
      ]),
    ).toBe(String((2 * 60 + 4 * 30) * 60));
  });

  test("counts microseconds, and rounds to 12 decimals only what has more", () => {
    const last = 60 - 1 / minute;
    expect(quantity(changes, [{ at: last, n: "1.000001" }])).toBe("0.000001000001");
    expect(quantity(changes, [{ at: last, n: "0.0000005" }])).toBe("0.000000000001");
    expect(quantity(changes, [{ at: last, n: "0.0000004" }])).toBe("0");
  });

  test("of nothing is nothing", () => {
    expect(quantity(changes, [])).toBe("0");
    expect(quantity(levels, [])).toBe("0");
  });

  test("is the same in any order, and what a clock that looks every minute adds up", () => {
    const events = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 59 }),
        n: fc.integer({ min: -5, max: 9 }),
        zone: fc.constantFrom("a", "b"),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(events, fc.boolean(), fc.nat(), (list, isOfLevels, seed) => {
        const meter = isOfLevels ? levels : changes;
        let seconds = 0;
        for (const zone of ["a", "b"]) {
          let held = 0;
          for (let now = 0; now < 60; now += 1) {
            for (const { at, n, zone: of } of list)
              if (at === now && of === zone) held = isOfLevels ? n : held + n;
            seconds += held * 60;
          }
        }
        const rows = rowsOf(list, meter);
        const at = rows.length === 0 ? 0 : seed % rows.length;
        const turned = [...rows.slice(at), ...rows.slice(0, at)].toReversed();
        for (const way of [rows, turned])
          expect(toText(quantityOf(way, { meter, period }))).toBe(String(seconds));
      }),
    );
  });

  test("cannot be told from a row of the rollups", () => {
    const rows = rowsOf([{ at: 0, n: 2 }], changes).map((row) => ({ ...row, event: null }));
    expect(() => quantityOf(rows, { meter: changes, period })).toThrow(/single ones/);
  });
});

describe("a percentile", () => {
  // Twelve samples of five minutes.
  const events = [
    { at: 1, n: 10 },
    { at: 2, n: 30, zone: "b" },
    { at: 7, n: 20 },
    { at: 59, n: 5 },
  ];

  test.each([
    // Samples are 40 (30 + 10), 20, nine of 0, and 5.
    ["100", "sum", "40"],
    ["90", "sum", "20"],
    ["83", "sum", "5"],
    ["75", "sum", "0"],
    ["100", "max", "30"],
    ["100", "latest", "30"],
  ] as const)("%s by nearest rank, combining by %s: %s", (percent, combining, expected) => {
    expect(quantity(percentile(percent, combining), events)).toBe(expected);
    expect(quantity(percentile(percent, combining), events.toReversed())).toBe(expected);
  });

  test("of one time the later record is the latest", () => {
    const twice = [
      { at: 1, n: 10 },
      { at: 1, n: 30 },
    ];
    expect(quantity(percentile("100", "latest"), twice)).toBe("30");
    const meter = percentile("100", "latest");
    const rows = rowsOf(twice, meter).toReversed();
    expect(toText(quantityOf(rows, { meter, period }))).toBe("30");
  });

  test("depends on the sample's length", () => {
    expect(quantity(percentile("100", "sum", 3_600), events)).toBe("65");
    expect(quantity(percentile("100", "sum", 60), events)).toBe("30");
  });
});

describe("a composite", () => {
  const calls = meterOf({ meter: "calls", aggregation: "count", value_property: null });
  const tools = meterOf({ meter: "tools", event_type: "tool", dimensions: [] });
  const runs = meterOf({
    meter: "runs",
    event_type: "",
    aggregation: "composite",
    value_property: null,
    dimensions: [],
    group_property: "run",
    parts: [
      { meter: "tools", weight: "0.25" },
      { meter: "calls", weight: "1" },
    ],
    rounding: { mode: "ceiling", decimals: 0 },
  });
  const events = [
    { at: 1, n: 2, run: "x", type: "tool" },
    { at: 2, n: 1, run: "x" },
    { at: 3, n: 5, run: "y", type: "tool" },
    { at: 4, n: 1, type: "tool" },
    { at: 5, n: 1, run: "", type: "tool" },
    { at: 6, n: 1, run: "", type: "tool" },
  ];
  const rows = rowsOfMeter("runs", runs, rowsOf(events, calls, tools, meterOf({ meter: "other" })));

  test("adds up its parts by group, and rounds each group", () => {
    // x: 0.5 + 1 = 1.5 → 2; y: 1.25 → 2; three events without a run: 0.25 → 1 each.
    expect(toText(quantityOf(rows, { meter: runs, period }))).toBe("7");
    expect(toText(quantityOf(rows.toReversed(), { meter: runs, period }))).toBe("7");
    const exact = { ...runs, rounding: null };
    expect(toText(quantityOf(rows, { meter: exact, period }))).toBe("3.5");
  });

  test("says what its parts were, and takes nothing that is none", () => {
    const parts = partQuantities(rows, runs).map((part) => [part.meter, toText(part.quantity)]);
    expect(parts).toEqual([
      ["tools", "10"],
      ["calls", "1"],
    ]);
    expect(partQuantities(rows, calls)).toEqual([]);
  });

  test("is told apart by its own dimensions", () => {
    expect(new Set(rows.map(({ dimensions }) => JSON.stringify(dimensions)))).toEqual(
      new Set(["{}"]),
    );
    const zoned = rowsOfMeter("runs", { ...runs, dimensions: ["zone"] }, rowsOf(events, calls));
    expect(zoned.map(({ dimensions }) => dimensions)).toEqual([{ zone: "" }]);
  });

  test("counts an event that two of its parts measured as one unit", () => {
    const both = meterOf({ meter: "tools", dimensions: [] });
    const twice = rowsOfMeter("runs", runs, rowsOf([{ at: 1, n: 1 }], calls, both));
    expect(toText(quantityOf(twice, { meter: runs, period }))).toBe("2");
  });
});

describe("a rounding", () => {
  const events = [
    { at: 1, n: "1.25" },
    { at: 2, n: "1.2" },
  ];
  test.each([
    [null, "2.45"],
    [{ mode: "half_up", decimals: 1 }, "2.5"],
    [{ mode: "ceiling", decimals: 0 }, "3"],
    [{ mode: "floor", decimals: 1 }, "2.4"],
  ] as const)("%j: %s", (rounding, expected) => {
    expect(quantity(meterOf({ rounding }), events)).toBe(expected);
  });

  test("is of what is asked for, and half of it is away from zero", () => {
    const meter = meterOf({ aggregation: "max", rounding: { mode: "half_up", decimals: 0 } });
    expect(quantity(meter, [{ at: 1, n: "-2.5" }])).toBe("-3");
    const held = [
      { at: 1, n: "1.255" },
      { at: 2, n: "1.2" },
    ];
    expect(quantity({ ...levels, rounding: { mode: "ceiling", decimals: 0 } }, held)).toBe("4252");
  });
});
