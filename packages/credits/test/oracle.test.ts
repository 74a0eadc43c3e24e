import fc from "fast-check";
import { expect, test } from "vitest";
import { inStretches, month } from "./months.ts";
import { hundredths, naiveMonth } from "./oracle.ts";

test("a second engine, which walks hour by hour in whole hundredths, comes to the same", () => {
  fc.assert(
    fc.property(month, (given) => {
      const { accounts, overage } = naiveMonth(given);
      const credits = inStretches(given, []);
      expect(
        credits.held.map(({ terms, phase, ...amounts }) => ({
          grant: terms.grant,
          phase,
          balance: hundredths(amounts.balance),
          given: hundredths(amounts.given),
          burnt: hundredths(amounts.burnt),
          expired: hundredths(amounts.expired),
          voided: hundredths(amounts.voided),
          lapsed: hundredths(amounts.lapsed),
        })),
      ).toEqual(accounts.map(({ terms, ...amounts }) => ({ grant: terms.grant, ...amounts })));
      expect(credits.overage.map(({ meter, quantity }) => [meter, hundredths(quantity)])).toEqual([
        ...overage,
      ]);
    }),
    { numRuns: 600 },
  );
});
