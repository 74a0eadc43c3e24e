import { decimal, toText } from "@tallybook/money";
import {
  convertUnits,
  type Percentage,
  ratePercentage,
  rateQuantity,
  roundUnits,
} from "@tallybook/pricing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fraction, isThat, slowConvert, slowPercentage, slowRate } from "./slow-rater.ts";
import { made, madeQuantity, quantityFor, quantitySpec } from "./specs.ts";

/** Pairs of a price and a usage; the long run asks for 100,000. */
const numRuns = Number.parseInt(process.env["SECOND_OPINION_PAIRS"] ?? "4000", 10);

describe("the engine agrees with the slow rater", () => {
  test(`on ${numRuns} prices by quantity`, () => {
    const pair = quantitySpec.chain((spec) => fc.tuple(fc.constant(spec), quantityFor(spec)));
    fc.assert(
      fc.property(pair, ([spec, quantity]) => {
        const expected = slowRate(spec, fraction(quantity));
        if (expected === undefined) {
          expect(() => rateQuantity(madeQuantity(spec), decimal(quantity))).toThrow("no tier");
          return;
        }
        const { num, den } = rateQuantity(madeQuantity(spec), decimal(quantity)).amount;
        expect(isThat(toText(num), toText(den), expected)).toBe(true);
      }),
      { numRuns },
    );
  });

  test("on percentages of events", () => {
    fc.assert(
      fc.property(percentage, fc.array(value, { maxLength: 8 }), (spec, values) => {
        const charge = made(spec) as Percentage;
        const { num, den } = ratePercentage(charge, values.map(decimal)).amount;
        const expected = slowPercentage(spec, values.map(fraction));
        expect(isThat(toText(num), toText(den), expected)).toBe(true);
      }),
      { numRuns: numRuns / 4 },
    );
  });

  test("on units that are converted", () => {
    fc.assert(
      fc.property(conversion, value, (spec, raw) => {
        const got = convertUnits({ ...spec, factor: decimal(spec.factor) }, decimal(raw));
        expect(isThat(toText(got), "1", slowConvert(spec, fraction(raw)))).toBe(true);
        if (spec.rounding === "none") return;
        const rounded = roundUnits(decimal(raw), spec.rounding, spec.decimals);
        const expected = slowConvert({ ...spec, factor: "1" }, fraction(raw));
        expect(isThat(toText(rounded), "1", expected)).toBe(true);
      }),
      { numRuns: numRuns / 4 },
    );
  });
});

const value = fc
  .integer({ min: 0, max: 4_000 })
  .map((quarters) => `${Math.floor(quarters / 4)}.${["00", "25", "50", "75"][quarters % 4]}`);

const percentage = fc.record({
  model: fc.constant("percentage" as const),
  rate_percent: fc.constantFrom("0", "1.3", "2.99", "100"),
  fixed_amount_per_event: fc.constantFrom(null, "0", "2"),
  free_events: fc.constantFrom(null, 0, 1, 3),
  free_amount: fc.constantFrom(null, "0", "250", "100.25"),
  minimum_per_event: fc.constantFrom(null, "1.75"),
  maximum_per_event: fc.constantFrom(null, "1.75", "12"),
});

const conversion = fc.record({
  operation: fc.constantFrom("divide", "multiply"),
  factor: fc.constantFrom("1000", "0.5", "1.25", "64"),
  rounding: fc.constantFrom("none", "ceiling", "floor", "half_up"),
  decimals: fc.constantFrom(0, 1, 2),
});
