import fc from "fast-check";
import { expect, test } from "vitest";

import { ofStripe, stripeAmounts } from "../../src/stripe/amounts.ts";

test.each([
  ["USD", ["1250", "-50"], ["1250", "-50"]],
  ["JPY", ["1250"], ["1250"]],
  // No minor unit, and hundredths at Stripe all the same.
  ["ISK", ["1250", "7"], ["125000", "700"]],
  ["UGX", ["3"], ["300"]],
  // Three decimals, of which the last is 0: the sum is kept, the odd thousandths go to the largest of them.
  ["KWD", ["1234", "1236"], ["1230", "1240"]],
  ["KWD", ["15", "-5"], ["20", "-10"]],
  ["TND", ["5", "5"], ["10", "0"]],
  // Two decimals, and none at Stripe.
  ["MGA", ["150", "50"], ["2", "0"]],
])("in %s, %j is %j to Stripe", (currency, ours, stripes) => {
  expect(stripeAmounts(currency, ours)).toEqual(stripes);
});

test("a sum that Stripe has no amount for has none", () => {
  expect(stripeAmounts("KWD", ["1234"])).toBeUndefined();
  expect(stripeAmounts("MGA", ["150"])).toBeUndefined();
  expect(ofStripe("ISK", "150")).toBeUndefined();
});

test("whatever the lines, Stripe is asked for their very sum, and each moves by less than what Stripe counts in", () => {
  const currencies = fc.constantFrom("USD", "JPY", "ISK", "UGX", "MGA", "KWD", "BHD");
  const amounts = fc.array(fc.bigInt({ min: -100_000n, max: 100_000n }), { maxLength: 20 });
  fc.assert(
    fc.property(currencies, amounts, (currency, given) => {
      const total = given.reduce((sum, each) => sum + each, 0n);
      const step = currency === "MGA" ? 100n : "KWD BHD".includes(currency) ? 10n : 1n;
      const stripes = stripeAmounts(currency, given.map(String));
      expect(stripes === undefined).toBe(total % step !== 0n);
      if (stripes === undefined) return;
      const ours = stripes.map((each) => BigInt(ofStripe(currency, each) ?? "nothing"));
      expect(ours.reduce((sum, each) => sum + each, 0n)).toBe(total);
      for (const [at, each] of ours.entries()) {
        const moved = each - (given[at] ?? 0n);
        expect(moved < step && moved > -step).toBe(true);
      }
      if (step === 10n) expect(stripes.every((each) => each.endsWith("0"))).toBe(true);
    }),
  );
});
