import { compareRatios, cut, decimal, ratio, type Ratio, sum, toText } from "@tallybook/money";
import { type ChargeSpec, explainCharge, makeCharge } from "@tallybook/pricing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as prices from "./prices.ts";

// Quantities and bounds are whole tenths, amounts whole thousandths: the oracles count tenths.
const tenths = fc.integer({ min: 0, max: 400 });
const thousandths = fc.integer({ min: 0, max: 50 });
const per = fc.integer({ min: 1, max: 7 });

interface TierDrawn {
  readonly end: number;
  readonly unit: number;
  readonly flat: number;
}

const tier = fc.record({
  end: fc.integer({ min: 1, max: 350 }),
  unit: thousandths,
  flat: thousandths,
});

const tiers = fc
  .uniqueArray(tier, { minLength: 1, maxLength: 5, selector: (each) => each.end })
  .map((list) => list.toSorted((a, b) => a.end - b.end));

const isOpen = fc.boolean();

describe("a rating equals naive counting", () => {
  test("graduated: each tenth of a unit at the price of the tier it lies in", () => {
    fc.assert(
      fc.property(tiers, isOpen, per, tenths, (list, isOpen, per, quantity) => {
        let usage = 0n;
        let flat = 0n;
        for (let at = 1; at <= quantity; at += 1) {
          const index = tierHolding(list, at);
          usage += BigInt(list[index]?.unit ?? 0);
          const isFirst = at === 1 || tierHolding(list, at - 1) !== index;
          if (isFirst) flat += BigInt(list[index]?.flat ?? 0);
        }
        const rating = rated(tiered("graduated", list, isOpen, per), quantity);
        expect(compareRatios(rating.amount, counted(usage, flat, per))).toBe(0);
      }),
    );
  });

  test("volume: all of it at the price of the tier it ends in", () => {
    fc.assert(
      fc.property(tiers, isOpen, per, tenths, (list, isOpen, per, quantity) => {
        const end = quantity === 0 ? undefined : list[tierHolding(list, quantity)];
        const usage = BigInt(quantity) * BigInt(end?.unit ?? 0);
        const rating = rated(tiered("volume", list, isOpen, per), quantity);
        expect(compareRatios(rating.amount, counted(usage, BigInt(end?.flat ?? 0), per))).toBe(0);
      }),
    );
  });

  test("package: one more for each one begun", () => {
    fc.assert(
      fc.property(per, tenths, thousandths, tenths, (size, free, amount, quantity) => {
        let begun = 0n;
        for (let at = free; at < quantity; at += size) begun += 1n;
        const price = packageOf(size, free, amount);
        expect(
          compareRatios(rated(price, quantity).amount, counted(0n, begun * BigInt(amount), 1)),
        ).toBe(0);
      }),
    );
  });

  test("per unit: the amount as often as there are units", () => {
    fc.assert(
      fc.property(per, thousandths, tenths, (per, unit, quantity) => {
        const price = perUnit(unit, per);
        expect(
          compareRatios(
            rated(price, quantity).amount,
            counted(BigInt(quantity) * BigInt(unit), 0n, per),
          ),
        ).toBe(0);
      }),
    );
  });
});

const anyPrice = fc.oneof(
  fc.tuple(tiers, isOpen, per).map(([list, open, per]) => tiered("graduated", list, open, per)),
  fc.tuple(tiers, isOpen, per).map(([list, open, per]) => tiered("volume", list, open, per)),
  fc.tuple(per, tenths, thousandths).map(([size, free, each]) => packageOf(size, free, each)),
  fc.tuple(thousandths, per).map(([unit, per]) => perUnit(unit, per)),
);

describe("of every valid price", () => {
  test("it is found valid", () => {
    fc.assert(
      fc.property(anyPrice, (price) => {
        expect(makeCharge(price, { meter: "units" }).ok).toBe(true);
      }),
    );
  });

  test("tiers add up to the quantity, and to the amount cut at 24 decimals", () => {
    fc.assert(
      fc.property(anyPrice, tenths, (price, quantity) => {
        const rating = rated(price, quantity);
        const { amount } = rating;
        const explained = explainCharge(rating);
        const steps = explained.of === "quantity" ? explained.steps : [];
        const quantities = steps.map((each) => decimal(each.quantity));
        const amounts = steps.map((each) => decimal(each.amount));
        expect(toText(sum(quantities))).toBe(toText(inTenths(quantity)));
        expect(toText(sum(amounts))).toBe(toText(cut(amount, 24)));
      }),
    );
  });

  test("more usage never costs less, save where a volume tier gives its discount", () => {
    const monotonous = anyPrice.filter((price) => price.model !== "volume");
    fc.assert(
      fc.property(monotonous, tenths, tenths, (price, a, b) => {
        const less = rated(price, Math.min(a, b)).amount;
        const more = rated(price, Math.max(a, b)).amount;
        expect(compareRatios(less, more)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test("the price is exact far beyond what a float holds", () => {
    const large = fc.bigInt({ min: 1n, max: 10n ** 18n - 1n });
    fc.assert(
      fc.property(large, large, (quantity, unit) => {
        const { amount } = prices.rated(prices.perUnit(`${unit}`, "1000000"), `${quantity}`);
        const exact = ratio(decimal(`${quantity * unit}`), decimal("1000000"));
        expect(compareRatios(amount, exact)).toBe(0);
      }),
    );
  });
});

function tiered(
  model: "graduated" | "volume",
  list: readonly TierDrawn[],
  isOpen: boolean,
  per: number,
): ChargeSpec {
  const tiers = list.map((each, index) => ({
    up_to: isOpen && index === list.length - 1 ? null : toText(inTenths(each.end)),
    unit_amount: toText(inThousandths(each.unit)),
    flat_amount: toText(inThousandths(each.flat)),
    cap_amount: null,
  }));
  return prices.tiered(model, tiers, { per: `${per}`, beyond: isOpen ? null : "last_tier" });
}

function packageOf(size: number, free: number, amount: number): ChargeSpec {
  const [units, each, first] = [inTenths(size), inThousandths(amount), inTenths(free)];
  return prices.packages(toText(units), toText(each), toText(first));
}

function perUnit(unit: number, per: number): ChargeSpec {
  return prices.perUnit(toText(inThousandths(unit)), `${per}`);
}

function tierHolding(list: readonly TierDrawn[], at: number): number {
  const index = list.findIndex((each) => at <= each.end);
  return index === -1 ? list.length - 1 : index;
}

function rated(price: ChargeSpec, quantity: number) {
  return prices.rated(price, toText(inTenths(quantity)));
}

/** Usage in tenths of a unit times thousandths of a unit amount, flat in thousandths. */
function counted(usage: bigint, flat: bigint, per: number): Ratio {
  const tenThousandths = usage + flat * 10n * BigInt(per);
  return ratio(decimal(`${tenThousandths}`), decimal(`${per * 10_000}`));
}

function inTenths(count: number) {
  return decimal((count / 10).toFixed(1));
}

function inThousandths(count: number) {
  return decimal((count / 1_000).toFixed(3));
}
