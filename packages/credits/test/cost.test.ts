import { costBetween, decide, pricedMovements } from "@tallybook/credits";
import { decimal, sum, toText } from "@tallybook/money";
import { expect, test } from "vitest";
import { after, creditsOf, DAY, grant, HOUR, run, start, succeeded, use } from "./examples.ts";

const paid = grant({
  amount: "3",
  cost: { amount: "10", currency: "USD" },
  expires_at: start + DAY,
});

test("each burn recognises its part of what was paid, and the parts add up to the whole", () => {
  const third = (from: string, to: string) => toText(costBetween(paid, decimal(from), decimal(to)));
  expect(third("0", "1")).toBe("3.333333333333333333333333");
  expect(third("1", "2")).toBe("3.333333333333333333333333");
  expect(third("2", "3")).toBe("3.333333333333333333333334");
  const { segments } = run(creditsOf([paid]), start + HOUR, [use(start, "3")]);
  expect(segments[0]?.burns.map(({ cost }) => toText(cost))).toEqual(["10"]);
});

test("what burns, is voided, expires and comes back is worth what was paid, in all", () => {
  const credits = creditsOf([paid]);
  const orders = [
    { kind: "use", ...use(start, "1.7") },
    { kind: "void", at: start, grant: "g1", amount: decimal("0.6") },
    {
      kind: "give_back",
      at: start,
      burns: [{ allocation: "b", grant: "g1", amount: decimal("1.7") }],
      earlier: [],
      by: decimal("-0.2"),
      currency: null,
      ended: { kind: "refuses" },
    },
    { kind: "pass", at: start + DAY },
  ] as const;
  let now = credits;
  const movements = orders.flatMap((order) => {
    const decided = succeeded(decide(now, order));
    now = decided.credits;
    return decided.movements;
  });
  const priced = pricedMovements(credits, movements);
  expect(priced.map(({ movement, cost }) => `${movement.kind} ${toText(cost)}`)).toEqual([
    "burnt 5.666666666666666666666666",
    "voided 2",
    "returned -0.666666666666666666666666",
    "expired 3",
    "passed 0",
  ]);
  expect(toText(sum(priced.map(({ cost }) => cost)))).toBe("10");
});

test("a promotional grant recognises nothing", () => {
  const credits = creditsOf([grant()]);
  const burnt = after(credits, { kind: "use", ...use(start, "40") });
  expect(toText(costBetween(grant(), decimal("0"), decimal("40")))).toBe("0");
  expect(burnt.held.map((held) => toText(held.burnt))).toEqual(["40"]);
});
