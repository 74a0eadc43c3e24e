import { describe, expect, test } from "vitest";
import type { Given, Json } from "./case.ts";
import { conform } from "./conform.ts";

/** What the cases of other systems look like, with figures worked out by hand. */
const cases: readonly (readonly [what: string, kind: string, given: Given, expect: Json])[] = [
  [
    "a first part, three quarters and a last part, in advance",
    "billing_cycles_in_advance",
    {
      period: "quarter",
      start: "2023-11-20",
      end: "2024-12-01",
      target: "2024-11-25",
      bill_cycle_day: 25,
    },
    // 20 to 25 November over 25 August to 25 November, four quarters, 25 November to 1 December over 25 November to 25 February
    { cycles: "5/92+4+6/92" },
  ],
  [
    "weeks have no day of the month",
    "billing_cycles_in_advance",
    { period: "week", start: "2024-02-26", end: null, target: "2024-03-04", bill_cycle_day: 13 },
    { cycles: "2" },
  ],
  [
    "nothing is due before the start",
    "billing_cycles_in_advance",
    { period: "month", start: "2024-02-26", end: null, target: "2024-02-25", bill_cycle_day: 13 },
    { error: "target" },
  ],
  [
    "from the 31st, month by month",
    "advance_periods",
    { from: "2023-10-31", period: "month", count: 4 },
    { date: "2024-02-29" },
  ],
  [
    "and back to the 31st",
    "advance_periods",
    { from: "2023-10-31", period: "month", count: 5 },
    { date: "2024-03-31" },
  ],
  [
    "by ninety days",
    "advance_periods",
    { from: "2023-12-01", period: "90days", count: 2 },
    { date: "2024-05-29" },
  ],
  [
    "from the last of February to the 30th",
    "next_monthly_anchor",
    { from: "2023-02-28", anchor_day: 30 },
    { next: "2023-03-30" },
  ],
  [
    "windows from the 31st",
    "month_windows",
    { from: "2024-02-01", to: "2024-03-31", anchor_day: 31 },
    { starts: ["2024-01-31", "2024-02-29"] },
  ],
  [
    "an hour less, in Samoa a day less",
    "calendar_days",
    { from: "2011-12-28", to: "2012-01-02", timezone: "Pacific/Apia" },
    { days: 5 },
  ],
  [
    "an unknown zone",
    "calendar_days",
    { from: "2011-12-28", to: "2012-01-02", timezone: "Pacific/Atlantis" },
    { error: "timezone" },
  ],
  [
    "held for a third and a half of four days",
    "aggregate_weighted_sum",
    {
      period: ["2024-02-27T00:00:00Z", "2024-03-02T00:00:00Z"],
      initial_value: "6",
      changes: [
        ["2024-03-01T00:00:00Z", "-5"],
        ["2024-02-28T08:00:00Z", "3"],
      ],
      unit_amount: "0.5",
    },
    // (6 × 32 + 9 × 40 + 4 × 24) ÷ 96 hours
    { quantity_rounded_10: "6.75", amount: "3.375", closing_value: "4" },
  ],
  [
    "a repeat and a conflict",
    "dedupe",
    {
      ingest: [
        { event_id: "a", time: "2026-05-10", quantity: "4" },
        { event_id: "a", time: "2026-05-10", quantity: "4" },
        { event_id: "a", time: "2026-05-10", quantity: "5" },
        { event_id: "b", time: "2026-05-11", quantity: "2.5" },
      ],
    },
    { accepted: 2, duplicates: 1, conflicts: 1, total: "6.5" },
  ],
  [
    "a closed month, late usage, a repeat, a correction, and usage of June",
    "period_close",
    {
      period: "2026-05",
      steps: [
        { ingest: [{ event_id: "a", time: "2026-05-31", quantity: "12" }] },
        { close: true },
        {
          ingest: [
            { event_id: "a", time: "2026-05-31", quantity: "12" },
            { event_id: "b", time: "2026-05-31", quantity: "1" },
            { event_id: "c", time: "2026-06-01", quantity: "1" },
            {
              event_id: "d",
              time: "2026-05-30",
              quantity: "-2",
              kind: "correction",
              corrects: "a",
            },
          ],
        },
      ],
    },
    {
      already_closed: false,
      accepted_last: 2,
      rejected_last: 1,
      duplicates_last: 1,
      frozen: { quantity: "12" },
      pending_adjustments: ["d"],
      net_total: "10",
    },
  ],
];

describe("cases about time", () => {
  test.each(cases)("%s (%s)", (id, kind, given, expected) => {
    expect(conform({ id, kind, given, expect: expected })).toEqual([]);
  });

  test("another figure is found", () => {
    const [id, kind, given] = cases[0] ?? ["", "", {}];
    expect(conform({ id, kind, given, expect: { cycles: "5/92+4+6/91" } })).toHaveLength(1);
  });
});
