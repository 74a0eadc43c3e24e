import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  compare,
  currency,
  cut,
  type Currency,
  decimal,
  type Decimal,
  majorUnits,
  mul,
  ratio,
  ratioOf,
  roundInvoice,
  shareOut,
  sub,
  sum,
  toText,
} from "@tallybook/money";

const amount = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }).map((n) => decimal(`${n}`));
const weight = fc.bigInt({ min: 0n, max: 10n ** 30n }).map((n) => decimal(`${n}`));
const divisor = fc.bigInt({ min: 1n, max: 10n ** 12n }).map((n) => decimal(`${n}`));
const weights = fc
  .array(weight, { minLength: 1 })
  .filter((list) => list.some((each) => toText(each) !== "0"));

describe("sharing out", () => {
  test("the parts add up to the cut total", () => {
    fc.assert(
      fc.property(amount, divisor, weights, (num, den, list) => {
        const total = ratio(num, den);
        expect(toText(sum(shareOut(total, list)))).toBe(toText(cut(total, 24)));
      }),
    );
  });

  test("no part is further than the last decimal from its exact share", () => {
    fc.assert(
      fc.property(amount, weights, (total, list) => {
        const parts = shareOut(ratioOf(total), list);
        const whole = sum(list);
        for (const [index, part] of parts.entries()) {
          const exact = cut(ratio(mul(total, list[index] ?? zero), whole), 30);
          expect(compare(distance(part, exact), decimal(`0.${"0".repeat(23)}2`))).toBe(-1);
        }
      }),
    );
  });

  test("who weighs nothing gets nothing, and none gets less than nothing", () => {
    fc.assert(
      fc.property(divisor, weights, (total, list) => {
        const parts = shareOut(ratioOf(total), list);
        const idle = parts.filter((_, index) => toText(list[index] ?? zero) === "0");
        expect(parts.every((part) => compare(part, zero) >= 0)).toBe(true);
        expect(idle.every((part) => toText(part) === "0")).toBe(true);
      }),
    );
  });

  test("a third of ten, thrice", () => {
    const thirds = shareOut(ratioOf(decimal("10")), [decimal("1"), decimal("1"), decimal("1")]);
    expect(thirds.map(toText)).toEqual([
      "3.333333333333333333333333",
      "3.333333333333333333333333",
      "3.333333333333333333333334",
    ]);
  });

  test("nothing is shared by no weights, and something is not", () => {
    expect(shareOut(ratioOf(zero), [zero, zero]).map(toText)).toEqual(["0", "0"]);
    expect(() => shareOut(ratioOf(decimal("1")), [zero])).toThrow(RangeError);
  });
});

describe("an invoice is rounded once", () => {
  const table = `
    USD   0.005                  →   1     1          0.005
    USD   0.0049                 →   0     0          -0.0049
    USD   -0.005                 →   -1    -1         -0.005
    USD   0.333 0.333 0.334      →   100   33 33 34   0
    USD   0.005 0.005            →   1     1 0        0
    USD   0.019 0.018 0.017      →   5     2 2 1      -0.004
    USD   1 -0.004               →   100   100 0      0.004
    USD   0.006 -0.006           →   0     1 -1       0
    USD   20 0.5235              →   2052  2000 52    -0.0035
    JPY   0.5 0.4                →   1     1 0        0.1
    KWD   0.0005                 →   1     1          0.0005`;

  test.each(rows(table))("%s %s", (code, exact = "", _, total, lines, rounding) => {
    const rounded = roundInvoice(exact.split(" ").map(decimal), listed(code));
    expect(rounded.total).toBe(total);
    expect(rounded.lines.join(" ")).toBe(lines);
    expect(toText(rounded.rounding)).toBe(rounding);
  });

  const line = fc.bigInt({ min: -(10n ** 27n), max: 10n ** 27n });
  const lines = fc.array(line.map((n) => mul(decimal(`${n}`), decimal(`0.${"0".repeat(23)}1`))));
  const listedCurrency = fc.constantFrom("USD", "JPY", "KWD").map(listed);

  test("lines add up to the total, and exact plus rounding is the total", () => {
    fc.assert(
      fc.property(lines, listedCurrency, (exact, currency) => {
        const { total, lines, rounding } = roundInvoice(exact, currency);
        expect(toText(sum(lines.map(decimal)))).toBe(total);
        expect(toText(add(sum(exact), rounding))).toBe(toText(majorUnits(total, currency)));
      }),
    );
  });

  test("no line moves by a whole minor unit, the total by no more than half", () => {
    fc.assert(
      fc.property(lines, listedCurrency, (exact, currency) => {
        const { lines, rounding } = roundInvoice(exact, currency);
        const unit = majorUnits("1", currency);
        for (const [index, each] of lines.entries()) {
          const moved = distance(majorUnits(each, currency), exact[index] ?? zero);
          expect(compare(moved, unit)).toBe(-1);
        }
        const twice = distance(add(rounding, rounding), zero);
        expect(compare(twice, unit)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

test("a currency is one of ISO 4217, with its digits", () => {
  expect(["USD", "JPY", "KWD", "usd", "XXX", ""].map((code) => currency(code)?.digits)).toEqual([
    2,
    0,
    3,
    undefined,
    undefined,
    undefined,
  ]);
});

const zero = decimal("0");

function distance(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) < 0 ? sub(b, a) : sub(a, b);
}

function listed(code = ""): Currency {
  const found = currency(code);
  if (found === undefined) throw new Error(`no such currency: ${code}`);
  return found;
}

function rows(table: string): string[][] {
  return table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s{2,}/));
}
