import { decimal } from "@tallybook/money";
import {
  type BookedLine,
  type Booking,
  type LineTerms,
  rerate,
  totalsOf,
} from "@tallybook/pricing";
import { expect, test } from "vitest";
import { inCents, lineText, termsOf, text, tiers } from "./lines.ts";

const perUnit = { model: "per_unit", unit_amount: "10", per: "1" } as const;
const volume = {
  model: "volume",
  tiers: tiers("15 10", "- 5"),
  per: "1",
  beyond: null,
  zero_usage: "nothing",
  boundary: "lower_tier",
} as const;

test("at the same price quantities net", () => {
  expect(runs(termsOf(perUnit), "current_period", ["5"], ["5", "8"], ["5", "8", "6"])).toEqual([
    "p1 usage: 5 × 10 = 50",
    "p2 usage: 3 × 10 = 30",
    "p3 usage: -2 × 10 = -20",
  ]);
});

test("at another price the billed line comes back and a new one stands beside it", () => {
  expect(runs(termsOf(volume), "current_period", ["15"], ["15", "16"])).toEqual([
    "p1 tier 1 usage: 15 × 10 = 150",
    "p2 tier 2 usage: 16 × 5 = 80",
    "p2 reversal tier 1 usage: -15 × 10 = -150",
  ]);
});

test("late usage can stay on the period that it belongs to", () => {
  expect(runs(termsOf(perUnit), "original_period", ["3"], ["3", "5"], ["4", "6", "9"])).toEqual([
    "p1 usage: 3 × 10 = 30",
    "p2 usage: 2 × 10 = 20",
    "p1 corrected usage: 1 × 10 = 10",
    "p3 usage: 3 × 10 = 30",
  ]);
});

test("a reversal stays on the period of what it reverses, part by part", () => {
  expect(
    runs(termsOf(volume), "original_period", ["12"], ["12", "15"], ["12", "15", "16"]),
  ).toEqual([
    "p1 tier 1 usage: 12 × 10 = 120",
    "p2 tier 1 usage: 3 × 10 = 30",
    "p1 corrected tier 1 usage: -12 × 10 = -120",
    "p2 corrected tier 1 usage: -3 × 10 = -30",
    "p3 tier 2 usage: 16 × 5 = 80",
  ]);
});

test("discounts and the maximum are taken back with what they were on", () => {
  const terms = termsOf(volume, { maximum: "100" });
  expect(runs(terms, "original_period", ["15"], ["16", "16"])).toEqual([
    "p1 tier 1 usage: 15 × 10 = 150, less 50 maximum_spend, total 100",
    "p1 corrected tier 2 usage: 16 × 5 = 80",
    "p1 corrected reversal tier 1 usage: -15 × 10 = -150, less -50 maximum_spend, total -100",
  ]);
});

test("only the run that ends the service period bills what is missing to the minimum", () => {
  expect(runs(termsOf(perUnit, { minimum: "100" }), "current_period", ["5"], ["5", "5"])).toEqual([
    "p1 usage: 5 × 10 = 50",
    "p2 minimum: 1 × 50 = 50",
  ]);
});

test("differences of no money are left out, and come when they are money", () => {
  const tiny = termsOf({ model: "per_unit", unit_amount: "0.001", per: "1" });
  expect(runs(tiny, "current_period", ["1"], ["1", "2"], ["1", "2", "6"])).toEqual([
    "p3 usage: 6 × 0.001 = 0.01",
  ]);
});

test("a price that came back stands there again, and nothing comes back twice", () => {
  const terms = termsOf(volume);
  expect(runs(terms, "current_period", ["15"], ["15", "16"], ["15", "16", "15"])).toEqual([
    "p1 tier 1 usage: 15 × 10 = 150",
    "p2 tier 2 usage: 16 × 5 = 80",
    "p2 reversal tier 1 usage: -15 × 10 = -150",
    "p3 tier 1 usage: 15 × 10 = 150",
    "p3 reversal tier 2 usage: -16 × 5 = -80",
  ]);
});

test("totals tell usage, discounts and the minimum apart", () => {
  const booked: BookedLine[] = [];
  runInto(booked, termsOf(perUnit, { minimum: "100", percentOff: "10" }), "current_period", [
    ["5"],
  ]);
  const { amount, discount, commitment, total } = totalsOf(booked);
  expect([amount, discount, commitment, total].map(text)).toEqual(["50", "5", "55", "100"]);
});

/** Each run by the cumulative usage of the periods that it knows; the last ends the service period. */
function runs(
  terms: LineTerms,
  booking: Booking,
  ...known: readonly (readonly string[])[]
): string[] {
  const booked: BookedLine[] = [];
  runInto(booked, terms, booking, known);
  return booked.map(
    (line) =>
      `${line.period}${line.isCorrection ? " corrected" : ""}${line.isReversal ? " reversal" : ""} ${lineText(line)}`,
  );
}

function runInto(
  booked: BookedLine[],
  terms: LineTerms,
  booking: Booking,
  known: readonly (readonly string[])[],
): void {
  for (const [index, quantities] of known.entries()) {
    const usage = quantities.map((each, at) => ({
      period: `p${at + 1}`,
      cumulative: decimal(each),
    }));
    const isLast = index === known.length - 1;
    booked.push(...rerate(terms, { usage, isLast }, booked, booking, inCents));
  }
}
