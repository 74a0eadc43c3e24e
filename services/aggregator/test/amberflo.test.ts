import { Problem } from "@tallybook/service";
import { expect, test } from "vitest";
import { readAllQuery, readReportQuery } from "../src/amberflo/query.ts";
import { reportView } from "../src/amberflo/report.ts";

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

test("a report has each group's whole and its intervals, the group that used the most first", () => {
  const at = (day: number): number => Date.UTC(2025, 10, 20 + day) * 1_000;
  const used = (day: number, customer: string, value: string) => ({
    window: { from: at(day), to: at(day + 1) },
    groups: [customer, "large"],
    value,
  });
  const query = readReportQuery({ ...asked, take: { limit: 2 } });
  const whole = [used(0, "a", "3"), used(0, "b", "12.5"), used(0, "c", "1")];
  const parts = [used(0, "a", "3"), used(0, "b", "10"), used(1, "b", "2.5"), used(1, "c", "1")];
  // It begins in the middle of its first day.
  const bounds = [at(0) + 1_000_000, at(1), at(2)];
  const seconds = [at(0) / 1e6, at(1) / 1e6] as const;
  expect(reportView(query, whole, parts, bounds)).toEqual({
    metadata: { ...asked, take: { limit: 2 } },
    secondsSinceEpochIntervals: seconds,
    clientMeters: [
      {
        group: { groupInfo: { customerId: "b", model: "large" } },
        groupValue: 12.5,
        values: [
          { value: 10, secondsSinceEpochUtc: seconds[0], percentageFromPrevious: 0 },
          { value: 2.5, secondsSinceEpochUtc: seconds[1], percentageFromPrevious: -75 },
        ],
      },
      {
        group: { groupInfo: { customerId: "a", model: "large" } },
        groupValue: 3,
        values: [{ value: 3, secondsSinceEpochUtc: seconds[0], percentageFromPrevious: 0 }],
      },
    ],
  });
  const least = readReportQuery({ ...asked, take: { limit: 1, isAscending: true } });
  expect(reportView(least, whole, parts, bounds)).toMatchObject({
    clientMeters: [{ groupValue: 1 }],
  });
});
