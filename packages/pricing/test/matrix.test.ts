import { cut, decimal, POSTED_DECIMALS, sum, toText } from "@tallybook/money";
import { combinationOf, describePrice, rateMatrix, validatePrice } from "@tallybook/pricing";
import type { MatrixRow, Price } from "@tallybook/pricing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { priceWith } from "./prices.ts";

const matrix = priceWith({
  model: "matrix",
  dimensions: ["model", "region"],
  rows: [row("large", "eu", "3", "1000000"), row("large", "", "0.1"), row("small", "eu", "1", "3")],
});

function row(model: string, region: string, unit_amount: string, per = "1"): MatrixRow {
  return { dimensions: { model, region }, unit_amount, per };
}

function rated(price: Price, ...used: readonly (readonly [string, string, string])[]): string[] {
  const combinations = used.map(([model, region, quantity]) => ({
    dimensions: { model, region },
    quantity: decimal(quantity),
  }));
  return rateMatrix(price, combinations).rows.map((each) =>
    each === undefined
      ? "no row"
      : `${each.quantity} at ${each.unit_amount} per ${each.per}${each.is_default ? " by default" : ""}: ${each.amount}`,
  );
}

describe("a matrix", () => {
  test("prices each combination by its own row", () => {
    expect(rated(matrix, ["large", "eu", "500000"], ["large", "", "7"])).toEqual([
      "500000 at 3 per 1000000: 1.5",
      "7 at 0.1 per 1: 0.7",
    ]);
  });

  test("leaves a combination without a row unpriced, and does not bill it at zero", () => {
    expect(rated(matrix, ["large", "us", "5"], ["small", "eu", "3"])).toEqual([
      "no row",
      "3 at 1 per 3: 1",
    ]);
  });

  test("prices what has no row by the default row, where it has one", () => {
    const withDefault = { ...matrix, default_row: { unit_amount: "0.5", per: "10" } };
    expect(rated(withDefault, ["large", "us", "5"], ["small", "eu", "3"])).toEqual([
      "5 at 0.5 per 10 by default: 0.25",
      "3 at 1 per 3: 1",
    ]);
  });

  test("asks nothing for zero or less", () => {
    expect(rated(matrix, ["small", "eu", "-3"], ["large", "", "0"])).toEqual([
      "-3 at 1 per 3: 0",
      "0 at 0.1 per 1: 0",
    ]);
  });

  test("counts usage without a dimension where the row says so", () => {
    expect(combinationOf(matrix, { model: "large", zone: "z" })).toEqual({
      model: "large",
      region: "",
    });
    expect(combinationOf(matrix, { constructor: "x" })).toEqual({ model: "", region: "" });
  });

  test("the amounts of its rows add up to the whole, wherever they end", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(1_000_000), fc.integer({ min: 1, max: 97 }), fc.nat(999_999)), {
          minLength: 1,
          maxLength: 12,
        }),
        (list) => {
          const price = {
            ...matrix,
            rows: list.map(([, per, amount], index) =>
              row(`m${index}`, "", `0.${amount}`, String(per)),
            ),
          };
          const { amount, rows } = rateMatrix(
            price,
            list.map(([quantity], index) => ({
              dimensions: { model: `m${index}`, region: "" },
              quantity: decimal(String(quantity)),
            })),
          );
          const parts = rows.map((each) => decimal(each?.amount ?? "-1"));
          expect(toText(sum(parts))).toBe(toText(cut(amount, POSTED_DECIMALS)));
          // Each is its own product, but for the last digit.
          for (const [index, [quantity, per, unit]] of list.entries()) {
            const scale = 10n ** BigInt(24 - String(unit).length);
            const own = (BigInt(quantity) * BigInt(unit) * scale) / BigInt(per);
            const given = unitsOf(toText(parts[index] ?? decimal("0")));
            expect(given - own >= -1n && given - own <= 1n).toBe(true);
          }
        },
      ),
    );
  });

  test("is shown by its rows", () => {
    const shown = { ...matrix, default_row: { unit_amount: "0.5", per: "10" } };
    expect(describePrice(shown, "USD")).toBe(
      "by model, region: 3 USD per 1000000 units for model large, region eu; 0.1 USD per unit for model large, region (none); " +
        "1 USD per 3 units for model small, region eu; 0.5 USD per 10 units for all others",
    );
  });
});

describe("a matrix is refused, naming the field", () => {
  const without = { dimensions: [], rows: [] };
  refused(without, "dimensions missing; rows missing");
  refused({ meter: null }, "meter missing");
  refused({ per: "10" }, "per not_of_model");
  refused({ unit_amount: "1" }, "unit_amount not_of_model");
  refused({ dimensions: ["model", "region", "model"] }, "dimensions[2] duplicate");
  refused(
    { rows: [row("a", "b", "1"), row("c", "d", "1"), row("a", "b", "2")] },
    "rows[2] duplicate",
  );
  refused({ rows: [row("a", "b", "-1")] }, "rows[0].unit_amount negative");
  refused({ rows: [row("a", "b", "1e18")] }, "rows[0].unit_amount too_large");
  refused({ rows: [row("a", "b", "1", "0")] }, "rows[0].per not_positive");
  refused(
    { rows: [{ ...row("a", "b", "1"), dimensions: { model: "a" } }] },
    "rows[0].dimensions.region missing",
  );
  refused(
    { rows: [{ ...row("a", "b", "1"), dimensions: { model: "a", region: "b", zone: "c" } }] },
    "rows[0].dimensions.zone not_of_price",
  );
  refused({ default_row: { unit_amount: "x", per: "1" } }, "default_row.unit_amount not_a_number");
  refused(
    { rows: Array.from({ length: 1_001 }, (_, at) => row(`m${at}`, "", "1")) },
    "rows too_many",
  );

  test("other models have no rows", () => {
    const faults = validatePrice(
      priceWith({ unit_amount: "1", rows: matrix.rows, dimensions: ["model", "region"] }),
    );
    expect(faults.map(({ field, reason }) => `${field} ${reason}`)).toEqual([
      "dimensions not_of_model",
      "rows not_of_model",
    ]);
  });
});

function refused(fields: Partial<Price>, expected: string): void {
  test(`${JSON.stringify(fields).slice(0, 60)}: ${expected}`, () => {
    const faults = validatePrice({ ...matrix, ...fields });
    expect(faults.map(({ field, reason }) => `${field} ${reason}`).join("; ")).toBe(expected);
  });
}

/** In 10^-24. */
function unitsOf(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(24, "0"));
}
