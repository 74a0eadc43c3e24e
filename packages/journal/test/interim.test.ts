import type { CatalogFact } from "@tallybook/catalog";
import { ratedPeriods } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { add, decimal, isZero, sum, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import {
  at,
  billNow,
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
import type { UsageRow } from "@tallybook/usage";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

const calls = perUnit("calls", "calls", "1");

function vendor(...facts: CatalogFact[]): World {
  const world = newWorld();
  world.tell(
    settings(3_600),
    customer("acme"),
    plan("dev", [fee("base", "31"), calls]),
    plan("other", [perUnit("calls", "calls", "7")]),
    subscription("s1", "acme", "dev", "2024-01-01"),
    ...facts,
  );
  return world;
}

const used = (cut: number, time: string, quantity: string) =>
  row(cut, "acme", "calls", time, quantity);

/** As `usage 2024-01 calls 5 in advance`. */
function shown(posted: readonly TransactionPosted[]): string[] {
  return posted.map(({ transaction_kind: kind, postings, evidence }) => {
    const { period_from, price, in_advance } = evidence;
    const when = in_advance ? " in advance" : "";
    return `${kind} ${formatTime(period_from).slice(0, 7)} ${price} ${postings[0]?.amount}${when}`;
  });
}

describe("usage that is billed before its period is over", () => {
  test("is what is known at the cut, also of times to come, and no fee that is owed at the end", () => {
    const world = vendor();
    world.use(used(0, "2024-01-05", "5"), used(0, "2024-01-30", "2"), used(1, "2024-01-06", "9"));
    world.tell(billNow("s1"));
    expect(shown(world.step(0, "2024-01-10"))).toEqual(["usage 2024-01 calls 7 in advance"]);
    expect(ratedPeriods(world.ledger)).toEqual([]);
  });

  test("is billed once: the next bill has the difference, the period's end the rest", () => {
    const world = vendor();
    world.use(used(0, "2024-01-05", "5"), used(1, "2024-01-11", "3"), used(3, "2024-01-20", "1"));
    world.tell(billNow("s1"));
    world.step(0, "2024-01-10");
    world.tell(billNow("s1"));
    expect(shown(world.step(1, "2024-01-12"))).toEqual(["usage 2024-01 calls 3 in advance"]);
    world.tell(billNow("s1"));
    expect(world.step(2, "2024-01-13")).toEqual([]);
    const ended = world.step(3, "2024-02-01T01:00");
    expect(shown(ended)).toEqual(["fee 2024-01 base 31", "usage 2024-01 calls 1"]);
    expect(ended[1]?.evidence).toMatchObject({ quantity: "9", amount: "9" });
  });

  test("is what a later part of the running period holds as well, and nothing of the next period", () => {
    const world = vendor(onPlan("s1", "other", at("2024-01-20")));
    world.use(used(0, "2024-01-05", "5"), used(0, "2024-01-25", "2"), used(0, "2024-02-02", "9"));
    world.tell(billNow("s1"));
    expect(shown(world.step(0, "2024-01-10"))).toEqual([
      "usage 2024-01 calls 5 in advance",
      "usage 2024-01 calls 14 in advance",
    ]);
    expect(shown(world.step(1, "2024-02-01T01:00")).filter((text) => /usage/.test(text))).toEqual([
      "usage 2024-01 calls 0",
      "usage 2024-01 calls 0",
    ]);
  });

  test("is not billed by the cuts after the one that first saw the request", () => {
    const world = vendor();
    world.tell(billNow("s1"));
    world.step(0, "2024-01-10");
    world.use(used(1, "2024-01-05", "5"));
    expect(world.step(1, "2024-01-11")).toEqual([]);
  });

  test("is billed at the period's end where nothing is left, so that late usage is an adjustment", () => {
    const world = vendor();
    world.use(used(0, "2024-01-05", "5"));
    world.tell(billNow("s1"));
    world.step(0, "2024-01-10");
    expect(shown(world.step(1, "2024-02-01T01:00"))).toEqual([
      "fee 2024-01 base 31",
      "usage 2024-01 calls 0",
    ]);
    world.use(used(2, "2024-01-07", "4"));
    const [late] = world.step(2, "2024-02-02");
    expect(shown(late === undefined ? [] : [late])).toEqual(["adjustment 2024-01 calls 4"]);
    expect(late?.evidence).toMatchObject({ quantity: "9", amount: "9" });
  });

  test("is left to the rating of the period where the same cut rates it", () => {
    const world = vendor();
    world.use(used(0, "2024-01-05", "5"), used(0, "2024-02-01T00:30", "2"));
    world.tell(billNow("s1"));
    expect(shown(world.step(0, "2024-02-01T01:00"))).toEqual([
      "fee 2024-01 base 31",
      "usage 2024-01 calls 5",
      "usage 2024-02 calls 2 in advance",
    ]);
  });

  test("is billed of a period in its grace too", () => {
    const world = vendor();
    world.use(used(0, "2024-01-05", "5"), used(0, "2024-02-01T00:10", "2"));
    world.tell(billNow("s1"));
    expect(shown(world.step(0, "2024-02-01T00:30"))).toEqual([
      "usage 2024-01 calls 5 in advance",
      "usage 2024-02 calls 2 in advance",
    ]);
  });

  test("is billed of a subscription that began after the cut's clock, as whoever asked knew it", () => {
    const world = vendor(subscription("s2", "acme", "dev", "2024-03-01"));
    world.use(row(0, "acme/s2", "calls", "2024-03-05", "5"));
    world.tell(billNow("s2", at("2024-02-28")));
    expect(world.step(0, "2024-01-10")).toEqual([]);
    world.tell(billNow("s2", at("2024-03-01T00:00:01Z")));
    expect(shown(world.step(1, "2024-01-11"))).toEqual(["usage 2024-03 calls 5 in advance"]);
  });

  test("leaves the fee in advance of its period to be posted", () => {
    const world = newWorld();
    world.tell(
      settings(0),
      customer("acme"),
      plan("dev", [feeInAdvance("base", "31"), calls]),
      subscription("s1", "acme", "dev", "2024-03-01"),
      billNow("s1", at("2024-03-02")),
    );
    world.use(used(0, "2024-03-05", "5"));
    expect(shown(world.step(0, "2024-02-10"))).toEqual(["usage 2024-03 calls 5 in advance"]);
    expect(shown(world.step(1, "2024-03-01"))).toEqual(["fee 2024-03 base 31 in advance"]);
    expect(shown(world.step(2, "2024-04-01"))).toEqual([
      "fee 2024-03 base 0",
      "fee 2024-04 base 31 in advance",
      "usage 2024-03 calls 0",
    ]);
  });
});

describe("usage that was billed and is not owed after all", () => {
  const ended = (end: string): CatalogFact => ({
    kind: "SubscriptionEnded",
    ...system,
    subscription: "s1",
    end: at(end),
  });

  function billed(): World {
    const world = vendor();
    world.use(used(0, "2024-02-05", "5"));
    world.step(0, "2024-02-01T01:00");
    world.tell(billNow("s1"));
    expect(shown(world.step(1, "2024-02-10"))).toEqual(["usage 2024-02 calls 5 in advance"]);
    return world;
  }

  test("is taken back, once, where its period never was", () => {
    const world = billed();
    world.tell(ended("2024-02-01"));
    const [back, ...others] = world.step(2, "2024-02-11");
    expect(shown(back === undefined ? [] : [back])).toEqual([
      "adjustment 2024-02 calls -5 in advance",
    ]);
    expect([others, world.step(3, "2024-02-12"), world.step(4, "2024-04-12")]).toEqual([
      [],
      [],
      [],
    ]);
  });

  test("is taken back where its price is gone", () => {
    const world = billed();
    world.tell(plan("dev", [perUnit("new", "calls", "2")], 2, at("2024-02-01")));
    expect(shown(world.step(2, "2024-02-11"))).toEqual(["adjustment 2024-02 calls -5 in advance"]);
    expect(shown(world.step(3, "2024-03-02"))).toEqual(["usage 2024-02 new 10"]);
  });

  test("is taken back in the step that rates its period, where that is the first to know", () => {
    const world = billed();
    world.tell(
      plan(
        "dev",
        [perUnit("calls", "minutes", "3"), perUnit("new", "calls", "2")],
        2,
        at("2024-02-01"),
      ),
    );
    expect(shown(world.step(2, "2024-03-02"))).toEqual([
      "usage 2024-02 calls 0",
      "usage 2024-02 new 10",
      "adjustment 2024-02 calls -5 in advance",
    ]);
    world.use(row(3, "acme", "minutes", "2024-02-07", "4"));
    expect(shown(world.step(3, "2024-03-03"))).toEqual(["adjustment 2024-02 calls 12"]);
    expect(billedIn(world)).toMatchObject({ total: "53" });
  });
});

describe("usage that was billed before its plan was changed", () => {
  const changed = (time: string): CatalogFact => onPlan("s1", "other", at(time));

  test("is settled by the parts that the change leaves, each with the prices of its plan", () => {
    const world = vendor();
    world.use(used(0, "2024-01-05", "5"), used(0, "2024-01-08", "2"));
    world.tell(billNow("s1"));
    expect(shown(world.step(0, "2024-01-10"))).toEqual(["usage 2024-01 calls 7 in advance"]);
    world.tell(changed("2024-01-07"), billNow("s1"));
    expect(shown(world.step(1, "2024-01-11"))).toEqual([
      "usage 2024-01 calls -2 in advance",
      "usage 2024-01 calls 14 in advance",
    ]);
    expect(shown(world.step(2, "2024-02-01T01:00")).slice(1)).toEqual([
      "usage 2024-01 calls 0",
      "usage 2024-01 calls 0",
    ]);
  });

  test("is taken back where it is of the other plan from the beginning, the price's name being the same", () => {
    const world = vendor();
    world.use(used(0, "2024-01-05", "5"));
    world.tell(billNow("s1"));
    world.step(0, "2024-01-10");
    world.tell(changed("2024-01-01"), billNow("s1"));
    const [billed, back] = world.step(1, "2024-01-11");
    expect(shown([billed, back].flatMap((each) => each ?? []))).toEqual([
      "usage 2024-01 calls 35 in advance",
      "adjustment 2024-01 calls -5 in advance",
    ]);
    expect(back?.postings[1]?.account).toBe("income:usage:dev:calls");
    expect(world.step(2, "2024-01-12")).toEqual([]);
    expect(shown(world.step(3, "2024-02-01T01:00"))).toEqual(["usage 2024-01 calls 0"]);
  });
});

/** On a plan from a time on. */
function onPlan(subscription: string, plan: string, from: number): CatalogFact {
  const on = { plan, quantity: "1", add_ons: [], paused: false, covered: "nothing" } as const;
  const terms = [{ from, ...on }];
  return { kind: "SubscriptionChanged", ...system, effective_at: from, subscription, terms };
}

describe("whatever is billed on demand, and when", () => {
  const usage: fc.Arbitrary<UsageRow> = fc
    .record({
      cut: fc.nat(6),
      meter: fc.constantFrom("tokens", "images"),
      of: fc.constantFrom("acme", "acme/s1", "beta"),
      day: fc.integer({ min: 1, max: 30 }),
      quantity: fc
        .tuple(fc.nat(3_000_000), fc.nat(999))
        .map(([whole, part]) => toText(decimal(`${whole}.${part}`))),
      model: fc.constantFrom("a", "b", ""),
    })
    .map(({ cut, meter, of, day, quantity, model }) =>
      row(cut, of, meter, `2023-11-${String(day).padStart(2, "0")}T05:00`, quantity, { model }),
    );
  /** Told at a cut, and from a day on. */
  const change = fc.record({
    cut: fc.nat(3),
    day: fc.integer({ min: 1, max: 30 }),
    of: fc.constantFrom("s1", "s2"),
    plan: fc.constantFrom("dev", "scale"),
  });
  type Change = typeof change extends fc.Arbitrary<infer Of> ? Of : never;
  const changes = fc.array(change, { maxLength: 2 });
  const asked = fc.array(fc.tuple(fc.nat(6), fc.constantFrom("s1", "s2")), { maxLength: 8 });

  /** Cuts 0 to 3 are within the month, 4 rates it, and then it is late. */
  const times = ["-11-09", "-11-16", "-11-23", "-11-30", "-12-02", "-12-03", "-12-04"];

  function month(
    rows: readonly UsageRow[],
    told: readonly Change[],
    requests: readonly (readonly [number, string])[],
  ): World {
    const world = newWorld();
    world.tell(
      settings(0),
      customer("acme"),
      customer("beta"),
      plan("dev", [
        fee("monthly", "20"),
        tiered("graduated", "input", "tokens", [
          ["1000000", "0.50"],
          ["3000000", "0.30"],
          [null, "0.07"],
        ]),
        perUnit("thirds", "images", "0.01", "3"),
      ]),
      plan("scale", [
        tiered("volume", "input", "tokens", [
          ["2000000", "0.20"],
          [null, "0.10"],
        ]),
      ]),
      subscription("s1", "acme", "dev", "2023-11-01"),
      subscription("s2", "beta", "scale", "2023-11-01"),
    );
    world.use(...rows);
    for (const [cut, time] of times.entries()) {
      for (const { day, of, plan: to } of told.filter((each) => each.cut === cut))
        world.tell(onPlan(of, to, at(`2023-11-${String(day).padStart(2, "0")}`)));
      for (const [, name] of requests.filter(([of]) => of === cut)) world.tell(billNow(name));
      world.step(cut, `2023${time}`);
    }
    return world;
  }

  test("the bills, the rating at the end and late usage add up to one rating, share by share", () => {
    fc.assert(
      fc.property(fc.array(usage, { maxLength: 30 }), changes, asked, (rows, told, requests) => {
        expect(billedIn(month(rows, told, requests))).toEqual(billedIn(month(rows, told, [])));
      }),
      { numRuns: 200 },
    );
  });

  test("each transaction posts the sum of its shares, and its evidence says the whole", () => {
    fc.assert(
      fc.property(fc.array(usage, { maxLength: 20 }), asked, (rows, requests) => {
        const posted = new Map<string, string>();
        for (const { postings, evidence } of transactionsOf(month(rows, [], requests))) {
          const own = toText(sum(evidence.shares.map(({ amount }) => decimal(amount))));
          expect(own).toBe(postings[0]?.amount);
          if (evidence.period_from > at("2023-11-01")) continue;
          const key = `${evidence.subscription} ${evidence.price}`;
          const total = toText(add(decimal(posted.get(key) ?? "0"), decimal(own)));
          posted.set(key, total);
          expect(total).toBe(evidence.amount);
        }
      }),
      { numRuns: 100 },
    );
  });
});

function transactionsOf(world: World): TransactionPosted[] {
  return world.facts.filter((fact) => fact.kind === "TransactionPosted");
}

/** What each price's dimensions were billed in the end, and all of it by the postings. */
function billedIn(world: World): Record<string, string> {
  const billed: Record<string, string> = {};
  for (const rated of ratedPeriods(world.ledger)) {
    for (const [price, { shares }] of rated.prices) {
      for (const [key, { quantity, amount }] of shares) {
        if (!isZero(quantity) || !isZero(amount))
          billed[`${rated.subscription} ${price} ${key}`] =
            `${toText(quantity)} for ${toText(amount)}`;
      }
    }
  }
  const amounts = transactionsOf(world).map(({ postings }) => decimal(postings[0]?.amount ?? "0"));
  return { ...billed, total: toText(sum(amounts)) };
}
