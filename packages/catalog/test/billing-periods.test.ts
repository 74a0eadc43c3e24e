import { billingPeriodAt, billingPeriodFrom, type Billed, owedPart } from "@tallybook/catalog";
import type { BillingAnchor, BillingPeriod, FeeProration } from "@tallybook/catalog";
import { decimal, mulRatios, ratioOf, roundHalfUp, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "./documents.ts";

const none = { weekday: null, day: null, month: null };

function billed(
  of: { unit?: "day" | "week" | "month" | "year"; every?: number; zone?: string } & {
    anchor?: Partial<BillingAnchor>;
  },
  start: string,
  end: string | null = null,
): Billed {
  const { unit = "month", every = 1, zone = "UTC", anchor = {} } = of;
  return {
    start: at(start),
    end: end === null ? null : at(end),
    calendar: { time_zone: zone, every, unit, anchor: { kind: "calendar", ...none, ...anchor } },
  };
}

function first(count: number, subscription: Billed, from = subscription.start): BillingPeriod[] {
  const periods: BillingPeriod[] = [];
  while (periods.length < count) {
    const period = billingPeriodFrom(subscription, periods.at(-1)?.to ?? from);
    if (period === undefined) break;
    periods.push(period);
  }
  return periods;
}

function shown({ from, to, whole }: BillingPeriod): string {
  const isCut = from !== whole.from || to !== whole.to;
  return `${formatTime(from)} … ${formatTime(to)}${isCut ? " cut" : ""}`;
}

describe("billing periods", () => {
  test("are those of the calendar, cut by start and end", () => {
    const subscription = billed({}, "2024-01-14T14:37:12Z", "2024-03-10T00:00:00Z");
    expect(first(9, subscription).map(shown)).toEqual([
      "2024-01-14T14:37:12Z … 2024-02-01T00:00:00Z cut",
      "2024-02-01T00:00:00Z … 2024-03-01T00:00:00Z",
      "2024-03-01T00:00:00Z … 2024-03-10T00:00:00Z cut",
    ]);
  });

  test("of an anniversary are whole from the start on", () => {
    const anniversary = { zone: "Europe/Berlin", anchor: { kind: "anniversary" } } as const;
    expect(first(3, billed(anniversary, "2024-01-31T14:37:12Z")).map(shown)).toEqual([
      "2024-01-31T14:37:12Z … 2024-02-29T14:37:12Z",
      "2024-02-29T14:37:12Z … 2024-03-31T13:37:12Z",
      "2024-03-31T13:37:12Z … 2024-04-30T13:37:12Z",
    ]);
  });

  test("a start and an end within one period leave one", () => {
    const subscription = billed({}, "2024-01-14T00:00:00Z", "2024-01-14T00:00:00.000001Z");
    expect(first(2, subscription)).toHaveLength(1);
  });

  // The zone's tables may be others than when the period before was rated.
  test.each([
    ["earlier", "2024-02-29T22:00:00Z", "2024-02-29T22:00:00Z … 2024-04-01T00:00:00Z"],
    ["later", "2024-03-01T02:00:00Z", "2024-03-01T02:00:00Z … 2024-04-01T00:00:00Z"],
  ])("the next begins where the last one ended, %s than it would now", (_, rated, expected) => {
    const subscription = billed({}, "2024-01-01T00:00:00Z");
    const [next, then] = first(2, subscription, at(rated));
    expect([next, then].map((each) => each && shown(each))).toEqual([
      expected,
      "2024-04-01T00:00:00Z … 2024-05-01T00:00:00Z",
    ]);
  });

  test("divide all of the subscription, whatever its calendar", () => {
    const time = fc.integer({ min: at("1990-01-01T00:00:00Z"), max: at("2040-01-01T00:00:00Z") });
    const calendar = fc.oneof(
      fc.record({
        unit: fc.constantFrom("day", "week", "month", "year"),
        anchor: fc.constantFrom({ kind: "calendar" }, { kind: "anniversary" }),
      }),
      fc.record({
        unit: fc.constantFrom("month", "year"),
        anchor: fc.record({
          kind: fc.constant("day_of_month"),
          day: fc.integer({ min: 1, max: 31 }),
        }),
      }),
      fc.record({
        unit: fc.constant("week"),
        anchor: fc.record({
          kind: fc.constant("weekday"),
          weekday: fc.integer({ min: 1, max: 7 }),
        }),
      }),
    );
    const zone = fc.constantFrom(
      "UTC",
      "Asia/Kathmandu",
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Pacific/Apia",
    );
    const lasting = fc.option(fc.integer({ min: 1, max: 400 * 86_400_000_000 }));
    const every = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(
        calendar,
        zone,
        every,
        time,
        lasting,
        fc.nat(),
        (of, named, n, start, length, pick) => {
          const subscription: Billed = {
            start,
            end: length === null ? null : start + length,
            calendar: {
              time_zone: named,
              every: n,
              unit: of.unit,
              anchor: { ...none, ...(of.anchor as { kind: "calendar" }) },
            },
          };
          const periods = first(40, subscription);
          let next = start;
          for (const period of periods) {
            expect(period.from).toBe(next);
            expect(period.to).toBeGreaterThan(period.from);
            next = period.to;
          }
          const last = periods.at(-1);
          if (periods.length < 40) expect(last?.to).toBe(subscription.end);
          // Each moment is in exactly the one that is found for it.
          const within = start + (pick % (next - start));
          const holding = periods.filter(({ from, to }) => from <= within && within < to);
          expect(holding).toEqual([billingPeriodAt(subscription, within)]);
          expect(billingPeriodAt(subscription, start - 1)).toBeUndefined();
          if (subscription.end !== null)
            expect(billingPeriodAt(subscription, subscription.end)).toBeUndefined();
        },
      ),
    );
  });
});

describe("what of a fee is owed for a period that is cut", () => {
  test.each([
    ["none", "1"],
    ["by_second", "0.540322580645"], // 16 days and 18 hours of 31
    ["by_day_end_excluded", "0.548387096774"], // 17 of 31
    ["by_day_both_ends_included", "0.5625"], // 18 of 32
    ["by_day_used", "0.548387096774"],
    ["by_day_over_interval", "0.548387096774"],
  ] satisfies [FeeProration, string][])("%s: %s", (proration, expected) => {
    const subscription = { ...billed({}, "2024-01-15T06:00:00Z"), proration };
    const [period] = first(1, subscription);
    const part = owedPart(subscription, period as BillingPeriod);
    expect(toText(roundHalfUp(part, 12))).toBe(expected);
  });

  test("is all of it where nothing cuts it", () => {
    const subscription = {
      ...billed({}, "2024-01-01T00:00:00Z"),
      proration: "by_day_used",
    } as const;
    const [period] = first(1, subscription);
    const part = mulRatios(owedPart(subscription, period as BillingPeriod), ratioOf(decimal("1")));
    expect(toText(roundHalfUp(part, 12))).toBe("1");
  });
});
