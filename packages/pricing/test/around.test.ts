import { decimal, type Decimal, ratioOf, sum, toText } from "@tallybook/money";
import {
  aboveMaximum,
  applyPrepaid,
  averageOver,
  capCredit,
  type Commitment,
  countDays,
  type Coupon,
  creditNotes,
  discountRounded,
  discountUsage,
  leftToBill,
  payFromBalance,
  prorate,
  prorateChange,
  proratedTrueUp,
  rateBetween,
  rateCapacity,
  rateCommitment,
  rateCommittedWindows,
  rateProrated,
  rateSeveral,
  rateTimeWindows,
  rateUsage,
  roundMoney,
  spreadCoupons,
  spreadDiscount,
  stackDiscounts,
  sumOfMoney,
  taxesOf,
  taxInvoice,
  thresholdBills,
  trueUpOfRounded,
  useIncluded,
  withinBounds,
  withTax,
} from "@tallybook/pricing";
import { describe, expect, test } from "vitest";
import { currencyOf, text, tiers, usd } from "./lines.ts";
import { made, madeQuantity } from "./specs.ts";

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
    const off = stackDiscounts(ratioOf(decimal("100")), [percent("10"), fixed("80"), fixed("50")]);
    expect(off.map(text)).toEqual(["10", "80", "10"]);
  });

  test("the order of a percentage and a fixed amount matters", () => {
    const inOrder = (...list: Parameters<typeof stackDiscounts>[1]) =>
      stackDiscounts(ratioOf(decimal("100")), list).map(text);
    expect(inOrder(fixed("20"), percent("50"))).toEqual(["20", "40"]);
    expect(inOrder(percent("50"), fixed("20"))).toEqual(["50", "20"]);
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

describe("parts of a period", () => {
  test("days are counted by a convention that is said", () => {
    const days = (of: "end_excluded" | "both_ends_included") => toText(countDays(1, 31, of));
    expect([days("end_excluded"), days("both_ends_included")]).toEqual(["30", "31"]);
    expect(toText(countDays(31, 1, "end_excluded"))).toBe("0");
    expect(text(prorate(ratioOf(decimal("50")), decimal("3"), decimal("28")))).toBe(
      "5.357142857142",
    );
  });

  test("a change gives back the rest of the old, at most what was paid, and charges the rest of the new", () => {
    const rest = { remaining: decimal("17"), whole: decimal("31") };
    const change = (alreadyPaid: string | null) =>
      Object.values(
        prorateChange(
          {
            oldAmount: decimal("100"),
            newAmount: decimal("30"),
            alreadyPaid: alreadyPaid === null ? null : decimal(alreadyPaid),
          },
          rest,
          usd,
        ),
      ).map((each: Decimal) => toText(each));
    expect(change("100")).toEqual(["-54.84", "16.45", "-38.39"]);
    expect(change("20")).toEqual(["-20", "16.45", "-3.55"]);
    expect(change(null)).toEqual(["-54.84", "16.45", "-38.39"]);
  });

  test("credit notes over one invoice give back exactly its tax", () => {
    const notes = creditNotes(
      { net: decimal("10"), taxPercent: decimal("3.3") },
      numbers("3.33", "3.33", "3.34"),
      usd,
    );
    expect(notes.map(({ tax }) => toText(tax))).toEqual(["0.11", "0.11", "0.11"]);
    const odd = creditNotes(
      { net: decimal("1"), taxPercent: decimal("15") },
      numbers("0.5", "0.5"),
      usd,
    );
    expect(odd.map(({ tax }) => toText(tax))).toEqual(["0.08", "0.07"]);
  });

  test("no more is given back than was paid and not given back before", () => {
    const credit = (...given: string[]) => {
      const [potential = "", paid = "", earlier = ""] = given;
      return toText(capCredit(decimal(potential), decimal(paid), decimal(earlier)));
    };
    expect([
      credit("100", "200", "180"),
      credit("100", "200", "250"),
      credit("10", "200", "0"),
    ]).toEqual(["20", "0", "10"]);
  });

  test("a piece tells which tiers it reaches into", () => {
    const graduated = madeQuantity({
      model: "graduated",
      tiers: tiers("5 - 100", "10 1", "- 2"),
      per: "1",
      beyond: null,
      zero_usage: "nothing",
    });
    const { cumulative, touched } = rateBetween(graduated, decimal("3"), decimal("12"));
    expect(touched.map(({ tier, quantity }) => `${tier}: ${toText(quantity)}`)).toEqual([
      "1: 2",
      "2: 5",
      "3: 2",
    ]);
    expect(text(cumulative.amount)).toBe("109");
  });

  test("units that come and go are priced where the running units lie, weighted by what is left of the period", () => {
    const graduated = made({
      model: "graduated",
      tiers: tiers("5 10 100", "- 5 50"),
      per: "1",
      beyond: null,
      zero_usage: "first_flat",
    });
    if (graduated.model !== "graduated") throw new Error("another model");
    const rated = (...events: readonly string[]) =>
      text(
        rateProrated(
          graduated,
          events.map((event) => {
            const [units = "", weighted = ""] = event.split("@");
            return { units: decimal(units), weighted: decimal(weighted) };
          }),
        ),
      );
    expect(rated("4@2.8", "2@1", "-3@-0.6")).toBe("180.5");
    expect(rated("7@7", "-6@0")).toBe("210");
    expect(rated("3@0", "-3@0", "5@5")).toBe("150");
    expect(rated("4@1.6", "-100@-33.33")).toBe("0");
    expect(rated("4@1", "-1@-9")).toBe("100");
    expect(rated()).toBe("100");
  });
});

describe("several units, hours, thresholds and wallets", () => {
  test("each unit by its own price, in the order of their names, and rounded before what was billed is taken off", () => {
    const charges = new Map([
      ["gb", perUnit("0.067")],
      ["calls", perUnit("2")],
    ]);
    const used = new Map([
      ["gb", decimal("55")],
      ["calls", decimal("3")],
      ["seats", decimal("9")],
    ]);
    const { amount, lines } = rateSeveral(charges, used);
    expect(lines.map(({ unit, share }) => `${unit} ${text(share.amount)}`)).toEqual([
      "calls 6",
      "gb 3.685",
    ]);
    expect(text(leftToBill(amount, decimal("9.69"), usd))).toBe("0");
    expect(text(leftToBill(amount, decimal("9.69"), null))).toBe("-0.005");
  });

  test("capacity: the first tier whose limits hold, none without usage, refused beyond the widest", () => {
    const capacity = made({
      model: "capacity",
      tiers: [
        { amount: "1", max: { seats: "5", gb: "10" } },
        { amount: "9", max: { seats: "9", gb: "90" } },
      ],
    });
    if (capacity.model !== "capacity") throw new Error("another model");
    const rated = (seats: string, gb: string) =>
      rateCapacity(
        capacity,
        new Map([
          ["seats", decimal(seats)],
          ["gb", decimal(gb)],
        ]),
      ).tier;
    expect([rated("5", "10"), rated("5", "10.1"), rated("0", "0")]).toEqual([1, 2, null]);
    expect(() => rated("10", "1")).toThrow("no tier has the capacity for 10 seats, 1 gb");
  });

  test("usage outside of all windows is refused where the price has nothing for it", () => {
    const windows = made({
      model: "time_windows",
      time_zone: "UTC",
      windows: [
        {
          name: "peak",
          days: [1],
          from_minute: 60,
          to_minute: 120,
          charge: { model: "per_unit", unit_amount: "1", per: "1" },
        },
      ],
      otherwise: null,
    });
    if (windows.model !== "time_windows") throw new Error("another model");
    const at = (minute: number) => [{ day: 1, minute, quantity: decimal("2") }];
    expect(text(rateTimeWindows(windows, at(60)).amount)).toBe("2");
    expect(text(rateTimeWindows(windows, at(119)).amount)).toBe("2");
    expect(() => rateTimeWindows(windows, at(120))).toThrow(
      "2 units lie outside of all time windows",
    );
    const quantity = { of: "quantity", quantity: decimal("1") } as const;
    expect(() => rateUsage(windows, quantity)).toThrow(
      "a time_windows price is rated from times, and not from quantity",
    );
  });

  test("usage is billed whenever it reaches a threshold that it had not reached", () => {
    const bills = (recurring: string | null, ...amounts: readonly string[]) =>
      thresholdBills(
        { once: numbers("2", "5", "7"), recurring: recurring === null ? null : decimal(recurring) },
        numbers(...amounts),
      ).map(toText);
    expect(bills("10", "2.2", "4.4", "6.6", "8.8", "30.8", "52.8")).toEqual([
      "2.2",
      "4.4",
      "2.2",
      "22",
      "22",
    ]);
    expect(bills("10", "16.99", "17", "26.99", "27")).toEqual(["16.99", "0.01", "10"]);
    expect(bills(null, "1", "9", "100")).toEqual(["9"]);
  });

  test("prepaid money pays in the order of lines and wallets, after discounts", () => {
    const line = (type: "usage" | "fixed", amount: string, ...discounts: string[]) => ({
      type,
      amount: decimal(amount),
      discounts: numbers(...discounts),
    });
    const lines = [line("fixed", "30"), line("usage", "100", "20", "10"), line("usage", "5")];
    const wallets = [
      { wallet: "a", balance: decimal("50") },
      { wallet: "empty", balance: decimal("-3") },
      { wallet: "b", balance: decimal("40") },
    ];
    const paid = (pays: "usage_lines" | "all_lines") => {
      const { applied, debits } = applyPrepaid(lines, wallets, pays, usd);
      return [
        applied.map(toText),
        debits.map(({ wallet, amount }) => `${wallet} ${toText(amount)}`),
      ];
    };
    expect(paid("usage_lines")).toEqual([
      ["0", "70", "5"],
      ["a 50", "b 25"],
    ]);
    expect(paid("all_lines")).toEqual([
      ["30", "60", "0"],
      ["a 50", "b 40"],
    ]);
    const rest = payFromBalance(decimal("0.11"), decimal("100"));
    expect([rest.applied, rest.total, rest.balance].map(toText)).toEqual(["0.11", "0", "99.89"]);
  });
});

function numbers(...texts: readonly string[]): Decimal[] {
  return texts.map(decimal);
}

test("nothing is lost on the way: a sum of shares is the whole", () => {
  const shares = spreadDiscount(numbers("3", "3", "1"), decimal("5"), usd);
  expect(toText(sum(shares))).toBe("5");
});
