import { Problem } from "@tallybook/service";
import { expect, test } from "vitest";
import { readAllQuery, readReportQuery } from "../src/amberflo/query.ts";

/** As Amberflo's client for Python 3.3.1 asks. */
const asked = {
  aggregation: "SUM",
  meterApiName: "llm_tokens",
  timeGroupingInterval: "DAY",
  timeRange: { startTimeInSeconds: 1763683200 },
  groupBy: ["customerId", "model"],
  filter: { customerId: ["cust-1"] },
  take: { limit: 10, isAscending: false },
};

test("a query of Amberflo's is read as it is asked", () => {
  expect(readReportQuery(asked)).toEqual({
    meter: "llm_tokens",
    aggregation: "SUM",
    window: "day",
    from: 1763683200000000,
    to: undefined,
    groupBy: ["customerId", "model"],
    filter: new Map([["customerId", ["cust-1"]]]),
    take: { limit: 10, isAscending: false },
    said: asked,
  });
  const all = { startTimeInSeconds: "1763683200", timeGroupingInterval: "HOUR", customerId: "c" };
  expect(readAllQuery(all)).toMatchObject({
    window: "hour",
    from: 1763683200000000,
    groupBy: [],
    filter: new Map([["customerId", ["c"]]]),
  });
});

test("what cannot be read is named", () => {
  const spoiled: readonly [string, unknown][] = [
    ["body", []],
    ["meterApiName", { ...asked, meterApiName: 7 }],
    ["timeGroupingInterval", { ...asked, timeGroupingInterval: "WEEK" }],
    ["timeGroupingInterval", { ...asked, timeGroupingInterval: "__proto__" }],
    ["timeRange", { ...asked, timeRange: null }],
    ["timeRange.startTimeInSeconds", { ...asked, timeRange: { startTimeInSeconds: -1 } }],
    ["timeRange.startTimeInSeconds", { ...asked, timeRange: { startTimeInSeconds: 1e12 } }],
    ["groupBy", { ...asked, groupBy: [1] }],
    ["filter.model", { ...asked, filter: { model: {} } }],
    ["take", { ...asked, take: { limit: 0 } }],
  ];
  for (const [field, query] of spoiled) {
    const read = () => readReportQuery(query);
    expect(read).toThrow(Problem);
    expect(read).toThrow(new RegExp(`^${field}:`));
  }
  expect(() => readAllQuery({ ...asked, groupBy: "model" })).toThrow(/^groupBy:/);
});
