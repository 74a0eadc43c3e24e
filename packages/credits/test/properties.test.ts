import { burnDown, type Grant, goneOf, pricedMovements, usageOf } from "@tallybook/credits";
import {
  add,
  compare,
  cut,
  decimal,
  type Decimal,
  mulRatios,
  ratioOf,
  sub,
  sum,
  toText,
} from "@tallybook/money";
import fc from "fast-check";
import { expect, test } from "vitest";
import { after, creditsOf, HOUR, start, whole } from "./examples.ts";
import { end, hour, inStretches, month, text } from "./months.ts";

test("what is left, burnt, expired, voided and lapsed is what was given, per grant and in all", () => {
  fc.assert(
    fc.property(month, (given) => {
      const credits = inStretches(given, []);
      for (const held of credits.held) {
        expect(toText(add(held.balance, goneOf(held)))).toBe(toText(held.given));
        expect(compare(held.balance, zero)).toBeGreaterThanOrEqual(0);
      }
      const used = sum(given.uses.filter(({ at }) => at < end).map(({ quantity }) => quantity));
      const burnt = sum(credits.held.map((held) => held.burnt));
      const carried = sum(credits.overage.map(({ quantity }) => quantity));
      const isDropped = given.resets.length > 0 && given.overage === "dropped";
      const covered = compare(add(burnt, carried), used);
      expect(isDropped ? covered <= 0 : covered === 0).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("cutting the month into stretches changes nothing", () => {
  fc.assert(
    fc.property(month, fc.array(hour, { maxLength: 5 }), (given, cuts) => {
      const hoursCut = cuts.filter((at) => at > 0);
      expect(whole(inStretches(given, hoursCut))).toEqual(whole(inStretches(given, [])));
    }),
    { numRuns: 500 },
  );
});

test("cutting usage into smaller uses changes nothing, nor does their order in the batch", () => {
  fc.assert(
    fc.property(month, fc.integer({ min: 1, max: 99 }), (given, percent) => {
      const part = (of: Decimal) =>
        cut(mulRatios(ratioOf(of), ratioOf(decimal(text(percent)))), 12);
      const smaller = given.uses
        .flatMap((each) => [
          { ...each, quantity: part(each.quantity) },
          { ...each, quantity: sub(each.quantity, part(each.quantity)) },
        ])
        .toReversed();
      expect(whole(inStretches({ ...given, uses: smaller }, []))).toEqual(
        whole(inStretches(given, [])),
      );
    }),
    { numRuns: 300 },
  );
});

test("one use at a time comes to the same as all at once", () => {
  fc.assert(
    fc.property(month, (given) => {
      const plain = { ...given, resets: [], voids: [] };
      const sorted = usageOf(given.uses)(start, end);
      const single = sorted.reduce(
        (credits, each) => after(credits, { kind: "use", ...each }),
        creditsOf(given.grants),
      );
      const atEnd = after(single, { kind: "pass", at: end });
      const batch = after(inStretches(plain, []), { kind: "pass", at: end });
      expect(whole(atEnd)).toEqual(whole(batch));
    }),
    { numRuns: 300 },
  );
});

test("the order in which grants are given changes nothing", () => {
  const shuffled = month.chain((given) =>
    fc
      .shuffledSubarray(given.grants, { minLength: given.grants.length })
      .map((order) => ({ given: { ...given, voids: [] }, order })),
  );
  fc.assert(
    fc.property(shuffled, ({ given, order }) => {
      expect(whole(inStretches(given, [], order))).toEqual(whole(inStretches(given, [])));
    }),
    { numRuns: 300 },
  );
});

test("the costs of all movements of a grant add up to what is left at its unit cost", () => {
  fc.assert(
    fc.property(month, (given) => {
      const credits = creditsOf(given.grants);
      const result = burnDown(credits, {
        to: end,
        usage: usageOf(given.uses),
        voids: [],
        resets: given.resets.map((at) => start + at * HOUR),
        overage: given.overage,
      });
      if (!result.ok) throw new Error(result.fault.detail);
      const priced = pricedMovements(credits, result.movements);
      for (const { terms, given: all, ...held } of result.credits.held) {
        const begun = credits.held.find((each) => each.terms.grant === terms.grant)?.given ?? zero;
        const gained = costsOf(priced, terms, ["granted", "raised"]);
        const lost = costsOf(priced, terms, ["burnt", "expired", "voided", "lapsed"]);
        expect(toText(gained)).toBe(toText(sub(atCost(terms, all), atCost(terms, begun))));
        expect(toText(lost)).toBe(toText(atCost(terms, goneOf({ terms, given: all, ...held }))));
        const bySegment = result.segments
          .flatMap(({ burns }) => burns)
          .filter((burn) => burn.grant === terms.grant);
        const amounts = sum(bySegment.map(({ amount }) => amount));
        if (given.resets.length === 0) expect(toText(amounts)).toBe(toText(held.burnt));
      }
    }),
    { numRuns: 300 },
  );
});

function costsOf(
  priced: ReturnType<typeof pricedMovements>,
  { grant: id }: Grant,
  kinds: readonly string[],
): Decimal {
  return sum(
    priced
      .filter(
        ({ movement }) =>
          "grant" in movement && movement.grant === id && kinds.includes(movement.kind),
      )
      .map(({ cost }) => cost),
  );
}

/** Units at cost, cut as a posting is: the exact value of all of them. */
function atCost({ cost }: Grant, units: Decimal): Decimal {
  return cost === null ? zero : cut(mulRatios(ratioOf(units), cost.perUnit), 24);
}

const zero = decimal("0");
