import { decimal, toText } from "@tallybook/money";
import {
  type LinePolicy,
  type LineTerms,
  type LineUsage,
  rateLines,
  totalOfLines,
} from "@tallybook/pricing";
import { expect, test } from "vitest";
import { inCents, lineText, termsOf, text, tiers, usageOf } from "./lines.ts";

const perUnit = { model: "per_unit", unit_amount: "10", per: "1" } as const;
const graduated = {
  model: "graduated",
  tiers: tiers("5 1 100", "10 - 50", "- 2"),
  per: "1",
  beyond: null,
  zero_usage: "first_flat",
} as const;
const volume = {
  model: "volume",
  tiers: tiers("5 10", "- 4 30"),
  per: "1",
  beyond: null,
  zero_usage: "nothing",
  boundary: "lower_tier",
} as const;
const flat = { model: "flat", amount: "20", payment_term: "in_advance" } as const;

test("each tier that was entered has its usage and its flat amount, in order", () => {
  expect(lines(termsOf(graduated), usageOf("12"))).toEqual([
    "tier 1 usage: 5 × 1 = 5",
    "tier 1 flat: 1 × 100 = 100",
    "tier 2 flat: 1 × 50 = 50",
    "tier 3 usage: 2 × 2 = 4",
  ]);
});

test("a later line of the period repeats no flat amount, and bills those of tiers it enters", () => {
  expect(lines(termsOf(graduated), middle("4", "0"))).toEqual(["tier 1 usage: 4 × 1 = 4"]);
  expect(lines(termsOf(graduated), middle("2", "4"))).toEqual([
    "tier 1 usage: 1 × 1 = 1",
    "tier 2 flat: 1 × 50 = 50",
  ]);
  expect(lines(termsOf(graduated), middle("0", "0"))).toEqual([]);
  expect(lines(termsOf(graduated), usageOf("0", { position: "first_split" }))).toEqual([
    "tier 1 usage: 0 × 1 = 0",
    "tier 1 flat: 1 × 100 = 100",
  ]);
});

test("a cap shows as a line of its own", () => {
  const capped = { ...graduated, tiers: tiers("- 2 5 20") };
  expect(lines(termsOf(capped), usageOf("10"))).toEqual([
    "tier 1 usage: 10 × 2 = 20",
    "tier 1 flat: 1 × 5 = 5",
    "tier 1 cap: 1 × -5 = -5",
  ]);
});

test("volume waits for the last line of the period, or bills the difference", () => {
  expect(lines(termsOf(volume), middle("3", "3"))).toEqual([]);
  expect(lines(termsOf(volume), middle("3", "3", { position: "last_split" }))).toEqual([
    "tier 2 flat: 1 × 30 = 30",
    "tier 2 usage: 6 × 4 = 24",
  ]);
  const byDifference = { ...inCents, volumeInPieces: "difference" } as const;
  expect(lines(termsOf(volume), middle("3", "3"), byDifference)).toEqual([
    "tier 2 flat: 1 × 30 = 30",
    "tier 2 usage: 6 × 4 = 24",
    "tier 1 usage: -3 × 10 = -30",
  ]);
});

test("a fee is on the first line of a period in advance, and on the last one in arrears", () => {
  const positions = ["whole_period", "first_split", "middle_split", "last_split"] as const;
  const counts = (terms: LineTerms) =>
    positions.map((position) => lines(terms, usageOf("0", { position })).length);
  expect(counts(termsOf(flat))).toEqual([1, 1, 0, 0]);
  expect(counts(termsOf({ ...flat, payment_term: "in_arrears" }))).toEqual([1, 0, 0, 1]);
});

test("what is passed on is one amount, and a piece adds what it adds to the whole", () => {
  const dynamic = { model: "dynamic", multiplier: "1.33333" } as const;
  expect(lines(termsOf(dynamic), usageOf("10"))).toEqual(["usage: 1 × 13.33 = 13.33"]);
  expect(lines(termsOf(dynamic), middle("10", "10"))).toEqual(["usage: 1 × 13.33 = 13.33"]);
});

test("units are converted over the period so far, before free units are taken off", () => {
  const conversion = {
    operation: "divide",
    factor: decimal("1000"),
    rounding: "ceiling",
    decimals: 0,
  } as const;
  const terms = termsOf(perUnit, { conversion, freeUnits: "1" });
  expect(lines(terms, usageOf("1400", { position: "first_split" }))).toEqual([
    "usage: 1 × 10 = 10",
  ]);
  expect(lines(terms, middle("1300", "1400"))).toEqual(["usage: 1 × 10 = 10"]);
  const freeFirst = { ...inCents, quantitySteps: ["usage_discount", "unit_conversion"] } as const;
  expect(lines(terms, usageOf("2001"), freeFirst)).toEqual(["usage: 2 × 10 = 20"]);
  expect(lines(terms, usageOf("2001"))).toEqual(["usage: 2 × 10 = 20"]);
  expect(lines(terms, usageOf("2000.5"), freeFirst)).toEqual(["usage: 2 × 10 = 20"]);
});

test("the discount comes before the maximum, and what was billed before counts towards it", () => {
  const terms = termsOf(perUnit, { percentOff: "50", maximum: "100" });
  expect(lines(terms, middle("20", "7", { alreadyBilled: decimal("35") }))).toEqual([
    "usage: 20 × 10 = 200, less 100 percentage, less 35 maximum_spend, total 65",
  ]);
  const capFirst = { ...inCents, amountSteps: ["maximum", "percentage_discount"] } as const;
  expect(lines(terms, middle("20", "7", { alreadyBilled: decimal("35") }), capFirst)).toEqual([
    "usage: 20 × 10 = 200, less 135 maximum_spend, less 32.5 percentage, total 32.5",
  ]);
});

test("what is missing to the minimum is a line at the end of the period, after discounts", () => {
  const terms = termsOf(perUnit, { percentOff: "50", minimum: "100" });
  expect(lines(terms, usageOf("4"))).toEqual([
    "usage: 4 × 10 = 40, less 20 percentage, total 20",
    "minimum: 1 × 80 = 80",
  ]);
  expect(lines(terms, usageOf("20"))).toHaveLength(1);
  expect(lines(terms, middle("4", "0"))).toHaveLength(1);
  const last = middle("4", "4", { position: "last_split", alreadyBilled: decimal("20") });
  expect(lines(terms, last).at(-1)).toBe("minimum: 1 × 60 = 60");
});

test("credits pay the lines in order until they are spent", () => {
  const credits = [
    { credit: "welcome", amount: decimal("75") },
    { credit: "prepaid", amount: decimal("60") },
  ];
  const rated = rateLines(termsOf(graduated), usageOf("10", { credits }), inCents);
  const spent = rated.map((line) =>
    line.credits.map(({ credit, amount }) => `${credit} ${toText(amount)}`).join(", "),
  );
  expect(spent).toEqual(["welcome 5", "welcome 70, prepaid 30", "prepaid 30"]);
  expect(text(totalOfLines(rated))).toBe("20");
});

test("each line is in cents, or exact until the invoice rounds", () => {
  const thirds = termsOf({ model: "per_unit", unit_amount: "1", per: "3" });
  expect(text(totalOfLines(rateLines(thirds, usageOf("2"), inCents)))).toBe("0.67");
  const exact = { ...inCents, rounding: "none" } as const;
  expect(text(totalOfLines(rateLines(thirds, usageOf("2"), exact)))).toBe("0.666666666666");
});

function lines(terms: LineTerms, usage: LineUsage, policy: LinePolicy = inCents): string[] {
  return rateLines(terms, usage, policy).map(lineText);
}

function middle(quantity: string, before: string, of: Partial<LineUsage> = {}): LineUsage {
  return usageOf(quantity, { position: "middle_split", quantityBefore: decimal(before), ...of });
}
