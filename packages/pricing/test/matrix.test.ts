import { cut, decimal, POSTED_DECIMALS, sum, toText } from "@tallybook/money";
import { combinationOf, explainCharge, makeCharge, rateUsage } from "@tallybook/pricing";
import type { ChargeSpec, MatrixSpec } from "@tallybook/pricing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packages, perUnit } from "./prices.ts";
import { made } from "./specs.ts";

const matrix: MatrixSpec = {
  model: "matrix",
  dimensions: ["model", "region"],
  rows: [row("large", "eu", "3", "1000000"), row("large", "", "0.1"), row("small", "eu", "1", "3")],
  default_row: null,
};

function row(model: string, region: string, unit_amount: string, per = "1") {
  return { dimensions: { model, region }, charge: perUnit(unit_amount, per) };
}

type Used = readonly [string, string, string];

function rating(spec: MatrixSpec, used: readonly Used[]) {
  const combinations = used.map(([model, region, quantity]) => ({
    values: { model, region },
    usage: { of: "quantity", quantity: decimal(quantity) } as const,
  }));
  return rateUsage(made(spec), { of: "combinations", combinations });
}

function rated(spec: MatrixSpec, ...used: readonly Used[]): string[] {
  const explained = explainCharge(rating(spec, used));
  if (explained.of !== "combinations") throw new Error("a matrix is rated by its combinations");
  return explained.rows.map(({ dimensions, is_default, charge }) => {
    const quantity = charge.of === "quantity" ? charge.quantity : "";
    const what = `${dimensions["model"]}/${dimensions["region"]}${is_default ? " by default" : ""}`;
    return `${quantity} of ${what}: ${charge.amount}`;
  });
}

describe("a matrix", () => {
  test("prices each combination by its own row", () => {
    expect(rated(matrix, ["large", "eu", "500000"], ["large", "", "7"])).toEqual([
      "500000 of large/eu: 1.5",
      "7 of large/: 0.7",
    ]);
  });

  test("leaves a combination without a row unpriced, and does not bill it at zero", () => {
    const of = rating(matrix, [
      ["large", "us", "5"],
      ["small", "eu", "3"],
    ]);
    expect(of.of === "combinations" && of.rows.map((each) => each.rating === null)).toEqual([
      true,
      false,
    ]);
    expect(rated(matrix, ["large", "us", "5"], ["small", "eu", "3"])).toEqual(["3 of small/eu: 1"]);
  });

  test("prices what has no row by the default row, where it has one", () => {
    const withDefault = { ...matrix, default_row: perUnit("0.5", "10") };
    expect(rated(withDefault, ["large", "us", "5"], ["small", "eu", "3"])).toEqual([
      "5 of large/us by default: 0.25",
      "3 of small/eu: 1",
    ]);
  });

  test("asks nothing for zero or less", () => {
    expect(rated(matrix, ["small", "eu", "-3"], ["large", "", "0"])).toEqual([
      "-3 of small/eu: 0",
      "0 of large/: 0",
    ]);
  });

  test("has any model in a row", () => {
    const rows = [{ ...row("large", "eu", "1"), charge: packages("10", "5") }];
    expect(rated({ ...matrix, rows }, ["large", "eu", "11"])).toEqual(["11 of large/eu: 10"]);
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
          const rows = list.map(([, per, amount], index) =>
            row(`m${index}`, "", `0.${amount}`, String(per)),
          );
          const used = list.map(([quantity], index): Used => [`m${index}`, "", String(quantity)]);
          const of = rating({ ...matrix, rows }, used);
          const explained = explainCharge(of);
          const parts =
            explained.of === "combinations"
              ? explained.rows.map(({ charge }) => decimal(charge.amount))
              : [];
          expect(toText(sum(parts))).toBe(toText(cut(of.amount, POSTED_DECIMALS)));
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
});

describe("a matrix is refused, naming the field", () => {
  const without = { dimensions: [], rows: [] };
  refused(without, "dimensions missing; rows missing");
  refused({ dimensions: ["model", "region", "model"] }, "dimensions[2] duplicate");
  refused(
    { rows: [row("a", "b", "1"), row("c", "d", "1"), row("a", "b", "2")] },
    "rows[2].dimensions duplicate",
  );
  refused({ rows: [row("a", "b", "-1")] }, "rows[0].charge.unit_amount negative");
  refused({ rows: [row("a", "b", "1e18")] }, "rows[0].charge.unit_amount too_large");
  refused({ rows: [row("a", "b", "1", "0")] }, "rows[0].charge.per not_positive");
  refused(
    { rows: [{ ...row("a", "b", "1"), dimensions: { model: "a" } }] },
    "rows[0].dimensions.region missing",
  );
  refused(
    { rows: [{ ...row("a", "b", "1"), dimensions: { model: "a", region: "b", zone: "c" } }] },
    "rows[0].dimensions.zone not_of_price",
  );
  refused({ default_row: perUnit("x") }, "default_row.unit_amount not_a_number");
  refused({ default_row: matrix }, "default_row.model nested");
  refused(
    { rows: Array.from({ length: 1_001 }, (_, at) => row(`m${at}`, "", "1")) },
    "rows too_many",
  );
});

function refused(fields: Partial<MatrixSpec>, expected: string): void {
  test(`${JSON.stringify(fields).slice(0, 60)}: ${expected}`, () => {
    const spec: ChargeSpec = { ...matrix, ...fields };
    const result = makeCharge(spec, { meter: "units" });
    const faults = result.ok ? [] : result.faults;
    expect(faults.map(({ field, reason }) => `${field} ${reason}`).join("; ")).toBe(expected);
  });
}

/** In 10^-24. */
function unitsOf(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(24, "0"));
}
