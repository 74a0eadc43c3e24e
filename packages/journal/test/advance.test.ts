import type { CatalogFact } from "@tallybook/catalog";
import { ratedPeriods } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { formatTime } from "@tallybook/periods";
import {
  at,
  calendarOf,
  customer,
  feeInAdvance,
  perUnit,
  plan,
  row,
  settings,
  subscription,
  system,
} from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

const monthly = calendarOf("month", "UTC");

function vendor(...facts: CatalogFact[]): World {
  const world = newWorld();
  world.tell(
    settings(3_600),
    customer("acme"),
    plan("dev", [feeInAdvance("base", "31"), perUnit("calls", "calls", "1")]),
    ...facts,
  );
  return world;
}

const started = (start: string, end: string | null = null, to = "dev") =>
  subscription("s1", "acme", to, start, end, monthly);

const ended = (end: string): CatalogFact => ({
  kind: "SubscriptionEnded",
  ...system,
  subscription: "s1",
  end: at(end),
});

/** As `fee 2024-01-01T00:00:00Z base 31`: the kind, the period, the price and what is posted. */
function shown(posted: readonly TransactionPosted[]): string[] {
  return posted.map(({ transaction_kind: kind, postings, evidence: { period_from, price } }) => {
    return `${kind} ${formatTime(period_from)} ${price} ${postings[0]?.amount}`;
  });
}

describe("a fee in advance", () => {
  test("is posted when its period begins, and the usage when it is over", () => {
    const world = vendor(started("2024-01-01"));
    expect(shown(world.step(0, "2024-01-01"))).toEqual(["fee 2024-01-01T00:00:00Z base 31"]);
    expect(ratedPeriods(world.ledger)).toEqual([]);
    world.use(row(1, "acme", "calls", "2024-01-20", "5"));
    expect(world.step(1, "2024-01-31")).toEqual([]);
    expect(shown(world.step(2, "2024-02-01"))).toEqual(["fee 2024-02-01T00:00:00Z base 31"]);
    // An hour of grace later; nothing more is owed of the fee.
    expect(shown(world.step(3, "2024-02-01T01:00"))).toEqual([
      "fee 2024-01-01T00:00:00Z base 0",
      "usage 2024-01-01T00:00:00Z calls 5",
    ]);
    expect(world.step(4, "2024-02-02")).toEqual([]);
  });

  test("does not make usage of its period late", () => {
    const world = vendor(started("2024-01-01"));
    world.step(0, "2024-01-01");
    world.use(row(1, "acme", "calls", "2024-01-01T05:00", "5"));
    expect(world.step(1, "2024-01-02")).toEqual([]);
    const posted = world.step(2, "2024-02-01T01:00");
    expect(
      posted.map(({ transaction_kind: kind, evidence }) => [kind, evidence.in_advance]),
    ).toEqual([
      ["fee", false],
      ["fee", true],
      ["usage", false],
    ]);
  });

  test("is prorated where the start cuts its period", () => {
    const world = vendor(started("2024-01-17"));
    const [fee] = world.step(0, "2024-01-17");
    expect(fee?.evidence).toMatchObject({
      amount: "15",
      in_advance: true,
      part: { numerator: "15", denominator: "31" },
    });
  });

  test("is given back in part when the subscription ends within its period", () => {
    const world = vendor(started("2024-01-01"));
    world.step(0, "2024-01-01");
    world.tell(ended("2024-01-11"));
    const [fee] = world.step(1, "2024-01-12");
    expect(fee?.postings[0]?.amount).toBe("-21");
    expect(fee?.evidence).toMatchObject({
      amount: "10",
      part: { numerator: "10", denominator: "31" },
      shares: [{ quantity: "0", amount: "-21" }],
    });
    expect(world.step(2, "2024-03-01")).toEqual([]);
  });

  test("is taken back where the subscription ended before the period began, once", () => {
    const world = vendor(started("2024-01-01"));
    world.step(0, "2024-01-01");
    world.step(1, "2024-02-01T01:00");
    world.tell(ended("2024-02-01"));
    expect(shown(world.step(2, "2024-02-02"))).toEqual(["fee 2024-02-01T00:00:00Z base -31"]);
    expect(world.step(3, "2024-02-03")).toEqual([]);
    expect(world.step(4, "2024-04-03")).toEqual([]);
  });

  test("of periods that are over when the subscription is made comes with their usage", () => {
    const world = vendor(started("2023-12-01"));
    expect(shown(world.step(0, "2024-01-15"))).toEqual([
      "fee 2023-12-01T00:00:00Z base 31",
      "fee 2024-01-01T00:00:00Z base 31",
      "usage 2023-12-01T00:00:00Z calls 0",
    ]);
  });

  test("of a plan without usage is settled at the period's end all the same", () => {
    const world = vendor(
      plan("flat", [feeInAdvance("base", "31")]),
      started("2024-01-01", null, "flat"),
    );
    world.step(0, "2024-01-01");
    expect(shown(world.step(1, "2024-02-01T01:00"))).toEqual([
      "fee 2024-01-01T00:00:00Z base 0",
      "fee 2024-02-01T00:00:00Z base 31",
    ]);
    expect(world.step(2, "2024-02-02")).toEqual([]);
    expect(ratedPeriods(world.ledger)).toHaveLength(1);
  });

  test("is what the plan says at the period's end: a price that changed in retrospect is settled then", () => {
    const world = vendor(started("2024-01-01"));
    world.step(0, "2024-01-01");
    world.tell(plan("dev", [feeInAdvance("base", "40")], 2, at("2023-12-01")));
    expect(shown(world.step(1, "2024-01-31"))).toEqual([]);
    expect(shown(world.step(2, "2024-02-01T01:00"))).toEqual([
      "fee 2024-01-01T00:00:00Z base 9",
      "fee 2024-02-01T00:00:00Z base 40",
    ]);
  });
});
