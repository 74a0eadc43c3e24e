import { decimal } from "@tallybook/money";
import { explainLines, explainRating, rateLines, rateQuantity } from "@tallybook/pricing";
import { expect, test } from "vitest";
import { inCents, termsOf, tiers, usageOf, usd } from "./lines.ts";
import { madeQuantity } from "./specs.ts";

const graduated = madeQuantity({
  model: "graduated",
  tiers: tiers("10 0.0001 2", "- 0.5 3 20"),
  per: "1",
  beyond: null,
  zero_usage: "nothing",
});

test("an amount is explained step by step, with what rounding added", () => {
  const rating = rateQuantity(graduated, decimal("11"));
  const explanation = explainRating(rating, { version: 3, currency: usd }, "rounded");
  expect(explanation.steps).toEqual([
    {
      tier: 1,
      from: "0",
      up_to: "10",
      quantity: "10",
      billed: "10",
      unit_amount: "0.0001",
      per: "1",
      flat_amount: "2",
      capped: "0",
      amount: "2.001",
    },
    {
      tier: 2,
      from: "10",
      up_to: null,
      quantity: "1",
      billed: "1",
      unit_amount: "0.5",
      per: "1",
      flat_amount: "3",
      capped: "0",
      amount: "3.5",
    },
  ]);
  expect([explanation.exact, explanation.rounded, explanation.residue]).toEqual([
    "5.501",
    "5.5",
    "-0.001",
  ]);
  expect(explanation.sentence).toBe(
    "10 units from 0 to 10: 10 × 0.0001 USD + 2 USD once = 2.001 USD; " +
      "1 units above 10: 1 × 0.5 USD + 3 USD once = 3.5 USD, in all 5.501 USD, " +
      "rounded to 5.5, which adds -0.001, by version 3 of the price.",
  );
});

test("a cap, free units and nothing at all are said as well", () => {
  const sentence = (quantity: string, charge = graduated) =>
    explainRating(rateQuantity(charge, decimal(quantity)), { version: 1, currency: usd }, "exact")
      .sentence;
  expect(sentence("60")).toContain("less 8 USD above the cap = 20 USD");
  expect(sentence("0")).toBe("Nothing was used, in all 0 USD, by version 1 of the price.");
  const packages = madeQuantity({
    model: "package",
    package_size: "10",
    package_amount: "5",
    free_units: "2",
    round: "up",
  });
  expect(sentence("13", packages)).toBe(
    "2 units from 0 to 2: free; 11 units above 2: 2 × 5 USD = 10 USD, in all 10 USD, by version 1 of the price.",
  );
});

test("the lines of a charge are explained from the metered quantity to the total, with what rounding did", () => {
  const terms = termsOf(
    { model: "per_unit", unit_amount: "0.333", per: "1" },
    {
      conversion: {
        operation: "divide",
        factor: decimal("1000"),
        rounding: "ceiling",
        decimals: 0,
      },
      freeUnits: "2",
      percentOff: "10",
      maximum: "5",
    },
  );
  const usage = usageOf("9500", {
    position: "middle_split",
    quantityBefore: decimal("4000"),
    alreadyBilled: decimal("3"),
    credits: [{ credit: "welcome", amount: decimal("0.5") }],
  });
  const lines = rateLines(terms, usage, inCents);
  const explanation = explainLines(lines, { terms, usage, policy: inCents }, 7);
  expect(explanation.sentence).toBe(
    "9500 metered, 12 billable in the period so far, 2 of them on earlier lines; " +
      "usage: 10 × 0.333 = 3.33 USD, less 0.33 (discount), less 1 (above the maximum), " +
      "less 0.5 (credit welcome), leaves 1.5; in all 1.5 USD, by version 7 of the price.",
  );
  expect(explanation.steps).toHaveLength(1);
  const odd = rateLines(terms, usageOf("5000"), inCents);
  const of = { terms, usage: usageOf("5000"), policy: inCents };
  expect(explainLines(odd, of, 1).residue).toBe("0.001");
  expect(explainLines(odd, of, 1).sentence).toContain("of which rounding is 0.001");
});
