import { usualMeter } from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { measure } from "../src/index.ts";
import type { Meter, UsageAccepted } from "../src/index.ts";

const noon = 1_700_136_000_000_000;
const hour = 3_600_000_000;

function meterOf(part: Partial<Meter>): Meter {
  return {
    ...usualMeter,
    tenant: "acme-ai",
    meter: "tokens",
    version: 1,
    event_type: "llm.completion",
    aggregation: "sum",
    value_property: "tokens",
    ...part,
  };
}

function eventOf(
  properties: Record<string, string>,
  part: Partial<UsageAccepted> = {},
): UsageAccepted {
  return {
    kind: "UsageAccepted",
    raw_offset: 1,
    cut: 1,
    tenant: "acme-ai",
    source: "",
    id: "a",
    type: "llm.completion",
    customer: "cust-00",
    subscription: null,
    time: noon + 59 * 60_000_000,
    properties,
    content_hash: Buffer.alloc(32),
    received_at: noon,
    door: null,
    api_key: null,
    target: null,
    personal: {},
    corrected: null,
    backfill: null,
    ...part,
  };
}

function measured(event: UsageAccepted, ...versions: Meter[]): string {
  const byMeter = Map.groupBy(versions, ({ meter }) => meter);
  const { outcome, reason, measurements } = measure(event, byMeter);
  const rows = measurements.map(
    ({ meter, meter_version, quantity, dimensions }) =>
      `${quantity} ${meter} v${meter_version} ${JSON.stringify(dimensions)}`,
  );
  return [outcome, ...rows, ...(reason === "" ? [] : [reason])].join(" | ");
}

describe("what a meter makes of an event", () => {
  test.each([
    ["a sum adds the property", { tokens: "4808" }, {}, "measured | 4808 tokens v1 {}"],
    [
      "a count is one",
      {},
      { aggregation: "count", value_property: null },
      "measured | 1 tokens v1 {}",
    ],
    [
      "another type is none of its business",
      { tokens: "1" },
      { event_type: "image" },
      "without_meter",
    ],
    [
      "a filter names the values it takes",
      { tokens: "1", region: "eu" },
      { filter: [{ property: "region", any_of: ["eu", "us"] }] },
      "measured | 1 tokens v1 {}",
    ],
    [
      "and refuses others",
      { tokens: "1", region: "ap" },
      { filter: [{ property: "region", any_of: ["eu", "us"] }] },
      "without_meter",
    ],
    [
      "a dimension that the event lacks is empty",
      { tokens: "1" },
      { dimensions: ["model"] },
      'measured | 1 tokens v1 {"model":""}',
    ],
    [
      "without the property it cannot be measured",
      {},
      {},
      "unmeasurable | tokens: no property tokens",
    ],
    ["text is no number", { tokens: "many" }, {}, "unmeasurable | tokens: tokens not_a_number"],
    [
      "thirteen decimals are too many",
      { tokens: "0.0000000000001" },
      {},
      "unmeasurable | tokens: tokens too_many_decimals",
    ],
    [
      "1e18 is too large",
      { tokens: "1000000000000000000" },
      {},
      "unmeasurable | tokens: tokens too_large",
    ],
    [
      "less than nothing is a correction's business",
      { tokens: "-1" },
      {},
      "unmeasurable | tokens: tokens is negative: usage is taken back by a correction",
    ],
    [
      "but a reading may be negative",
      { tokens: "-1.50" },
      { aggregation: "min" },
      "measured | -1.5 tokens v1 {}",
    ],
    [
      "what is held may become less",
      { tokens: "-2" },
      { aggregation: "weighted_sum", held: "changes" },
      "measured | -2 tokens v1 {}",
    ],
    [
      "a composite measures nothing, whatever it is asked",
      { tokens: "1" },
      { aggregation: "composite", group_property: "run", parts: [{ meter: "m", weight: "1" }] },
      "without_meter",
    ],
    [
      "a distinct value may be any text, an empty one too",
      { tokens: "" },
      { aggregation: "unique" },
      "measured | 1 tokens v1 {}",
    ],
    [
      "and has to be there",
      {},
      { aggregation: "unique" },
      "unmeasurable | tokens: no property tokens",
    ],
    [
      "names that objects inherit are no properties",
      {},
      { value_property: "constructor", dimensions: ["toString"] },
      "unmeasurable | tokens: no property constructor",
    ],
  ] as const)("%s", (_, properties, part, expected) => {
    expect(measured(eventOf(properties), meterOf(part as Partial<Meter>))).toBe(expected);
  });

  test("the value of a unique count and the time of a latest value are kept, and of nothing else", () => {
    const aggregations = ["count", "sum", "max", "min", "latest", "unique", "average"] as const;
    const seen = aggregations.map((aggregation) => {
      const meters = new Map([["tokens", [meterOf({ aggregation })]]]);
      const [row] = measure(eventOf({ tokens: "7" }), meters).measurements;
      return [row?.merging, row?.value, row?.latest_time];
    });
    expect(seen).toEqual([
      ["sum", "", 0],
      ["sum", "", 0],
      ["max", "", 0],
      ["min", "", 0],
      ["latest", "", noon + 59 * 60_000_000],
      ["unique", "7", 0],
      ["average", "", 0],
    ]);
  });

  test("rows of a weighted sum and a percentile merge as sums, extremes and latest values do", () => {
    const terms = [
      { aggregation: "weighted_sum", held: "changes" },
      { aggregation: "weighted_sum", held: "levels" },
      { aggregation: "percentile", combining: "sum" },
      { aggregation: "percentile", combining: "max" },
      { aggregation: "percentile", combining: "latest" },
    ] as const;
    const seen = terms.map((part) => {
      const meters = new Map([["tokens", [meterOf(part)]]]);
      const [row] = measure(eventOf({ tokens: "7" }), meters).measurements;
      return [row?.merging, (row?.latest_time ?? 0) > 0];
    });
    expect(seen).toEqual([
      ["sum", false],
      ["latest", true],
      ["sum", false],
      ["max", false],
      ["latest", true],
    ]);
  });

  test("a slot is the hour of UTC, or the quarter of one, that holds the event's time", () => {
    const slots = (slot: Meter["slot"]) =>
      [0, 899_999_999, 900_000_000, 2_699_999_999, 3_599_999_999].map((after) => {
        const event = eventOf({ tokens: "1" }, { time: noon + after });
        const [row] = measure(event, new Map([["tokens", [meterOf({ slot })]]])).measurements;
        return ((row?.slot ?? NaN) - noon) / 60_000_000;
      });
    expect(slots("hour")).toEqual([0, 0, 0, 0, 0]);
    expect(slots("quarter_hour")).toEqual([0, 0, 15, 30, 45]);
  });

  test("a version takes over at its very second, within an hour too, and each of the two has a row of its own", () => {
    const from = noon + 1_800_000_000;
    const versions = [meterOf({ version: 1 }), meterOf({ version: 2, effective_at: from })];
    const rows = [from - 1, from, from + 1].flatMap((time) =>
      measure(eventOf({ tokens: "1" }, { time }), new Map([["tokens", versions]])).measurements.map(
        ({ meter_version, slot }) => [meter_version, slot],
      ),
    );
    expect(rows).toEqual([
      [1, noon],
      [2, noon],
      [2, noon],
    ]);
  });

  test("the version in force at the event's time measures it, the later one of two that begin together", () => {
    const versions = [
      meterOf({ version: 1 }),
      meterOf({ version: 2, effective_at: noon }),
      meterOf({ version: 3, effective_at: noon }),
      meterOf({ version: 4, effective_at: noon + hour }),
    ];
    expect(measured(eventOf({ tokens: "1" }, { time: noon - 1 }), ...versions)).toBe(
      "measured | 1 tokens v1 {}",
    );
    expect(measured(eventOf({ tokens: "1" }, { time: noon }), ...versions)).toBe(
      "measured | 1 tokens v3 {}",
    );
    expect(measured(eventOf({ tokens: "1" }, { time: noon + hour }), ...versions)).toBe(
      "measured | 1 tokens v4 {}",
    );
  });

  test("an event that one of its meters cannot measure is unmeasurable, and the others still measure it", () => {
    const calls = meterOf({ meter: "calls", aggregation: "count", value_property: null });
    expect(measured(eventOf({}), calls, meterOf({}))).toBe(
      "unmeasurable | 1 calls v1 {} | tokens: no property tokens",
    );
  });
});
