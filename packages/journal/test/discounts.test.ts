import type { CatalogFact, Terms } from "@tallybook/catalog";
import type { TransactionPosted } from "@tallybook/journal";
import { decimal, isNegative, sum, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import {
  at,
  billNow,
  coupon,
  couponApplied,
  customer,
  fee,
  feeInAdvance,
  perUnit,
  plan,
  row,
  settings,
  subscription,
  system,
  tiered,
} from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

const percent = (percent_off: string, of: object = {}) => coupon("part", { percent_off, ...of });
const amount = (amount_off: string, of: object = {}) =>
  coupon("sum", { amount_off, currency: "USD", ...of });

function vendor(...facts: CatalogFact[]): World {
  const world = newWorld();
  world.tell(
    settings(3_600),
    customer("acme"),
    plan("dev", [fee("base", "31"), perUnit("calls", "calls", "1")]),
    plan("ahead", [feeInAdvance("base", "31"), perUnit("calls", "calls", "1")]),
    plan("extra", [fee("care", "10")]),
    ...facts,
  );
  return world;
}

const onDev = subscription("s", "acme", "dev", "2024-01-01");
const onAhead = subscription("s", "acme", "ahead", "2024-01-01");
const used = (cut: number, time: string, quantity: string) =>
  row(cut, "acme", "calls", time, quantity);

function on(...terms: (Partial<Terms> & { from: number })[]): CatalogFact {
  const usual = { plan: "dev", quantity: "1", add_ons: [], paused: false } as const;
  const all = terms.map((each): Terms => ({ ...usual, covered: "nothing", ...each }));
  const effective_at = all[0]?.from ?? 0;
  return { kind: "SubscriptionChanged", ...system, effective_at, subscription: "s", terms: all };
}

/** As `discount 2024-01 part#1 -6.2`. */
function shown(posted: readonly TransactionPosted[]): string[] {
  return posted.map(({ transaction_kind: kind, postings, evidence, adjusts }) => {
    const { period_from, price, in_advance, discount } = evidence;
    const when = in_advance ? " in advance" : "";
    const late = kind === "discount" && adjusts !== null ? " late" : "";
    const what = discount?.application ?? price;
    return `${kind} ${formatTime(period_from).slice(0, 7)} ${what} ${postings[0]?.amount}${when}${late}`;
  });
}

/** The months of a year from January on, each with its fee: what was taken off. */
function offByMonth(world: World, months: number): string[] {
  const off: string[] = [];
  for (let month = 0; month < months; month += 1) {
    const due = new Date(Date.UTC(2024, month + 1, 1, 1)).toISOString();
    const posted = world.step(month, due);
    const discounts = posted.filter(({ transaction_kind: kind }) => kind === "discount");
    off.push(
      toText(sum(discounts.map(({ evidence }) => decimal(evidence.shares[0]?.amount ?? "0")))),
    );
  }
  return off;
}

describe("a coupon", () => {
  test("takes its percentage off fees and usage, and says which version of it was applied", () => {
    const world = vendor(percent("20"), onDev, couponApplied("part", "acme/s", "2024-01-01"));
    world.use(used(0, "2024-01-05", "9"));
    const posted = world.step(0, "2024-02-01T01:00");
    expect(shown(posted)).toEqual([
      "fee 2024-01 base 31",
      "usage 2024-01 calls 9",
      "discount 2024-01 part#1 -8",
    ]);
    expect(posted[2]?.postings).toEqual([
      { account: "assets:receivable:acme", amount: "-8" },
      { account: "income:discounts:part", amount: "8" },
    ]);
    expect(posted[2]?.evidence).toMatchObject({
      amount: "-8",
      discount: {
        coupon: "part",
        coupon_version: 1,
        application: "part#1",
        percent_off: "20",
        amount_off: null,
        base: "40",
      },
    });
  });

  test("takes its amount off each period, at most what that comes to, and carries nothing over", () => {
    const world = vendor(amount("35"), onDev, couponApplied("sum", "acme/s", "2024-01-01"));
    world.use(used(0, "2024-02-05", "100"));
    expect(offByMonth(world, 3)).toEqual(["-31", "-35", "-31"]);
  });

  test("of a customer is taken off each of its subscriptions", () => {
    const other = subscription("t", "acme", "dev", "2024-01-01");
    const world = vendor(amount("5"), onDev, other, couponApplied("sum", "acme", "2024-01-01"));
    expect(shown(world.step(0, "2024-02-01T01:00")).slice(4)).toEqual([
      "discount 2024-01 sum#1 -5",
      "discount 2024-01 sum#1 -5",
    ]);
  });

  test("lasts as many periods as it says, from the one that holds the time on", () => {
    for (const [of, expected] of [
      [{ duration: "once" }, ["0", "-3.1", "0", "0"]],
      [{ duration: "repeating", periods: "2" }, ["0", "-3.1", "-3.1", "0"]],
      [{ duration: "forever" }, ["0", "-3.1", "-3.1", "-3.1"]],
    ] as const) {
      const world = vendor(percent("10", of), onDev, couponApplied("part", "acme/s", "2024-02-29"));
      expect(offByMonth(world, 4)).toEqual(expected);
    }
  });

  test("is not used up by a period that a trial covers, or a pause", () => {
    const paused = on(
      { from: at("2024-01-01"), covered: "everything" },
      { from: at("2024-02-01"), paused: true },
      { from: at("2024-03-01") },
    );
    const once = percent("10", { duration: "once" });
    const world = vendor(once, onDev, paused, couponApplied("part", "acme/s", "2024-01-01"));
    expect(offByMonth(world, 4)).toEqual(["0", "0", "-3.1", "0"]);
  });

  test("that is taken away is not taken off the period that holds the time, nor later ones", () => {
    const until = { until: "2024-02-15" };
    const world = vendor(
      percent("10"),
      onDev,
      couponApplied("part", "acme/s", "2024-01-01", until),
    );
    expect(offByMonth(world, 3)).toEqual(["-3.1", "0", "0"]);
    const atEnd = { until: "2024-03-01" };
    const other = vendor(
      percent("10"),
      onDev,
      couponApplied("part", "acme/s", "2024-01-01", atEnd),
    );
    expect(offByMonth(other, 3)).toEqual(["-3.1", "-3.1", "0"]);
  });

  test("for a plan or a product is taken off nothing else", () => {
    const details = (product: string): CatalogFact => {
      const body = { product, description: null, add_on: true, entitlements: [], metadata: {} };
      const of = { collection: "plan_details", id: "extra", version: 1, archived: false, body };
      return { kind: "ObjectRevised", ...system, ...of };
    };
    const both = on({ from: at("2024-01-01"), add_ons: [{ plan: "extra", quantity: "1" }] });
    const applied = couponApplied("part", "acme/s", "2024-01-01");
    for (const [of, expected] of [
      [{}, "-4.1"],
      [{ plans: ["dev"] }, "-3.1"],
      [{ products: ["care"] }, "-1"],
      [{ plans: ["other"], products: ["care"] }, "-1"],
      [{ products: ["other"] }, "0"],
    ] as const) {
      const world = vendor(percent("10", of), details("care"), onDev, both, applied);
      expect(offByMonth(world, 1)).toEqual([expected]);
    }
  });

  test("takes of what those before it left", () => {
    const [first, second] = ["2024-01-01", "2024-01-02"];
    const applied = (one: string, other: string) => [
      couponApplied("part", "acme/s", one),
      couponApplied("sum", "acme/s", other),
    ];
    const percentFirst = vendor(percent("50"), amount("11"), onDev, ...applied(first, second));
    expect(shown(percentFirst.step(0, "2024-02-01T01:00")).slice(2)).toEqual([
      "discount 2024-01 part#1 -15.5",
      "discount 2024-01 sum#1 -11",
    ]);
    const amountFirst = vendor(percent("50"), amount("11"), onDev, ...applied(second, first));
    expect(shown(amountFirst.step(0, "2024-02-01T01:00")).slice(2)).toEqual([
      "discount 2024-01 part#1 -10",
      "discount 2024-01 sum#1 -11",
    ]);
  });
});

describe("what coupons take off", () => {
  test("late usage is what the first rating's coupons take off it, and goes with it", () => {
    const world = vendor(percent("20"), onDev, couponApplied("part", "acme/s", "2024-01-01"));
    world.use(used(0, "2024-01-05", "9"), used(1, "2024-01-06", "5"));
    const [, , first] = world.step(0, "2024-02-01T01:00");
    // What is told of the coupon later changes nothing of that period.
    world.tell(couponApplied("part", "acme/s", "2024-01-01", { until: "2024-01-02" }));
    const posted = world.step(1, "2024-02-02");
    expect(shown(posted)).toEqual([
      "adjustment 2024-01 calls 5",
      "discount 2024-01 part#1 -1 late",
    ]);
    expect(posted[1]).toMatchObject({ adjusts: first?.id });
    expect(posted[1]?.evidence).toMatchObject({ amount: "-9", discount: { base: "45" } });
  });

  test("a bill before the period's end and its invoice are together what they take off all", () => {
    const world = vendor(amount("10"), onDev, couponApplied("sum", "acme/s", "2024-01-01"));
    world.use(used(0, "2024-01-05", "4"), used(1, "2024-01-06", "1"));
    world.tell(billNow("s"));
    expect(shown(world.step(0, "2024-01-10"))).toEqual([
      "usage 2024-01 calls 4 in advance",
      "discount 2024-01 sum#1 -4 in advance",
    ]);
    expect(shown(world.step(1, "2024-02-01T01:00"))).toEqual([
      "fee 2024-01 base 31",
      "usage 2024-01 calls 1",
      "discount 2024-01 sum#1 -6",
    ]);
  });

  test("a charge that becomes less is given up with it", () => {
    const cheaper = tiered("volume", "calls", "calls", [
      ["10", "1000000"],
      [null, "100000"],
    ]);
    const world = vendor(
      percent("50"),
      plan("dev", [cheaper], 2),
      onDev,
      couponApplied("part", "acme/s", "2024-01-01"),
    );
    world.use(used(0, "2024-01-05", "10"), used(1, "2024-01-06", "10"));
    world.tell(billNow("s"));
    expect(shown(world.step(0, "2024-01-10"))).toEqual([
      "usage 2024-01 calls 10 in advance",
      "discount 2024-01 part#1 -5 in advance",
    ]);
    expect(shown(world.step(1, "2024-02-01T01:00"))).toEqual([
      "usage 2024-01 calls -8",
      "discount 2024-01 part#1 4",
    ]);
  });

  test("a period that a change cuts is taken off all its parts together", () => {
    const cut = on({ from: at("2024-01-01") }, { from: at("2024-01-16"), quantity: "2" });
    const world = vendor(amount("50"), onDev, cut, couponApplied("sum", "acme/s", "2024-01-01"));
    world.use(used(0, "2024-01-20", "9"));
    expect(shown(world.step(0, "2024-02-01T01:00"))).toEqual([
      "fee 2024-01 base 15",
      "fee 2024-01 base 16",
      "usage 2024-01 calls 0",
      "usage 2024-01 calls 9",
      "discount 2024-01 sum#1 -40",
    ]);
  });

  test("a fee in advance is where the coupon held when it was charged; the coupon begins with what comes", () => {
    const once = percent("100", { duration: "once" });
    const before = vendor(once, onAhead, couponApplied("part", "acme/s", "2024-01-01"));
    expect(shown(before.step(0, "2024-01-01T01:00"))).toEqual([
      "fee 2024-01 base 31 in advance",
      "discount 2024-01 part#1 -31",
    ]);
    const only = subscription("s", "acme", "fees", "2024-01-01");
    const fees = plan("fees", [feeInAdvance("base", "31")]);
    const after = vendor(once, fees, only, couponApplied("part", "acme/s", "2024-01-10"));
    after.step(0, "2024-01-11");
    expect(shown(after.step(1, "2024-02-01"))).toEqual([
      "fee 2024-02 base 31 in advance",
      "discount 2024-02 part#1 -31",
    ]);
    expect(shown(after.step(2, "2024-02-01T01:00"))).toEqual(["fee 2024-01 base 0"]);
    expect(shown(after.step(3, "2024-03-01"))).toEqual(["fee 2024-03 base 31 in advance"]);
  });

  test("a period is no more than is billed of it afterwards: no document is negative for it", () => {
    const world = vendor(percent("100"), onAhead);
    world.use(used(1, "2024-01-05", "4"));
    world.step(0, "2024-01-01T01:00");
    world.tell(couponApplied("part", "acme/s", "2024-01-01"));
    const posted = world.step(1, "2024-02-01T01:00").filter(isOfJanuary);
    expect(shown(posted)).toEqual([
      "fee 2024-01 base 0",
      "usage 2024-01 calls 4",
      "discount 2024-01 part#1 -4",
    ]);
    expect(posted[2]?.evidence).toMatchObject({ amount: "-35" });
    // What was lost stays lost: corrections that cancel each other change nothing.
    world.use(used(2, "2024-01-06", "1"));
    expect(shown(world.step(2, "2024-02-02T01:00"))).toEqual([
      "adjustment 2024-01 calls 1",
      "discount 2024-01 part#1 -1 late",
    ]);
    world.use(used(3, "2024-01-06", "-1"));
    expect(shown(world.step(3, "2024-02-03T01:00"))).toEqual([
      "adjustment 2024-01 calls -1",
      "discount 2024-01 part#1 1 late",
    ]);
  });

  test("a bill before the end is given back where the coupon is taken away before the rating", () => {
    const world = vendor(percent("50"), onDev, couponApplied("part", "acme/s", "2024-01-01"));
    world.use(used(0, "2024-01-05", "4"));
    world.tell(billNow("s"));
    world.step(0, "2024-01-10");
    world.tell(couponApplied("part", "acme/s", "2024-01-01", { until: "2024-01-11" }));
    const posted = world.step(1, "2024-02-01T01:00");
    expect(shown(posted)).toEqual([
      "fee 2024-01 base 31",
      "usage 2024-01 calls 0",
      "discount 2024-01 part#1 2",
    ]);
    expect(posted.some(({ postings }) => isNegative(decimal(postings[0]?.amount ?? "0")))).toBe(
      false,
    );
  });
});

function isOfJanuary({ evidence }: TransactionPosted): boolean {
  return evidence.period_from === at("2024-01-01");
}
