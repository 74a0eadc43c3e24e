import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createTotal, decimal, sum, toText } from "../src/index.ts";

const quantities = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n ** 18n }).map(String),
  fc.integer({ min: 0, max: 1000 }).map(String),
  fc
    .tuple(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 1, max: 999_999_999 }))
    .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(9, "0")}`),
  fc.integer({ min: -1_000_000, max: -1 }).map(String),
);

describe("a growing total", () => {
  it("is the exact sum, of wholes, fractions and numbers that a double does not hold", () => {
    fc.assert(
      fc.property(fc.array(quantities, { maxLength: 60 }), (texts) => {
        const total = createTotal();
        for (const text of texts) total.add(text);
        expect(toText(total.value())).toBe(toText(sum(texts.map(decimal))));
      }),
    );
  });

  it("stays exact where the wholes pass what a double holds", () => {
    const total = createTotal();
    for (let at = 0; at < 20; at += 1) total.add("999999999999999");
    total.add("1");
    expect(toText(total.value())).toBe("19999999999999981");
  });

  it("is zero before anything is added", () => {
    expect(toText(createTotal().value())).toBe("0");
  });

  it("refuses what is no plain number", () => {
    expect(() => createTotal().add("1e3")).toThrow(SyntaxError);
    expect(() => createTotal().add("")).toThrow(SyntaxError);
  });
});
