import type { CatalogFact, Price, Terms } from "@tallybook/catalog";
import type { TransactionPosted } from "@tallybook/journal";
import { formatTime } from "@tallybook/periods";
import {
  at,
  billNow,
  customer,
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

const nothing = {
  included_units: null,
  discount_percent: null,
  commitment: null,
  minimum_amount: null,
  maximum_amount: null,
} as const;

/** Calls at 1 each, with that around them. */
function vendor(around: Partial<NonNullable<Price["around"]>>, ...facts: CatalogFact[]): World {
  const world = newWorld();
  const calls = { ...perUnit("calls", "calls", "1"), around: { ...nothing, ...around } };
  world.tell(
    settings(3_600),
    customer("acme"),
    plan("dev", [calls]),
    subscription("s", "acme", "dev", "2024-01-01"),
    ...facts,
  );
  return world;
}

const used = (cut: number, time: string, quantity: string, model = "") =>
  row(cut, "acme", "calls", time, quantity, model === "" ? {} : { model });

/** As `usage 2024-01-01 50 = a 30 + none 20`. */
function shown(posted: readonly TransactionPosted[]): string[] {
  return posted.map(({ transaction_kind: kind, evidence }) => {
    const { period_from, amount, shares } = evidence;
    const parts = shares.map((share) => `${share.dimensions["model"] ?? "none"} ${share.amount}`);
    return `${kind} ${formatTime(period_from).slice(0, 10)} ${amount} = ${parts.join(" + ")}`;
  });
}

function on(...terms: (Partial<Terms> & { from: number })[]): CatalogFact {
  const usual = { plan: "dev", quantity: "1", add_ons: [], paused: false } as const;
  const all = terms.map((each): Terms => ({ ...usual, covered: "nothing", ...each }));
  const effective_at = all[0]?.from ?? 0;
  return { kind: "SubscriptionChanged", ...system, effective_at, subscription: "s", terms: all };
}

describe("a price with something around its charge", () => {
  test("owes its minimum without usage", () => {
    const world = vendor({ minimum_amount: "20" });
    expect(shown(world.step(0, "2024-02-01T01:00"))).toEqual(["usage 2024-01-01 20 = none 20"]);
  });

  test("spreads what it takes off by what the dimensions cost, and what is missing is of none", () => {
    const cheaper = vendor({ discount_percent: "10", maximum_amount: "60" });
    cheaper.use(used(0, "2024-01-05", "30", "a"), used(0, "2024-01-06", "90", "b"));
    expect(shown(cheaper.step(0, "2024-02-01T01:00"))).toEqual([
      "usage 2024-01-01 60 = a 15 + b 45",
    ]);
    const dearer = vendor({ minimum_amount: "50" });
    dearer.use(used(0, "2024-01-05", "30", "a"));
    expect(shown(dearer.step(0, "2024-02-01T01:00"))).toEqual([
      "usage 2024-01-01 50 = a 30 + none 20",
    ]);
  });

  test("gives up with late usage what was missing, and asks for the overage", () => {
    const world = vendor({
      commitment: { amount: "50", quantity: null, overage_factor: "1.5", true_up: true },
    });
    world.use(used(0, "2024-01-05", "30", "a"), used(1, "2024-01-06", "40", "a"));
    expect(shown(world.step(0, "2024-02-01T01:00"))).toEqual([
      "usage 2024-01-01 50 = a 30 + none 20",
    ]);
    // 50, and 20 at 1.5: all of it is of the usage.
    expect(shown(world.step(1, "2024-02-02"))).toEqual([
      "adjustment 2024-01-01 80 = a 50 + none -20",
    ]);
  });

  test("misses nothing in a bill before the end", () => {
    const world = vendor({ minimum_amount: "50", included_units: "10" });
    world.use(used(0, "2024-01-05", "30"));
    world.tell(billNow("s"));
    expect(shown(world.step(0, "2024-01-10"))).toEqual(["usage 2024-01-01 20 = none 20"]);
    expect(shown(world.step(1, "2024-02-01T01:00"))).toEqual(["usage 2024-01-01 50 = none 30"]);
  });

  test("holds for a part of a period by its part, and a trial that covers fees covers what is missing", () => {
    const parts = on(
      { from: at("2024-01-01"), covered: "fixed_fees" },
      { from: at("2024-01-11") },
      { from: at("2024-01-21"), paused: true },
    );
    const world = vendor({ minimum_amount: "31", included_units: "31" }, parts);
    world.use(used(0, "2024-01-05", "12"), used(0, "2024-01-15", "18"));
    expect(shown(world.step(0, "2024-02-01T01:00"))).toEqual([
      "usage 2024-01-01 2 = none 2",
      "usage 2024-01-11 10 = none 10",
    ]);
  });
});
