import { describe, expect, test } from "vitest";

import { measure } from "../src/index.ts";
import type { Meter, UsageAccepted } from "../src/index.ts";

const noon = 1_700_136_000_000_000;
const hour = 3_600_000_000;

function meterOf(part: Partial<Meter>): Meter {
  return {
    tenant: "acme-ai",
    meter: "tokens",
    version: 1,
    effective_at: 0,
    event_type: "llm.completion",
    filter: [],
    aggregation: "sum",
    value_property: "tokens",
    dimensions: [],
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
