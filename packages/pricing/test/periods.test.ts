import { decimal, type Decimal, ratioOf, toText } from "@tallybook/money";
import {
  applyPrepaid,
  capCredit,
  countDays,
  creditNotes,
  leftToBill,
  payFromBalance,
  prorate,
  prorateChange,
  rateBetween,
  rateCapacity,
  rateProrated,
  rateSeveral,
  rateTimeWindows,
  rateUsage,
  thresholdBills,
} from "@tallybook/pricing";
import { describe, expect, test } from "vitest";
import { text, tiers, usd } from "./lines.ts";
import { made, madeQuantity } from "./specs.ts";

const perUnit = (unit_amount: string) => madeQuantity({ model: "per_unit", unit_amount, per: "1" });

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
    const change = (alreadyPaid: string | null, earlier = "0") =>
      Object.values(
        prorateChange(
          {
            oldAmount: decimal("100"),
            newAmount: decimal("30"),
            alreadyPaid: alreadyPaid === null ? null : decimal(alreadyPaid),
            earlierCredits: decimal(earlier),
          },
          rest,
          usd,
        ),
      ).map((each: Decimal) => toText(each));
    expect(change("100")).toEqual(["-54.84", "16.45", "-38.39"]);
    expect(change("20")).toEqual(["-20", "16.45", "-3.55"]);
    expect(change("100", "90")).toEqual(["-10", "16.45", "6.45"]);
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
      unit_dimension: "unit",
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
