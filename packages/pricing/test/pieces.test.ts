import { add, compareRatios, currency, decimal, type Decimal, mul, sum } from "@tallybook/money";
import {
  type BookedLine,
  type Booking,
  convertPiece,
  type LinePolicy,
  type LineTerms,
  type Percentage,
  rateLines,
  ratePercentage,
  rateUsage,
  rerate,
  sumOfRatios,
  totalOfLines,
} from "@tallybook/pricing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asText, made, madeQuantity, quantitySpec } from "./specs.ts";

const usd = currency("USD");
if (usd === undefined) throw new Error("no dollars");

const exactPolicy: LinePolicy = {
  currency: usd,
  rounding: "none",
  quantitySteps: ["unit_conversion", "usage_discount"],
  amountSteps: ["percentage_discount"],
  volumeInPieces: "difference",
};

const pieces = fc
  .array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 5 })
  .map((tenths) => tenths.map((each) => decimal(asText(each, 1))));

const terms = fc
  .tuple(quantitySpec, fc.constantFrom("0", "5", "12.5"), fc.constantFrom("0", "10", "33.3"))
  .map(([spec, freeUnits, percentOff]): LineTerms => ({
    charge: madeQuantity(spec),
    conversion: null,
    freeUnits: decimal(freeUnits),
    percentOff: decimal(percentOff),
    minimum: null,
    maximum: null,
  }));

describe("splitting a period never changes what it comes to", () => {
  test("for any price, with free units and a discount", () => {
    fc.assert(
      fc.property(terms, pieces, (of, quantities) => {
        const whole = totalOfLines(linesOf(of, [sum(quantities)]));
        const inPieces = totalOfLines(linesOf(of, quantities));
        expect(compareRatios(inPieces, whole)).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  test("for units converted with rounding, by the period so far", () => {
    const conversion = {
      operation: "divide",
      factor: decimal("1000"),
      rounding: "ceiling",
      decimals: 0,
    } as const;
    fc.assert(
      fc.property(terms, pieces, (of, quantities) => {
        const raw = quantities.map((each) => add(each, decimal("400")));
        const converted = { ...of, conversion };
        const whole = totalOfLines(linesOf(converted, [sum(raw)]));
        expect(compareRatios(totalOfLines(linesOf(converted, raw)), whole)).toBe(0);
        let before = decimal("0");
        const billable = raw.map((quantity) => {
          const until = add(before, quantity);
          const piece = convertPiece(conversion, { before, quantity, until }, "of_period");
          before = until;
          return piece;
        });
        const once = { before: decimal("0"), quantity: before, until: before };
        expect(sum(billable)).toEqual(convertPiece(conversion, once, "of_period"));
      }),
    );
  });

  test("for a batch of events, however it is cut", () => {
    fc.assert(
      fc.property(pieces, fc.nat({ max: 5 }), (values, at) => {
        const whole = ratePercentage(percentage, values).amount;
        const first = values.slice(0, at);
        const before = { events: first.length, value: sum(first) };
        const parts = [
          ratePercentage(percentage, first).amount,
          ratePercentage(percentage, values.slice(at), before).amount,
        ];
        expect(compareRatios(sumOfRatios(parts), whole)).toBe(0);
      }),
    );
  });
});

describe("the order and the pieces in which usage is told change nothing", () => {
  const inPieces = fc.tuple(pieces, fc.nat({ max: 5 }));

  test("for what a provider charged", () => {
    const costPlus = made({
      model: "cost_plus",
      unit_cost_property: "cost",
      provider_prices: [],
      markup_percent: "20",
      fixed_amount_per_event: "0.01",
    });
    fc.assert(
      fc.property(inPieces, ([quantities, at]) => {
        const costs = quantities.map((quantity, index) => ({
          quantity,
          unitCost: decimal(asText(index + 1, 3)),
        }));
        const of = (some: typeof costs) => rateUsage(costPlus, { of: "costs", costs: some }).amount;
        const parts = sumOfRatios([of(costs.slice(at)), of(costs.slice(0, at))]);
        expect(compareRatios(parts, of(costs))).toBe(0);
      }),
    );
  });

  test.each(["job", "period"] as const)("for bulk units rounded per %s", (round_per) => {
    const bulk = made({
      model: "bulk",
      conversion: { operation: "divide", factor: "7", rounding: "ceiling", decimals: 0 },
      round_per,
      job_property: round_per === "job" ? "job" : null,
      charge: { model: "per_unit", unit_amount: "0.3", per: "1" },
    });
    fc.assert(
      fc.property(inPieces, ([quantities, at]) => {
        const whole = quantities.map((quantity, index) => ({ quantity, job: `job${index % 2}` }));
        // The same units, an event more for each: half of it, and the other half later.
        const halves = whole.map(({ quantity, job }) => ({ quantity: mul(quantity, half), job }));
        const told = [...halves.slice(at), ...halves, ...halves.slice(0, at)];
        const of = (events: typeof whole) => rateUsage(bulk, { of: "events", events }).amount;
        expect(compareRatios(of(told), of(whole))).toBe(0);
      }),
    );
  });

  test("for time windows and matrices", () => {
    const perUnit = { model: "per_unit", unit_amount: "2", per: "1" } as const;
    const windows = made({
      model: "time_windows",
      time_zone: "UTC",
      windows: [{ name: "day", days: [1], from_minute: 0, to_minute: 60, charge: perUnit }],
      otherwise: { ...perUnit, unit_amount: "1" },
    });
    const matrix = made({
      model: "matrix",
      dimensions: ["model"],
      rows: [{ dimensions: { model: "0" }, charge: perUnit }],
      default_row: { ...perUnit, unit_amount: "1" },
    });
    fc.assert(
      fc.property(inPieces, ([quantities, at]) => {
        const times = quantities.map((quantity, index) => ({
          day: 1,
          minute: index * 20,
          quantity,
        }));
        const combinations = quantities.map((quantity, index) => ({
          values: { model: String(index % 2) },
          usage: { of: "quantity", quantity } as const,
        }));
        const turned = <Item>(list: readonly Item[]): Item[] => [
          ...list.slice(at),
          ...list.slice(0, at),
        ];
        const pairs = [
          [
            rateUsage(windows, { of: "times", times }),
            rateUsage(windows, { of: "times", times: turned(times) }),
          ],
          [
            rateUsage(matrix, { of: "combinations", combinations }),
            rateUsage(matrix, { of: "combinations", combinations: turned(combinations) }),
          ],
        ] as const;
        for (const [one, other] of pairs) expect(compareRatios(one.amount, other.amount)).toBe(0);
      }),
    );
  });
});

const half = decimal("0.5");

describe("however often a period is rated again, its runs come to what it is worth in the end", () => {
  test.each<Booking>(["current_period", "original_period"])("booked on the %s", (booking) => {
    fc.assert(
      fc.property(terms, fc.array(pieces, { minLength: 2, maxLength: 5 }), (of, drawn) => {
        const policy = { ...exactPolicy, rounding: "each_line" } as const;
        const booked: BookedLine[] = [];
        // Run n knows the usage of n parts, and what it knows of the earlier ones may have changed.
        for (const [index, quantities] of drawn.entries()) {
          const usage = cumulated(quantities, index + 1);
          const isLast = index === drawn.length - 1;
          booked.push(...rerate(of, { usage, isLast }, booked, booking, policy));
        }
        const quantity = cumulated(drawn.at(-1) ?? [], drawn.length).at(-1)?.cumulative;
        const worth = rateLines(of, wholePeriod(quantity ?? decimal("0")), policy);
        expect(compareRatios(totalOfLines(booked), totalOfLines(worth))).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

function cumulated(quantities: readonly Decimal[], parts: number) {
  let cumulative = decimal("0");
  return Array.from({ length: parts }, (_, index) => {
    cumulative = add(cumulative, quantities[index % quantities.length] ?? decimal("0"));
    return { period: `period${index + 1}`, cumulative };
  });
}

function linesOf(of: LineTerms, quantities: readonly Decimal[]) {
  let before = decimal("0");
  return quantities.flatMap((quantity, index) => {
    const isOnly = quantities.length === 1;
    const isLast = index === quantities.length - 1;
    const position = isOnly
      ? "whole_period"
      : index === 0
        ? "first_split"
        : isLast
          ? "last_split"
          : "middle_split";
    const usage = { ...wholePeriod(quantity), position, quantityBefore: before } as const;
    before = add(before, quantity);
    return rateLines(of, usage, exactPolicy);
  });
}

function wholePeriod(quantity: Decimal) {
  return {
    position: "whole_period",
    quantity,
    quantityBefore: decimal("0"),
    alreadyBilled: decimal("0"),
    credits: [],
  } as const;
}

const percentage = made({
  model: "percentage",
  rate_percent: "2.99",
  fixed_amount_per_event: "0.25",
  free_events: 2,
  free_amount: "10",
  minimum_per_event: "0.5",
  maximum_per_event: "3",
}) as Percentage;
