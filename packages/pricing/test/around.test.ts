import { decimal, type Decimal, ratioOf, sum, toText } from "@tallybook/money";
import {
  aboveMaximum,
  averageOver,
  type Commitment,
  type Coupon,
  discountRounded,
  discountUsage,
  proratedTrueUp,
  rateCommitment,
  rateCommittedWindows,
  roundMoney,
  spreadCoupons,
  spreadDiscount,
  stackDiscounts,
  sumOfMoney,
  taxesOf,
  taxInvoice,
  trueUpOfRounded,
  useIncluded,
  withinBounds,
  withTax,
} from "@tallybook/pricing";
import { describe, expect, test } from "vitest";
import { currencyOf, text, usd } from "./lines.ts";
import { madeQuantity } from "./specs.ts";

const yen = currencyOf("JPY");
const fixed = (amountOff: string) => ({ kind: "fixed", amountOff: decimal(amountOff) }) as const;
const percent = (percentOff: string) =>
  ({ kind: "percent", percentOff: decimal(percentOff) }) as const;
const perUnit = (unit_amount: string) => madeQuantity({ model: "per_unit", unit_amount, per: "1" });

describe("rounding", () => {
  test("a half goes away from zero, in the minor units of the currency", () => {
    const rounded = (amount: string, currency = usd) =>
      toText(roundMoney(ratioOf(decimal(amount)), currency));
    expect([rounded("10.275"), rounded("0.004"), rounded("-100.5", yen), rounded("1.005")]).toEqual(
      ["10.28", "0", "-101", "1.01"],
    );
  });

  test("amounts are rounded each, together, or not at all", () => {
    const thirds = ["33.335", "33.335", "33.33"].map((each) => ratioOf(decimal(each)));
    const by = (policy: "each" | "sum" | "none") => text(sumOfMoney(thirds, usd, policy));
    expect([by("each"), by("sum"), by("none")]).toEqual(["100.01", "100", "100"]);
    const tinies = ["0.004", "0.004"].map((each) => ratioOf(decimal(each)));
    expect(text(sumOfMoney(tinies, usd, "sum"))).toBe("0.01");
  });

  test("an average over nothing is nothing", () => {
    expect(text(averageOver(ratioOf(decimal("10")), decimal("0")))).toBe("0");
    expect(text(averageOver(ratioOf(decimal("10")), decimal("4")))).toBe("2.5");
  });
});

describe("discounts", () => {
  test("never more than there is", () => {
    const of = discountRounded(decimal("10"), fixed("15"), usd);
    expect([toText(of.discount), toText(of.final)]).toEqual(["10", "0"]);
    const off = stackDiscounts(
      ratioOf(decimal("100")),
      [percent("10"), fixed("80"), fixed("50")],
      "as_given",
    );
    expect(off.map(text)).toEqual(["10", "80", "10"]);
  });

  test("the order of a percentage and a fixed amount matters", () => {
    const inOrder = (...list: Parameters<typeof stackDiscounts>[1]) =>
      stackDiscounts(ratioOf(decimal("100")), list, "as_given").map(text);
    expect(inOrder(fixed("20"), percent("50"))).toEqual(["20", "40"]);
    expect(inOrder(percent("50"), fixed("20"))).toEqual(["50", "20"]);
    const list = [fixed("20"), percent("50"), fixed("90")];
    const off = stackDiscounts(ratioOf(decimal("100")), list, "percentages_first");
    expect(off.map(text)).toEqual(["20", "50", "30"]);
  });

  test("a discount in cents over lines adds up exactly", () => {
    const shares = spreadDiscount(numbers("10", "10", "10"), decimal("10"), usd);
    expect(shares.map(toText)).toEqual(["3.34", "3.33", "3.33"]);
    expect(spreadDiscount(numbers("10", "20"), decimal("40"), usd).map(toText)).toEqual([
      "10",
      "20",
    ]);
    expect(spreadDiscount(numbers("0", "0"), decimal("4"), usd).map(toText)).toEqual(["0", "0"]);
  });

  test("a later coupon is spread over what an earlier one left, on its own lines", () => {
    const coupons: Coupon[] = [
      { discount: fixed("20"), lines: [0, 1] },
      { discount: fixed("5"), lines: null },
      { discount: percent("10"), lines: [2] },
    ];
    const off = spreadCoupons(numbers("10", "20", "30"), coupons);
    expect(off.map(text)).toEqual(["7.083333333333", "14.166666666666", "6.375"]);
  });

  test("free units are used up by the earlier lines first", () => {
    const left = discountUsage(decimal("10"), decimal("15"), decimal("5"));
    expect(Object.values(left).map((each: Decimal) => toText(each))).toEqual(["10", "0", "5", "5"]);
    const none = discountUsage(decimal("10"), decimal("3"), decimal("12"));
    expect(Object.values(none).map((each: Decimal) => toText(each))).toEqual(["3", "2", "0", "10"]);
  });

  test("included units carry over once, within bounds, and the carried ones go first", () => {
    const included = { units: decimal("100"), rolloverMax: decimal("30") };
    const use = (carried: string, quantity: string) =>
      Object.values(useIncluded(included, decimal(carried), decimal(quantity))).map(
        (each: Decimal) => toText(each),
      );
    // free, billable, carried on
    expect(use("0", "60")).toEqual(["60", "0", "30"]);
    expect(use("30", "20")).toEqual(["20", "0", "30"]);
    expect(use("30", "120")).toEqual(["120", "0", "10"]);
    expect(use("30", "150")).toEqual(["130", "20", "0"]);
    expect(use("30", "-5")).toEqual(["0", "0", "30"]);
  });
});

describe("taxes", () => {
  test("several taxes are rounded each and do not tax each other", () => {
    const { taxes, total } = taxesOf(
      ratioOf(decimal("99.99")),
      numbers("8.875", "2.125", "0.5"),
      usd,
    );
    expect([...taxes, total].map(toText)).toEqual(["8.87", "2.12", "0.5", "11.49"]);
    expect(toText(withTax(ratioOf(decimal("5.01")), decimal("20"), usd))).toBe("6.01");
  });

  test("an invoice rounds its tax once, from the exact ones", () => {
    const line = { amount: decimal("0.12"), taxPercents: numbers("20") };
    const invoice = taxInvoice([line, line, line], [{ discount: fixed("0.06"), lines: null }], usd);
    expect(invoice.lines.map(({ taxRounded }) => toText(taxRounded))).toEqual([
      "0.02",
      "0.02",
      "0.02",
    ]);
    expect([invoice.subtotal, invoice.discount, invoice.tax, invoice.total].map(toText)).toEqual([
      "0.36",
      "0.06",
      "0.06",
      "0.36",
    ]);
    const cents = { amount: decimal("0.01"), taxPercents: numbers("40") };
    expect(toText(taxInvoice([cents, cents], [], usd).tax)).toBe("0.01");
  });
});

describe("minimum, maximum and commitments", () => {
  const commitment: Commitment = {
    committed: { kind: "amount", amount: decimal("10") },
    overageFactor: decimal("2"),
    trueUp: true,
  };
  const priceOf = (quantity: Decimal) => ratioOf(quantity);

  test("above the commitment the factor holds, below it is trued up or not", () => {
    const rated = (usage: string, of: Commitment | null = commitment) => {
      const { total, used, overage, trueUp } = rateCommitment(of, ratioOf(decimal(usage)), priceOf);
      return [total, used, overage, trueUp].map(text).join(" ");
    };
    expect(rated("4")).toBe("10 4 0 6");
    expect(rated("4", { ...commitment, trueUp: false })).toBe("4 4 0 0");
    expect(rated("10")).toBe("10 10 0 0");
    expect(rated("16")).toBe("22 10 12 0");
    expect(rated("16", null)).toBe("16 16 0 0");
    const byQuantity = {
      ...commitment,
      committed: { kind: "quantity", quantity: decimal("12") },
    } as const;
    expect(rated("16", byQuantity)).toBe("20 12 8 0");
  });

  test("each window counts on its own, by the commitment of its hours", () => {
    const night = { charge: perUnit("1"), commitment, fromHour: 22, toHour: 6 };
    const use = (startHour: number | null, quantity: string) => ({
      startHour,
      quantity: decimal(quantity),
    });
    const { total, trueUp } = rateCommittedWindows(
      { charge: perUnit("3"), commitment: null },
      [night],
      [use(23, "4"), use(5, "11"), use(6, "1"), use(null, "1")],
    );
    expect([total, trueUp].map(text)).toEqual(["28", "6"]);
  });

  test("a maximum takes off what lies above, and bounds hold for a whole period", () => {
    const above = (line: string, before: string, maximum: string) =>
      toText(aboveMaximum(decimal(line), decimal(before), decimal(maximum), usd));
    expect([
      above("1000", "9600", "10000"),
      above("1000", "12000", "10000"),
      above("5", "0", "9"),
    ]).toEqual(["600", "1000", "0"]);
    const within = (amount: string) =>
      text(
        withinBounds(ratioOf(decimal(amount)), { minimum: decimal("5"), maximum: decimal("9") }),
      );
    expect([within("1"), within("7"), within("20")]).toEqual(["5", "7", "9"]);
  });

  test("what was used is rounded before what is missing is figured out", () => {
    const missing = (committed: string, used: string) =>
      toText(trueUpOfRounded(ratioOf(decimal(committed)), ratioOf(decimal(used)), usd));
    expect([missing("10", "9.997"), missing("1000", "749.996"), missing("5", "9")]).toEqual([
      "0",
      "250",
      "0",
    ]);
  });

  test("a minimum for a part of a period is prorated with the fees that count towards it", () => {
    const trueUp = proratedTrueUp(
      { minimum: decimal("10000"), wholePeriodFees: numbers("100"), counted: numbers("30") },
      { used: decimal("2"), whole: decimal("29") },
      usd,
    );
    expect(toText(trueUp)).toBe("652.76");
  });
});

function numbers(...texts: readonly string[]): Decimal[] {
  return texts.map(decimal);
}

test("nothing is lost on the way: a sum of shares is the whole", () => {
  const shares = spreadDiscount(numbers("3", "3", "1"), decimal("5"), usd);
  expect(toText(sum(shares))).toBe("5");
});
