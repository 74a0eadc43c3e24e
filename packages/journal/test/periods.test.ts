import { billingPeriodFrom, subscriptionOf } from "@tallybook/catalog";
import type { CatalogFact, SubscriptionStarted } from "@tallybook/catalog";
import { billedFor, journalText, ratedPeriods } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { decimal, sum, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import {
  at,
  calendarOf,
  customer,
  eventRow,
  fee,
  perUnit,
  plan,
  settings,
  subscription,
} from "@tallybook/testkit/facts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

type Terms = Pick<SubscriptionStarted, "calendar" | "proration">;

function vendor(...subscriptions: CatalogFact[]): World {
  const world = newWorld();
  world.tell(
    settings(0),
    customer("acme"),
    plan("dev", [fee("monthly", "31"), perUnit("calls", "calls", "1")]),
    ...subscriptions,
  );
  return world;
}

function started(start: string, terms: Terms, end: string | null = null): CatalogFact {
  return subscription("s1", "acme", "dev", start, end, terms);
}

/** Calls, each at its time; the number tells which it was. */
function calls(cut: number, ...quantityByTime: [string, string][]) {
  return quantityByTime.map(([time, quantity]) => eventRow(cut, "acme", "calls", time, quantity));
}

/** As `2024-03-30T23:00:00Z … 2024-03-31T22:00:00Z: 5`. */
function usageIn(posted: readonly TransactionPosted[]): string[] {
  return posted
    .filter(({ evidence }) => evidence.meter !== null)
    .map(({ evidence: { period_from, period_to, quantity } }) => {
      return `${formatTime(period_from)} … ${formatTime(period_to)}: ${quantity}`;
    });
}

describe("billing periods of any calendar", () => {
  test("hold their first microsecond and not their end's", () => {
    const world = vendor(
      started(
        "2024-02-15T08:52:12Z",
        calendarOf("month", "Asia/Kathmandu", { kind: "anniversary" }),
      ),
    );
    world.report(
      ...calls(
        0,
        ["2024-02-15T08:52:11.999999Z", "1000000"],
        ["2024-02-15T08:52:12Z", "1"],
        ["2024-03-15T08:52:11.999999Z", "20"],
        ["2024-03-15T08:52:12Z", "300"],
        ["2024-04-15T08:52:11.999999Z", "4000"],
        ["2024-04-15T08:52:12Z", "50000"],
      ),
    );
    expect(usageIn(world.step(0, "2024-04-15T08:52:12Z"))).toEqual([
      "2024-02-15T08:52:12Z … 2024-03-15T08:52:12Z: 21",
      "2024-03-15T08:52:12Z … 2024-04-15T08:52:12Z: 4300",
    ]);
  });

  test("are as long as the clocks say: days of 23 and of 25 hours", () => {
    const world = vendor(
      started("2024-03-29T23:00:00Z", calendarOf("day", "Europe/Berlin"), "2024-03-31T22:00:00Z"),
      subscription(
        "s2",
        "acme",
        "dev",
        "2024-10-26T22:00:00Z",
        "2024-10-27T23:00:00Z",
        calendarOf("day", "Europe/Berlin"),
      ),
    );
    world.report(
      ...calls(
        0,
        ["2024-03-30T22:59:59.999999Z", "1"],
        ["2024-03-30T23:00:00Z", "20"],
        ["2024-03-31T21:59:59.999999Z", "300"],
        ["2024-03-31T22:00:00Z", "4000"],
        ["2024-10-27T22:59:59.999999Z", "50000"],
        ["2024-10-27T23:00:00Z", "600000"],
      ),
    );
    expect(usageIn(world.step(0, "2024-11-01"))).toEqual([
      "2024-03-29T23:00:00Z … 2024-03-30T23:00:00Z: 1",
      "2024-03-30T23:00:00Z … 2024-03-31T22:00:00Z: 320",
      "2024-10-26T22:00:00Z … 2024-10-27T23:00:00Z: 50000",
    ]);
  });

  test("of the 31st end with February on a leap day", () => {
    const anchor = { kind: "day_of_month", day: 31 } as const;
    const world = vendor(started("2024-01-31T00:00:00Z", calendarOf("month", "UTC", anchor)));
    expect(usageIn(world.step(0, "2024-03-31"))).toEqual([
      "2024-01-31T00:00:00Z … 2024-02-29T00:00:00Z: 0",
      "2024-02-29T00:00:00Z … 2024-03-31T00:00:00Z: 0",
    ]);
  });

  test("that were rated keep their bounds, and what comes late finds them", () => {
    const world = vendor(started("2024-01-01T12:30:00Z", calendarOf("week", "UTC")));
    world.report(...calls(0, ["2024-01-07T23:59:59.999999Z", "1"], ["2024-01-08T00:00:00Z", "20"]));
    world.step(0, "2024-01-08");
    world.report(
      ...calls(1, ["2024-01-01T12:30:00Z", "300"], ["2024-01-01T12:29:59.999999Z", "4000"]),
    );
    const late = world.step(1, "2024-01-09");
    expect(late.map(({ transaction_kind: kind }) => kind)).toEqual(["adjustment"]);
    expect(usageIn(late)).toEqual(["2024-01-01T12:30:00Z … 2024-01-08T00:00:00Z: 301"]);
  });

  // Days of London in the second world stand for what new tables of Berlin might say.
  test("that were rated are never asked of a zone's tables again, and the next goes on from there", () => {
    const prices = [fee("monthly", "31"), perUnit("calls", "calls", "1")];
    const inBerlin = vendor(started("2024-01-01T00:00:00Z", calendarOf("day", "Europe/Berlin")));
    const inLondon = vendor(started("2024-01-01T00:00:00Z", calendarOf("day", "Europe/London")));
    for (const world of [inBerlin, inLondon]) {
      world.tell(
        plan("dev", prices.slice(0, 1), 2, at("2024-01-01")),
        plan("dev", prices, 3, at("2024-01-01T12:00")),
      );
    }
    expect(usageIn(inBerlin.step(0, "2024-01-02T23:00"))).toEqual([
      "2024-01-01T23:00:00Z … 2024-01-02T23:00:00Z: 0",
    ]);
    inLondon.ledger = inBerlin.ledger;
    inLondon.report(
      // Of a day that began before the price was there, by London's clocks.
      ...calls(1, ["2024-01-01T23:30:00Z", "1"], ["2024-01-02T22:59:59.999999Z", "20"]),
      ...calls(1, ["2024-01-02T23:00:00Z", "300"], ["2024-01-03T23:59:59.999999Z", "4000"]),
    );
    expect(usageIn(inLondon.step(1, "2024-01-04"))).toEqual([
      "2024-01-02T23:00:00Z … 2024-01-04T00:00:00Z: 4300",
      "2024-01-01T23:00:00Z … 2024-01-02T23:00:00Z: 21",
    ]);
  });

  test("go on where the last one ended, without walking from the start", () => {
    const world = vendor(started("2023-01-01T00:00:00Z", calendarOf("day", "Europe/Berlin")));
    expect(usageIn(world.step(0, "2024-01-01"))).toHaveLength(365);
    expect(usageIn(world.step(1, "2024-01-01T22:59"))).toEqual([]);
    expect(usageIn(world.step(2, "2024-01-01T23:00"))).toEqual([
      "2023-12-31T23:00:00Z … 2024-01-01T23:00:00Z: 0",
    ]);
  });

  test("are rated with the plan that is in effect where they begin, cut or whole", () => {
    const world = vendor(started("2024-01-20T06:00:00Z", calendarOf("month", "UTC")));
    world.tell(plan("dev", [perUnit("calls", "calls", "7")], 2, at("2024-01-15")));
    world.report(...calls(0, ["2024-01-21", "2"]));
    const [usage, ...others] = world.step(0, "2024-02-01");
    expect(others).toEqual([]);
    expect(usage?.evidence).toMatchObject({ plan_version: 2, amount: "14" });
  });
});

describe("the fee of a period that is cut", () => {
  const january = { start: "2024-01-15T06:00:00Z", whole: "2024-02-01" };

  test("is owed by the subscription's proration, exactly until it is posted", () => {
    const terms = { ...calendarOf("month", "UTC"), proration: "by_second" } as const;
    const world = vendor(started(january.start, terms, "2024-02-08T00:00:00Z"));
    const posted = world.step(0, "2024-03-01");
    const fees = posted.filter(({ evidence }) => evidence.price === "monthly");
    expect(fees.map(({ evidence: { amount, part } }) => [amount, part])).toEqual([
      // 16.75 of 31 days, and 7 of 29: 31 times that, the latter cut at 24 decimals.
      [
        "16.75",
        {
          whole_from: at("2024-01-01"),
          whole_to: at("2024-02-01"),
          proration: "by_second",
          numerator: "67",
          denominator: "124",
        },
      ],
      [
        "7.482758620689655172413793",
        {
          whole_from: at("2024-02-01"),
          whole_to: at("2024-03-01"),
          proration: "by_second",
          numerator: "7",
          denominator: "29",
        },
      ],
    ]);
    expect(`\n${journalText(fees.slice(0, 1))}\n`).toBe(`
2024-03-01  fee default/s1/2024-01-15T06:00:00Z/monthly  assets:receivable:acme   16.75 USD
                                                         income:fees:dev         -16.75 USD
`);
  });

  test.each([
    ["none", "31"],
    ["by_day_end_excluded", "17"],
    ["by_day_both_ends_included", "17.4375"],
  ] as const)("%s: %s of 31", (proration, expected) => {
    const world = vendor(started(january.start, { ...calendarOf("month", "UTC"), proration }));
    const [posted] = world.step(0, january.whole);
    expect(posted?.evidence).toMatchObject({ price: "monthly", amount: expected });
  });

  test("is whole where nothing cuts it, and the evidence names no part", () => {
    const world = vendor(started("2024-01-01", calendarOf("month", "UTC")));
    const [posted] = world.step(0, "2024-02-01");
    expect(posted?.evidence).toMatchObject({ amount: "31", part: null });
  });
});

describe("whatever the calendar, and however usage comes", () => {
  const unit = fc.constantFrom("day", "week", "month", "year");
  const zone = fc.constantFrom(
    "UTC",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
  );
  const terms = fc.oneof(
    fc
      .tuple(unit, zone, fc.constantFrom("calendar", "anniversary"), fc.integer({ min: 1, max: 3 }))
      .map(([of, named, kind, every]) =>
        calendarOf(of as "day", named, { kind: kind as "calendar" }, every),
      ),
    fc
      .tuple(zone, fc.integer({ min: 28, max: 31 }))
      .map(([named, day]) => calendarOf("month", named, { kind: "day_of_month", day })),
    fc
      .tuple(zone, fc.integer({ min: 1, max: 7 }))
      .map(([named, weekday]) => calendarOf("week", named, { kind: "weekday", weekday })),
  );
  const hour = 3_600_000_000;
  const first = at("2024-01-20");
  const last = at("2024-04-20");
  const times = fc.array(
    fc.record({
      // Near a bound, or anywhere.
      bound: fc.option(fc.nat(90)),
      micros: fc.integer({ min: -1, max: 1 }),
      time: fc.integer({ min: first - 24 * hour, max: last }),
      cut: fc.nat(3),
    }),
    { minLength: 1, maxLength: 30 },
  );

  test("the usage of consecutive periods is all usage, each event in exactly one", () => {
    fc.assert(
      fc.property(
        terms,
        fc.integer({ min: 0, max: 20 * 24 * hour }),
        fc.option(fc.integer({ min: 1, max: 60 * 24 * hour })),
        times,
        (calendar, offset, length, picks) => {
          const start = first + offset;
          const end = length === null ? null : start + length;
          const world = vendor(
            started(formatTime(start), calendar, end === null ? null : formatTime(end)),
          );
          const bounds = boundsOf(world, last);
          const events = picks.map(({ bound, micros, time, cut }) => ({
            cut,
            time: bound === null ? time : (bounds[bound % bounds.length] ?? time) + micros,
          }));
          for (const [cut, day] of [
            "2024-02-10",
            "2024-03-03",
            "2024-04-01",
            "2024-04-20",
          ].entries()) {
            world.report(
              ...events
                .filter((each) => each.cut === cut)
                .map(({ time }) => eventRow(cut, "acme", "calls", formatTime(time), "1")),
            );
            world.step(cut, day);
          }
          const rated = ratedPeriods(world.ledger);
          let next = start;
          for (const period of rated) {
            const { from, to } = period;
            const billed = billedFor(period, { plan: "dev", price: "calls" });
            expect(from).toBe(next);
            next = to;
            const used = events.filter(({ time }) => from <= time && time < to).length;
            const shares = [...(billed?.shares.values() ?? [])];
            expect(toText(sum(shares.map(({ quantity }) => quantity)))).toBe(String(used));
            expect(billed?.quantity ?? decimal("0")).toEqual(decimal(String(used)));
          }
          expect(bounds).toEqual([start, ...rated.map(({ to }) => to)]);
        },
      ),
    );
  });

  /** The start, and the ends of all periods that are over by that time. */
  function boundsOf(world: World, by: number): number[] {
    const of = subscriptionOf(world.catalogAt(10), "default", "s1");
    if (of === undefined) throw new Error("nothing was started");
    const bounds = [of.start];
    for (;;) {
      const period = billingPeriodFrom(of, bounds.at(-1) ?? 0);
      if (period === undefined || period.to > by) return bounds;
      bounds.push(period.to);
    }
  }
});
