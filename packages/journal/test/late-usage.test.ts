import type { CatalogFact, LateUsagePolicySet } from "@tallybook/catalog";
import { ratedPeriods } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { decimal, sum, toText } from "@tallybook/money";
import type { UsageRow } from "@tallybook/usage";
import fc from "fast-check";
import {
  at,
  coupon,
  couponApplied,
  customer,
  fee,
  latePolicy,
  perUnit,
  plan,
  row,
  settings,
  subscription,
  tiered,
} from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

function policy(amount: string | null, of: Partial<LateUsagePolicySet> = {}): CatalogFact {
  const write_off_below = amount === null ? [] : [{ currency: "USD", amount }];
  return latePolicy({ treatment: "next_invoice", write_off_below, ...of });
}

function vendor(writeOffBelow: string | null, ...more: readonly CatalogFact[]): World {
  const world = newWorld();
  world.tell(
    settings(0),
    policy(writeOffBelow),
    customer("acme"),
    plan("dev", [
      fee("monthly", "20"),
      tiered("graduated", "input", "tokens", [
        ["1000000", "0.50"],
        ["3000000", "0.30"],
      ]),
      perUnit("thirds", "images", "0.01", "3"),
    ]),
    subscription("s1", "acme", "dev", "2023-11-01"),
    ...more,
  );
  world.use(row(0, "acme", "tokens", "2023-11-16", "900000"));
  world.step(0, "2023-12-02");
  return world;
}

/** What stands on the accounts in the end, but for those of fees. */
function balances(posted: readonly TransactionPosted[]): Record<string, string> {
  const byAccount = Map.groupBy(
    posted.flatMap(({ postings }) => postings),
    ({ account }) => account,
  );
  return Object.fromEntries(
    [...byAccount].map(([account, all]) => [
      account,
      toText(sum(all.map(({ amount }) => decimal(amount)))),
    ]),
  );
}

function posted({ facts }: World): TransactionPosted[] {
  return facts.filter((fact) => fact.kind === "TransactionPosted");
}

/** A hundred thousandths of a dollar for each 20 tokens that come late at a cut. */
function late(world: World, cut: number, quantity: string) {
  world.use(row(cut, "acme", "tokens", "2023-11-17", quantity));
  const [adjustment] = world.step(cut, `2023-12-0${cut + 2}`);
  const { written_off = null } = adjustment?.evidence ?? {};
  const owed = adjustment?.postings.map(({ amount }) => amount);
  return [owed, written_off && [written_off.amount, written_off.late, written_off.reason]];
}

const reason = "not worth a stamp";

describe("late usage that is small", () => {
  test("is written off while all that came late of a charge is below what the tenant says, and asked for beyond", () => {
    const world = vendor("0.05");
    expect(late(world, 1, "60000")).toEqual([
      ["0", "0.03", "-0.03"],
      ["0.03", "0.03", reason],
    ]);
    expect(late(world, 2, "20000")).toEqual([
      ["0", "0.01", "-0.01"],
      ["0.01", "0.04", reason],
    ]);
    expect(late(world, 3, "20000")).toEqual([
      ["0.05", "-0.04", "-0.01"],
      ["-0.04", "0.05", "all that came late is no longer below 0.05"],
    ]);
    expect(late(world, 4, "100000")).toEqual([["0.03", "-0.03"], null]);
    // A correction that takes most of it back.
    expect(late(world, 5, "-180000")).toEqual([
      ["-0.08", "0.01", "0.07"],
      ["0.01", "0.01", reason],
    ]);
    // What is due to the customer is never kept.
    expect(late(world, 6, "-40000")).toEqual([
      ["-0.01", "-0.01", "0.02"],
      ["-0.01", "-0.01", "late usage makes it no dearer in all"],
    ]);
    const [rated] = ratedPeriods(world.ledger);
    const input = rated?.prices.values().find(({ price }) => price === "input");
    expect(input && [toText(input.adjusted), toText(input.writtenOff)]).toEqual(["-0.01", "0"]);
  });

  test("is asked for by everybody else, and in every other currency", () => {
    const elsewhere = [{ currency: "JPY", amount: "100" }];
    for (const of of [{ tenant: "other" }, { write_off_below: elsewhere }]) {
      const world = newWorld();
      world.tell(
        settings(0),
        policy("100", of),
        customer("acme"),
        plan("dev", [perUnit("input", "tokens", "0.01", "1")]),
        subscription("s1", "acme", "dev", "2023-11-01"),
      );
      world.step(0, "2023-12-02");
      world.use(row(1, "acme", "tokens", "2023-11-17", "3"));
      const [adjustment] = world.step(1, "2023-12-03");
      expect(adjustment?.evidence.written_off).toBeNull();
      expect(adjustment?.postings[0]?.amount).toBe("0.03");
    }
  });

  test("goes by the policy of the cut at which it is known: of all that came late, and not before somebody touches the charge", () => {
    const none = policy(null, { version: 2, effective_at: at("2023-12-04"), reason: "all counts" });
    const world = vendor("0.05", none);
    expect(late(world, 1, "60000")[1]).toEqual(["0.03", "0.03", reason]);
    // 2023-12-04: the second policy holds, whatever was known of it before; what is written off stays so until more comes.
    expect(world.step(2, "2023-12-04")).toEqual([]);
    expect(late(world, 3, "20000")).toEqual([
      ["0.04", "-0.03", "-0.01"],
      ["-0.03", "0.04", "nothing is written off any more"],
    ]);
  });

  test("has nothing taken off by a coupon: what is not asked for is not discounted", () => {
    const half = coupon("half", { percent_off: "50" });
    const world = vendor("0.05", half, couponApplied("half", "acme", "2023-11-01"));
    const kinds = (cut: number, quantity: string) => {
      world.use(row(cut, "acme", "tokens", "2023-11-17", quantity));
      const posted = world.step(cut, `2023-12-0${cut + 2}`);
      return posted.map((each) => [each.transaction_kind, each.postings[0]?.amount]);
    };
    expect(kinds(1, "60000")).toEqual([["adjustment", "0"]]);
    expect(kinds(2, "40000")).toEqual([
      ["adjustment", "0.05"],
      ["discount", "-0.025"],
    ]);
  });
});

/** Events and corrections: what a correction takes back is below zero. */
const change: fc.Arbitrary<UsageRow> = fc
  .record({
    meter: fc.constantFrom("tokens", "images"),
    day: fc.integer({ min: 1, max: 28 }),
    quantity: fc.integer({ min: -2_000, max: 40_000 }),
    model: fc.constantFrom("a", "b"),
  })
  .map(({ meter, day, quantity, model }) =>
    row(0, "acme", meter, `2023-11-${String(day).padStart(2, "0")}`, String(quantity), { model }),
  );

const coupons = [
  coupon("third", { percent_off: "33.333" }),
  coupon("images", { amount_off: "100", currency: "USD", duration: "once" }),
  couponApplied("third", "acme", "2023-11-01"),
  couponApplied("images", "acme/s1", "2023-11-01"),
];

describe("a hundred small corrections", () => {
  test("and one big one end at the same money, whatever is written off and taken off", () => {
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 100 }),
        fc.constantFrom(null, "0.01", "0.2", "1", "50"),
        fc.constantFrom([], coupons.slice(0, 1), coupons),
        (changes, below, more) => {
          const [one, many] = [vendor(below, ...more), vendor(below, ...more)];
          one.use(...changes.map((each) => ({ ...each, cut: 1 })));
          one.step(1, "2023-12-03");
          for (const [at, each] of changes.entries()) {
            many.use({ ...each, cut: at + 1 });
            many.step(at + 1, "2023-12-03");
          }
          expect(nonZero(balances(posted(many)))).toEqual(nonZero(balances(posted(one))));
        },
      ),
      { numRuns: 60 },
    );
  });
});

function nonZero(accounts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(accounts).filter(([, amount]) => amount !== "0"));
}
