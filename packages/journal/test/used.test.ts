import { subscriptionOf } from "@tallybook/catalog";
import type { Subscription, Terms } from "@tallybook/catalog";
import { periodAround, pricedMeters, ratedPeriods, usedBy } from "@tallybook/journal";
import type { UsedBasis } from "@tallybook/journal";
import { decimal, sum, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import type { Period } from "@tallybook/periods";
import {
  at,
  calendarOf,
  customer,
  fee,
  perUnit,
  plan,
  row,
  settings,
  subscription,
  system,
} from "@tallybook/testkit/facts";
import type { UsageRow } from "@tallybook/usage";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

/** Everything that is told is known. */
const end = 1_000;

function basisOf(world: World): UsedBasis {
  return { ledger: world.ledger, catalogAt: world.catalogAt, catalog: world.catalogAt(end) };
}

function subscriptionIn(world: World, id: string): Subscription {
  const found = subscriptionOf(world.catalogAt(end), "default", id);
  if (found === undefined) throw new Error(`no subscription ${id}`);
  return found;
}

/** As `tokens 5`, of every meter that the plan prices. */
function usedIn(
  world: World,
  id: string,
  rows: readonly UsageRow[],
  period: Period = { from: at("2023-11-01"), to: at("2023-12-01") },
): string[] {
  const of = subscriptionIn(world, id);
  const meters = pricedMeters(world.catalogAt(end), of, period);
  return usedBy(of, period, meters, { rows, earlier: [] }, basisOf(world)).map(
    ({ meter, quantity }) => `${meter} ${quantity === null ? "?" : toText(quantity)}`,
  );
}

function vendor(): World {
  const world = newWorld();
  world.tell(
    settings(0),
    customer("acme"),
    customer("beta"),
    plan("dev", [
      fee("monthly", "20"),
      perUnit("input", "tokens", "0.01"),
      perUnit("pictures", "images", "0.01"),
    ]),
    plan("pictures", [perUnit("pictures", "images", "0.01")]),
    subscription("s1", "acme", "dev", "2023-11-01"),
    subscription("s2", "acme", "pictures", "2023-11-10"),
    subscription("s3", "beta", "dev", "2023-11-01"),
  );
  return world;
}

const usage: fc.Arbitrary<UsageRow> = fc
  .record({
    meter: fc.constantFrom("tokens", "images"),
    of: fc.constantFrom("acme", "acme/s1", "acme/s2", "acme/s3", "beta", "nobody"),
    day: fc.integer({ min: 1, max: 30 }),
    quantity: fc.nat(3_000_000).map(String),
    cut: fc.nat(3),
  })
  .map(({ meter, of, day, quantity, cut }) =>
    row(cut, of, meter, `2023-11-${String(day).padStart(2, "0")}T07:00`, quantity, {}),
  );

describe("what a subscription has used", () => {
  test("is what it is billed for, before the first rating and after each", () => {
    fc.assert(
      fc.property(fc.array(usage, { maxLength: 40 }), (rows) => {
        const world = vendor();
        world.use(...rows);
        for (let cut = 0; cut <= 3; cut += 1) {
          const known = rows.filter((each) => each.cut <= cut);
          const before = ["s1", "s2", "s3"].map((id) => usedIn(world, id, known));
          world.step(cut, `2023-12-0${cut + 2}`);
          const after = ["s1", "s2", "s3"].map((id) => usedIn(world, id, known));
          const billed = ["s1", "s2", "s3"].map((id) => billedTo(world, id));
          expect(before).toEqual(billed);
          expect(after).toEqual(billed);
        }
      }),
    );
  });

  test("is 0 of a meter that its plan prices and nobody used", () => {
    expect(usedIn(vendor(), "s1", [])).toEqual(["tokens 0", "images 0"]);
  });

  test("has every meter that some version of its plan prices meanwhile", () => {
    const world = vendor();
    world.tell(plan("dev", [perUnit("calls", "calls", "1")], 2, at("2023-12-01")));
    const period = { from: at("2023-11-15"), to: at("2023-12-15") };
    expect(usedIn(world, "s1", [], period)).toEqual(["tokens 0", "images 0", "calls 0"]);
  });

  test("is all that its parts are billed for, where its plan changes and it is paused meanwhile", () => {
    const world = vendor();
    const terms = (from: string, plan_: string, paused = false): Terms => ({
      from: at(from),
      plan: plan_,
      quantity: "1",
      add_ons: [],
      paused,
      covered: "nothing",
    });
    const rest = [
      terms("2023-11-08", "pictures"),
      terms("2023-11-15", "dev", true),
      terms("2023-11-20", "dev"),
    ];
    const effective_at = at("2023-11-08");
    world.tell({
      kind: "SubscriptionChanged",
      ...system,
      effective_at,
      subscription: "s3",
      terms: rest,
    });
    const rows = ["05", "10", "17", "25"].flatMap((day, index) =>
      ["tokens", "images"].map((meter) =>
        row(0, "beta", meter, `2023-11-${day}T07:00`, String(10 ** index)),
      ),
    );
    world.use(...rows);
    // Tokens have no price from the 8th to the 20th, and nothing counts from the 15th to the 20th.
    const used = ["tokens 1001", "images 1011"];
    expect(usedIn(world, "s3", rows)).toEqual(used);
    const posted = world.step(0, "2023-12-02").filter(({ evidence: of }) => of.customer === "beta");
    const billed = Map.groupBy(posted, ({ evidence: { meter } }) => meter);
    expect(
      ["tokens", "images"].map(
        (meter) =>
          `${meter} ${toText(sum((billed.get(meter) ?? []).map(({ evidence: { quantity } }) => decimal(quantity))))}`,
      ),
    ).toEqual(used);
    expect(usedIn(world, "s3", rows)).toEqual(used);
  });

  test("ends where the question says, to the event", () => {
    const rows = [row(0, "beta", "tokens", "2023-11-03T07:00", "5", {})];
    const [hour, half] = [at("2023-11-03T07:00"), at("2023-11-03T07:30")];
    expect(usedIn(vendor(), "s3", rows, { from: hour, to: half })).toEqual([
      "tokens 5",
      "images 0",
    ]);
    expect(usedIn(vendor(), "s3", rows, { from: at("2023-11-01"), to: hour })).toEqual([
      "tokens 0",
      "images 0",
    ]);
  });
});

describe("the billing period around a moment", () => {
  test.each([
    ["inside of it", "2024-02-20", "2024-02-15T00:00:00Z … 2024-03-15T00:00:00Z"],
    ["before the subscription", "2023-01-01", "2024-01-20T00:00:00Z … 2024-02-15T00:00:00Z"],
    ["after its end", "2025-01-01", "2024-03-15T00:00:00Z … 2024-04-01T00:00:00Z"],
  ])("%s", (_, moment, expected) => {
    const world = newWorld();
    world.tell(
      settings(0),
      customer("acme"),
      subscription("s1", "acme", "dev", "2024-01-20", "2024-04-01", monthly15),
    );
    const { from, to } = periodAround(subscriptionIn(world, "s1"), at(moment), world.ledger);
    expect(`${formatTime(from)} … ${formatTime(to)}`).toBe(expected);
  });
});

const monthly15 = calendarOf("month", "UTC", { kind: "day_of_month", day: 15 });

function billedTo(world: World, id: string): string[] {
  const period = ratedPeriods(world.ledger).find(({ subscription: of }) => of === id);
  return [...(period?.prices.values() ?? [])].flatMap(({ meter, quantity }) =>
    meter === null ? [] : [`${meter} ${toText(quantity)}`],
  );
}
