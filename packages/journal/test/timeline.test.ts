import type { CatalogFact, Terms } from "@tallybook/catalog";
import type { TransactionPosted } from "@tallybook/journal";
import { formatTime } from "@tallybook/periods";
import {
  at,
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

/** Terms that begin then, and what of them is not as usual: one of plan a. */
function on(from: string, of: Partial<Terms> = {}): Terms {
  const usual = { plan: "a", quantity: "1", add_ons: [], paused: false } as const;
  return { from: at(from), ...usual, covered: "nothing", ...of };
}

/** From the first of the terms on, those. */
function changed(...terms: Terms[]): CatalogFact {
  const effective_at = terms[0]?.from ?? 0;
  return { kind: "SubscriptionChanged", ...system, effective_at, subscription: "s1", terms };
}

function vendor(...facts: CatalogFact[]): World {
  const world = newWorld();
  world.tell(
    settings(3_600),
    customer("acme"),
    plan("a", [fee("base", "31"), perUnit("calls", "calls", "1")]),
    plan("b", [
      fee("base", "62"),
      tiered("graduated", "calls", "calls", [
        ["10", "2000000"],
        [null, "1000000"],
      ]),
    ]),
    subscription("s1", "acme", "a", "2024-01-01"),
    ...facts,
  );
  return world;
}

/** As `fee 2024-01-01 … 2024-02-01 a/base 31`: the kind, the period, plan and price, and what is posted. */
function shown(posted: readonly TransactionPosted[]): string[] {
  return posted.map(({ transaction_kind: kind, postings, evidence }) => {
    const { period_from, period_to, plan: of, price } = evidence;
    const period = `${dayText(period_from)} … ${dayText(period_to)}`;
    return `${kind} ${period} ${of} ${price} ${postings[0]?.amount}`;
  });
}

function dayText(time: number): string {
  return formatTime(time).replace("T00:00:00Z", "");
}

describe("a subscription that changes within a period", () => {
  test("is billed in parts, each by what holds in it, and all of them when the whole is over", () => {
    const world = vendor(changed(on("2024-01-11", { plan: "b" })));
    world.use(
      row(0, "acme", "calls", "2024-01-10", "5"),
      row(0, "acme", "calls", "2024-01-11", "20"),
    );
    expect(world.step(0, "2024-01-15")).toEqual([]);
    expect(world.step(1, "2024-02-01T00:59")).toEqual([]);
    const posted = world.step(2, "2024-02-01T01:00");
    expect(shown(posted)).toEqual([
      "fee 2024-01-01 … 2024-01-11 a base 10",
      "fee 2024-01-11 … 2024-02-01 b base 42",
      "usage 2024-01-01 … 2024-01-11 a calls 5",
      "usage 2024-01-11 … 2024-02-01 b calls 30",
    ]);
    expect(posted[1]?.evidence.part).toMatchObject({
      whole_from: at("2024-01-01"),
      whole_to: at("2024-02-01"),
      numerator: "21",
      denominator: "31",
    });
    expect(world.step(3, "2024-03-01T01:00").map(({ evidence }) => evidence.part)).toEqual([
      null,
      null,
    ]);
  });

  test("rates late usage by the part that holds it", () => {
    const world = vendor(changed(on("2024-01-11", { plan: "b" })));
    world.step(0, "2024-02-01T01:00");
    world.use(
      row(1, "acme", "calls", "2024-01-10", "5"),
      row(1, "acme", "calls", "2024-01-11", "20"),
    );
    expect(shown(world.step(1, "2024-02-02"))).toEqual([
      "adjustment 2024-01-01 … 2024-01-11 a calls 5",
      "adjustment 2024-01-11 … 2024-02-01 b calls 30",
    ]);
  });

  test("that is cancelled is rated when it is over", () => {
    const end = { kind: "SubscriptionEnded", ...system, subscription: "s1" } as const;
    const world = vendor(changed(on("2024-01-11", { plan: "b" })), {
      ...end,
      end: at("2024-01-21"),
    });
    expect(shown(world.step(0, "2024-01-21T01:00")).slice(0, 2)).toEqual([
      "fee 2024-01-01 … 2024-01-11 a base 10",
      "fee 2024-01-11 … 2024-01-21 b base 20",
    ]);
    expect(world.step(1, "2024-03-01T01:00")).toEqual([]);
  });

  test("tells the events of an hour apart in which it changes", () => {
    const world = vendor(changed(on("2024-01-11T10:30", { plan: "b" })));
    const used = row(0, "acme", "calls", "2024-01-11T10:29", "1");
    const event = { partition: 0, raw_offset: 0, properties: {} };
    const slot = at("2024-01-11T10:00");
    world.report(
      { ...used, slot, event: { ...event, time: at("2024-01-11T10:29") } },
      { ...used, slot, quantity: "7", event: { ...event, time: at("2024-01-11T10:30") } },
    );
    expect(shown(world.step(0, "2024-02-01T01:00")).slice(2)).toEqual([
      "usage 2024-01-01 … 2024-01-11T10:30:00Z a calls 1",
      "usage 2024-01-11T10:30:00Z … 2024-02-01 b calls 14",
    ]);
  });
});

describe("a pause", () => {
  test("is billed nothing, and what is used in it belongs to nobody; then it goes on", () => {
    const world = vendor(changed(on("2024-01-11", { paused: true }), on("2024-03-02")));
    for (const [index, time] of ["2024-01-10", "2024-01-20", "2024-02-10", "2024-03-03"].entries())
      world.use(row(0, "acme", "calls", time, String(10 ** index)));
    expect(shown(world.step(0, "2024-02-01T01:00"))).toEqual([
      "fee 2024-01-01 … 2024-01-11 a base 10",
      "usage 2024-01-01 … 2024-01-11 a calls 1",
    ]);
    expect(world.step(1, "2024-03-15")).toEqual([]);
    expect(shown(world.step(2, "2024-04-01T01:00"))).toEqual([
      "fee 2024-03-02 … 2024-04-01 a base 30",
      "usage 2024-03-02 … 2024-04-01 a calls 1000",
    ]);
    expect(shown(world.step(3, "2024-05-01T01:00"))).toHaveLength(2);
    expect(world.step(4, "2024-05-02T01:00")).toEqual([]);
  });
});

describe("a trial", () => {
  test("of fixed fees posts them with nothing owed, and usage as ever", () => {
    const world = vendor(changed(on("2024-01-01", { covered: "fixed_fees" }), on("2024-01-11")));
    world.use(row(0, "acme", "calls", "2024-01-05", "5"));
    const posted = world.step(0, "2024-02-01T01:00");
    expect(shown(posted)).toEqual([
      "fee 2024-01-01 … 2024-01-11 a base 0",
      "fee 2024-01-11 … 2024-02-01 a base 21",
      "usage 2024-01-01 … 2024-01-11 a calls 5",
      "usage 2024-01-11 … 2024-02-01 a calls 0",
    ]);
    expect(posted.map(({ evidence }) => evidence.covered)).toEqual([
      "fixed_fees",
      "nothing",
      "fixed_fees",
      "nothing",
    ]);
  });

  test("of everything measures usage and asks nothing for it, late usage too", () => {
    const world = vendor(changed(on("2024-01-01", { covered: "everything" }), on("2024-01-11")));
    world.use(
      row(0, "acme", "calls", "2024-01-05", "5"),
      row(1, "acme", "calls", "2024-01-06", "2"),
    );
    const [, , usage] = world.step(0, "2024-02-01T01:00");
    expect(usage?.evidence).toMatchObject({ quantity: "5", amount: "0", explanation: null });
    const [late] = world.step(1, "2024-02-02");
    expect(late?.evidence).toMatchObject({
      quantity: "7",
      amount: "0",
      shares: [{ quantity: "2", amount: "0" }],
    });
  });
});

describe("seats and add-ons", () => {
  test("a price without a meter goes by the quantity, a fixed one does not; add-ons are as many as there are", () => {
    const seats = { model: "per_unit", unit_amount: "4", per: "1" } as const;
    const world = vendor(
      plan("team", [
        fee("base", "31"),
        { price: "seats", meter: null, charge: seats, description: "" },
      ]),
      plan("extra", [fee("base", "62"), perUnit("calls", "calls", "0.5")]),
      changed(
        on("2024-01-01", {
          plan: "team",
          quantity: "5",
          add_ons: [{ plan: "extra", quantity: "2" }],
        }),
      ),
    );
    world.use(row(0, "acme", "calls", "2024-01-05", "5"));
    const posted = world.step(0, "2024-02-01T01:00");
    expect(shown(posted)).toEqual([
      "fee 2024-01-01 … 2024-02-01 team base 31",
      "fee 2024-01-01 … 2024-02-01 extra extra/base 124",
      "fee 2024-01-01 … 2024-02-01 team seats 20",
      "usage 2024-01-01 … 2024-02-01 extra extra/calls 2.5",
    ]);
    expect(posted.map(({ postings }) => postings[1]?.account)).toEqual([
      "income:fees:team",
      "income:fees:extra",
      "income:fees:team",
      "income:usage:extra:calls",
    ]);
  });
});

describe("fees in advance", () => {
  const ahead = (...facts: CatalogFact[]) =>
    vendor(
      plan("ahead", [feeInAdvance("base", "31")]),
      plan("more", [feeInAdvance("base", "62"), feeInAdvance("care", "31")]),
      subscription("s1", "acme", "ahead", "2024-01-01"),
      ...facts,
    );

  test("give back what a change leaves over when it is known, and post what is new", () => {
    const world = ahead();
    expect(shown(world.step(0, "2024-01-01"))).toEqual([
      "fee 2024-01-01 … 2024-02-01 ahead base 31",
    ]);
    world.tell(changed(on("2024-01-11", { plan: "more" })));
    expect(shown(world.step(1, "2024-01-11"))).toEqual([
      "fee 2024-01-01 … 2024-01-11 ahead base -21",
      "fee 2024-01-11 … 2024-02-01 more base 42",
      "fee 2024-01-11 … 2024-02-01 more care 21",
    ]);
    expect(world.step(2, "2024-01-12")).toEqual([]);
    expect(shown(world.step(3, "2024-02-01T01:00")).filter((text) => !text.endsWith(" 0"))).toEqual(
      ["fee 2024-02-01 … 2024-03-01 more base 62", "fee 2024-02-01 … 2024-03-01 more care 31"],
    );
  });

  test("of a plan that was changed from the period's beginning on are given back, one of the same name too", () => {
    const world = ahead();
    world.step(0, "2024-01-01");
    world.tell(changed(on("2024-01-01", { plan: "more" })));
    expect(shown(world.step(1, "2024-01-02"))).toEqual([
      "fee 2024-01-01 … 2024-02-01 more base 62",
      "fee 2024-01-01 … 2024-02-01 ahead base -31",
      "fee 2024-01-01 … 2024-02-01 more care 31",
    ]);
    expect(world.step(2, "2024-01-03")).toEqual([]);
    expect(sums(world)).toBe(93);
  });

  test("the same, where the change is known only when the period is rated", () => {
    const world = ahead();
    world.step(0, "2024-01-01");
    world.tell(changed(on("2024-01-01", { plan: "more" })));
    const posted = world.step(1, "2024-02-01T01:00");
    expect(shown(posted).filter((text) => text.includes("2024-01-01"))).toEqual([
      "fee 2024-01-01 … 2024-02-01 more base 62",
      "fee 2024-01-01 … 2024-02-01 ahead base -31",
      "fee 2024-01-01 … 2024-02-01 more care 31",
    ]);
    expect(sums(world)).toBe(93 * 2);
  });

  test("of a pause that is known later are given back; in a trial none are posted", () => {
    const world = ahead();
    world.step(0, "2024-01-01");
    world.tell(changed(on("2024-01-11", { plan: "ahead", paused: true })));
    expect(shown(world.step(1, "2024-01-12"))).toEqual([
      "fee 2024-01-01 … 2024-01-11 ahead base -21",
    ]);
    const trial = ahead(
      changed(
        on("2024-01-01", { plan: "ahead", covered: "fixed_fees" }),
        on("2024-01-11", { plan: "ahead" }),
      ),
    );
    expect(trial.step(0, "2024-01-01")).toEqual([]);
    expect(shown(trial.step(1, "2024-01-11"))).toEqual([
      "fee 2024-01-11 … 2024-02-01 ahead base 21",
    ]);
  });
});

/** What was posted in all, of whole amounts. */
function sums({ facts }: World): number {
  return facts
    .filter((fact) => fact.kind === "TransactionPosted")
    .reduce((sum, { postings }) => sum + Number(postings[0]?.amount), 0);
}
