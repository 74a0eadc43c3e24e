import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  compare,
  cut,
  decimal,
  isNegative,
  mul,
  negate,
  ratio,
  readQuantity,
  sub,
  sum,
  toText,
  TooManyDigits,
} from "@tallybook/money";

/** Scaled by 10^12, so that plain bigint code can be the oracle. */
const scaled = fc.bigInt({ min: -(10n ** 29n), max: 10n ** 29n });

function textOf(units: bigint, decimals: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, "0");
  const text = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  const plain = text.replace(/\.?0+$/, "");
  return units < 0n ? `-${plain}` : plain;
}

const of = (units: bigint) => decimal(textOf(units, 12));

describe("exact numbers", () => {
  test("sums, differences and products equal those of whole numbers", () => {
    fc.assert(
      fc.property(scaled, scaled, (a, b) => {
        expect(toText(add(of(a), of(b)))).toBe(textOf(a + b, 12));
        expect(toText(sub(of(a), of(b)))).toBe(textOf(a - b, 12));
        expect(toText(mul(of(a), of(b)))).toBe(textOf(a * b, 24));
        expect(compare(of(a), of(b))).toBe(a < b ? -1 : Number(a > b));
      }),
    );
  });

  test("a sum does not depend on the order", () => {
    fc.assert(
      fc.property(fc.array(scaled), (list) => {
        const forward = sum(list.map(of));
        const backward = sum(list.toReversed().map(of));
        expect(toText(forward)).toBe(toText(backward));
      }),
    );
  });

  test("a fraction is cut toward zero", () => {
    const num = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    const den = fc.bigInt({ min: 1n, max: 10n ** 20n });
    fc.assert(
      fc.property(num, den, (n, d) => {
        const fraction = ratio(decimal(`${n}`), decimal(`${d}`));
        expect(toText(cut(fraction, 24))).toBe(textOf((n * 10n ** 24n) / d, 24));
        const flipped = ratio(decimal(`${-n}`), decimal(`${-d}`));
        expect(toText(cut(flipped, 24))).toBe(toText(cut(fraction, 24)));
      }),
    );
  });

  test("zero has no sign", () => {
    const zero = negate(decimal("0"));
    expect([toText(zero), isNegative(zero), toText(decimal("-0.00"))]).toEqual(["0", false, "0"]);
  });

  test("a result that would have to be rounded is refused", () => {
    const long = decimal("9".repeat(60));
    expect(() => mul(long, long)).toThrow(TooManyDigits);
    expect(() => ratio(long, decimal("0"))).toThrow(RangeError);
  });

  test.each([
    "",
    "1e5",
    "+1",
    ".5",
    "5.",
    "0x10",
    "NaN",
    "Infinity",
    "1_000",
    " 1",
    "1".repeat(201),
  ])("%j is no plain decimal", (text) => {
    expect(() => decimal(text)).toThrow(SyntaxError);
  });
});

describe("a quantity is read from its source text", () => {
  const table = `
    0                        0
    -0.000                   0
    0e999999999999           0
    12.50                    12.5
    -3                       -3
    1.25E+2                  125
    1500e-3                  1.5
    1e-12                    0.000000000001
    999999999999999999.5     999999999999999999.5
    0.10000000000000000000   0.1
    1e-13                    too_many_decimals
    1e-9999999999999999999   too_many_decimals
    0.1234567890123          too_many_decimals
    1e18                     too_large
    -1000000000000000000     too_large
    1e9999999999999999999    too_large
    01                       not_a_number
    +1                       not_a_number
    .5                       not_a_number
    1.                       not_a_number
    NaN                      not_a_number
    0x10                     not_a_number
    1,5                      not_a_number`;

  test.each(rows(table))("%s → %s", (text = "", expected) => {
    const read = readQuantity(text);
    expect(read.ok ? toText(read.value) : read.why).toBe(expected);
  });

  test("whatever is read is written as the same number", () => {
    const within = fc.bigInt({ min: -(10n ** 30n) + 1n, max: 10n ** 30n - 1n });
    fc.assert(
      fc.property(within, (units) => {
        const read = readQuantity(`${units}e-12`);
        expect(read.ok && toText(read.value)).toBe(textOf(units, 12));
      }),
    );
  });
});

function rows(table: string): string[][] {
  return table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s{2,}/));
}
