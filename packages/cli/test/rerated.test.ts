import type { RerateDifference, Rerated } from "@tallybook/audit";
import { describe, expect, test } from "vitest";
import { readPeriod } from "../src/period-option.ts";
import { reratedText } from "../src/rerated.ts";

/** A day, or a minute of one. */
function at(time: string): number {
  return Date.parse(time.length === 10 ? time : `${time}Z`) * 1_000;
}

const november = { from: at("2023-11-01"), to: at("2023-12-01") };

describe("a period on the command line", () => {
  test.each([
    ["2023-11", november],
    ["2023-11-16", { from: at("2023-11-16"), to: at("2023-11-17") }],
    ["2023-11-01/2023-12-01", november],
    ["2023-11-16T10:00:00.5Z/2023-11-16T11:00:00+01:00", undefined],
    [
      "2023-11-16T10:00:00Z/2023-11-16T12:30:00+01:00",
      { from: at("2023-11-16T10:00"), to: at("2023-11-16T11:30") },
    ],
    ["2023-13", undefined],
    ["2023-12-01/2023-11-01", undefined],
    ["2023-11-01/2023-12-01/2024-01-01", undefined],
    ["November", undefined],
    ["", undefined],
  ])("%s", (text, expected) => {
    if (expected === undefined)
      expect(() => readPeriod("rerate", text)).toThrow(`\`--period ${text}\` is no period`);
    else expect(readPeriod("rerate", text)).toEqual(expected);
  });

  test("has to be given", () => {
    expect(() => readPeriod("rerate", undefined)).toThrow("say which period");
  });
});

const difference: RerateDifference = {
  kind: "differs",
  tenant: "default",
  customer: "acme",
  subscription: "s1",
  plan: "dev",
  plan_version: 1,
  price: "input",
  meter: "tokens",
  period_from: november.from,
  period_to: november.to,
  transaction: { id: "00", kind: "usage", cut: 1, seq: 7 },
  currency: "USD",
  posted: "0.4666665",
  again: "0.5599998",
  causes: ["price"],
  reason: null,
  compared: [
    {
      step: "tier 0 to 1000000",
      what: "unit amount",
      billed: "0.5 per 1000000",
      recomputed: "0.6 per 1000000",
      equal: false,
    },
  ],
};
const rerated: Rerated = {
  period: november,
  cut: 2,
  transactions: 3,
  totals: [{ tenant: "default", currency: "USD", posted: "20.5", again: "20.5", difference: "0" }],
  differences: [],
  parked: [],
};

describe("what a period comes to again", () => {
  test("is a sentence where nothing differs", () => {
    expect(`\n${reratedText(rerated).join("\n")}\n`).toBe(`
Billing periods that begin from 2023-11-01 until before 2023-12-01, as known at cut 2:
  default: posted 20.5 USD, rated again 20.5, difference 0

No difference: all 3 transactions come out again to the byte, and nothing is missing.
`);
    expect(reratedText({ ...rerated, transactions: 0, totals: [] }).at(-1)).toBe(
      "Nothing was posted for this period, and nothing would be.",
    );
  });

  test("is a table of what differs, and each number that does", () => {
    const gone: RerateDifference = {
      ...difference,
      kind: "not_rated",
      transaction: { id: "01", kind: "adjustment", cut: 2, seq: 9 },
      again: null,
      posted: "0.2",
      causes: [],
      reason: "no such meter",
      compared: [],
    };
    const totals = [
      {
        tenant: "default",
        currency: "USD",
        posted: "0.6666665",
        again: "0.5599998",
        difference: "-0.1066667",
      },
    ];
    const text = reratedText({ ...rerated, totals, differences: [difference, gone] });
    expect(`\n${text.join("\n")}\n`).toBe(`
Billing periods that begin from 2023-11-01 until before 2023-12-01, as known at cut 2:
  default: posted 0.6666665 USD, rated again 0.5599998, difference -0.1066667

customer  subscription  period from  line                  posted      again  difference  currency  why
────────  ────────────  ───────────  ─────────────────  ─────────  ─────────  ──────────  ────────  ──────────────────────────────
acme      s1            2023-11-01   input              0.4666665  0.5599998   0.0933333  USD       price
acme      s1            2023-11-01   input, adjustment        0.2          -        -0.2  USD       no longer rated: no such meter

s1, 2023-11-01, input, transaction 7:
  step               what                  posted            again
  ─────────────────  ───────────  ───────────────  ───────────────
  tier 0 to 1000000  unit amount  0.5 per 1000000  0.6 per 1000000

s1, 2023-11-01, input, adjustment, transaction 9:
  step  what  posted  again
  ────  ────  ──────  ─────

2 lines differ from what was posted, together by -0.1066667.
`);
  });
});
