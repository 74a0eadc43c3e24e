import { reconcile } from "@tallybook/audit";
import type { Reconciliation } from "@tallybook/audit";
import { at, calendarOf, feeInAdvance, subscription } from "@tallybook/testkit/facts";
import type { Fact } from "@tallybook/wire";
import { describe, expect, test } from "vitest";

import { keepBooks, usualTerms } from "./bookkeeper.ts";
import type { Tamper } from "./bookkeeper.ts";
import { otherTerms } from "./terms.ts";

const someWeek = { whole_from: at("2023-11-09"), whole_to: at("2023-11-16") };

describe("honest books of periods that are no months", () => {
  // Of the events two are within one hour, 18:17:03 and 18:30, and their days are other ones in other zones.
  const calendars = {
    "weeks from 18:20": calendarOf("week", "UTC", { kind: "anniversary" }),
    "days of Kathmandu": calendarOf("day", "Asia/Kathmandu"),
    "two days of New York": calendarOf("day", "America/New_York", {}, 2),
    "months of the 16th": calendarOf("month", "Europe/Berlin", { kind: "day_of_month", day: 16 }),
  };

  describe.each(Object.entries(calendars))("in %s", (_, calendar) => {
    const subscriptions = [
      subscription("s1", "acme", "dev", "2023-11-09T18:20:00Z", "2023-11-20T09:59:59Z", calendar),
      subscription("s2", "acme", "dev", "2023-11-20T09:59:59Z", null, calendar),
    ];

    test.each(otherTerms)("reconcile to 0 where usage is $name", async (own) => {
      const { name: _, quantity: __, ...terms } = own;
      const { rows, lists } = await reconcile(
        await keepBooks(undefined, { ...terms, subscriptions }),
      );
      expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
      expect(lists.differences).toEqual([]);
      const rated = rows.find(({ name }) => name.startsWith("rating of the rollups"));
      expect(rated?.left).not.toBe("0");
    });

    test("show a fee, a part and a bound that somebody changed", async () => {
      for (const evidence of [
        { shares: [{ dimensions: {}, quantity: "1", amount: "7" }] },
        { period_to: at("2023-11-16T18:25:00Z") },
        {
          part: { ...someWeek, proration: "by_second" as const, numerator: "1", denominator: "9" },
        },
      ]) {
        const books = await keepBooks(
          change((fact) =>
            fact.kind === "TransactionPosted" && fact.seq === 0
              ? { ...fact, evidence: { ...fact.evidence, ...evidence } }
              : fact,
          ),
          { ...usualTerms, subscriptions },
        );
        const { rows } = await reconcile(books);
        const wrong = rows.filter(({ residual }) => residual !== "0").map(({ name }) => name);
        expect(wrong).toContain("transactions = links of the chain");
      }
    });
  });

  describe("with a fee in advance", () => {
    const terms = { ...usualTerms, monthly: feeInAdvance("monthly", "20") };

    test.each([
      ["of months", undefined],
      [
        "of weeks, the last of which ends early",
        [
          subscription(
            "s1",
            "acme",
            "dev",
            "2023-11-09T18:20:00Z",
            "2023-11-28",
            calendars["weeks from 18:20"],
          ),
        ],
      ],
    ])("reconcile to 0 %s", async (_, subscriptions) => {
      const { rows, lists } = await reconcile(
        await keepBooks(
          undefined,
          subscriptions === undefined ? terms : { ...terms, subscriptions },
        ),
      );
      expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
      expect(lists.differences).toEqual([]);
    });

    test("owe it before the period is over, and show one that is missing", async () => {
      const honest = await reconcile(await keepBooks(undefined, terms));
      const fees = ({ rows }: Reconciliation) =>
        rows.find(({ name }) => name.startsWith("fees of"));
      // November's and December's.
      expect(fees(honest)).toMatchObject({ left: "40", right: "40" });
      const isDecembers = (fact: Fact) =>
        fact.kind === "TransactionPosted" &&
        fact.evidence.in_advance &&
        fact.evidence.subscription === "s2";
      const wrong = await reconcile(await keepBooks(drop(isDecembers), terms));
      expect(fees(wrong)).toMatchObject({ left: "40", right: "20", residual: "20" });
    });
  });
});

function change(how: (fact: Fact) => Fact): Tamper {
  return (fact) => how(fact);
}

function drop(which: (fact: Fact) => boolean): Tamper {
  return (fact) => (which(fact) ? undefined : fact);
}
