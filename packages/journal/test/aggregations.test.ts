import { ratedPeriods } from "@tallybook/journal";
import { decimal, isZero, sum, toText } from "@tallybook/money";
import type { Merging, UsageRow } from "@tallybook/usage";
import fc from "fast-check";
import {
  customer,
  matrix,
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

const mergings: readonly Merging[] = ["sum", "max", "min", "latest", "unique", "average"];

function vendor(...prices: Parameters<typeof plan>[1]): World {
  const world = newWorld();
  world.tell(
    settings(0),
    customer("acme"),
    plan("dev", prices),
    subscription("s1", "acme", "dev", "2023-11-01"),
  );
  return world;
}

/** A row of one reading; its place in the log is the offset. */
function reading(
  merging: Merging,
  cut: number,
  hour: number,
  quantity: string,
  { offset = 0, ...dimensions }: { offset?: number } & Record<string, string | number> = {},
): UsageRow {
  const texts = Object.fromEntries(
    Object.entries(dimensions).map(([name, value]) => [name, String(value)]),
  );
  const time = `2023-11-${String(1 + Math.floor(hour / 24)).padStart(2, "0")}T${String(hour % 24).padStart(2, "0")}:00`;
  const base = row(cut, "acme", "m", time, merging === "unique" ? "1" : quantity, texts);
  return {
    ...base,
    merging,
    value: merging === "unique" ? quantity : "",
    latest: merging === "latest" ? { time: base.slot, partition: 0, raw_offset: offset } : null,
  };
}

/** What was posted, transaction by transaction: quantity of the period, and what it adds to the bill. */
function posted(world: World, cut: number, day: string): string[] {
  return world.step(cut, day).map(({ transaction_kind: kind, evidence }) => {
    const amount = toText(sum(evidence.shares.map((share) => decimal(share.amount))));
    return `${kind}: ${evidence.quantity}, ${amount}`;
  });
}

describe("late usage of a meter that does not add up", () => {
  test("a higher maximum takes the place of the one before, a lower one changes nothing", () => {
    const world = vendor(perUnit("peak", "m", "2"));
    world.use(reading("max", 0, 1, "10", { zone: "a" }), reading("max", 0, 2, "7", { zone: "b" }));
    expect(posted(world, 0, "2023-12-02")).toEqual(["usage: 10, 20"]);
    world.use(reading("max", 1, 3, "6", { zone: "b" }));
    expect(posted(world, 1, "2023-12-03")).toEqual([]);
    world.use(reading("max", 2, 3, "12", { zone: "b" }));
    expect(posted(world, 2, "2023-12-04")).toEqual(["adjustment: 12, 4"]);
  });

  test("a lower minimum lowers the bill", () => {
    const world = vendor(perUnit("floor", "m", "2"));
    world.use(reading("min", 0, 1, "10"));
    expect(posted(world, 0, "2023-12-02")).toEqual(["usage: 10, 20"]);
    world.use(reading("min", 1, 2, "4"));
    expect(posted(world, 1, "2023-12-03")).toEqual(["adjustment: 4, -12"]);
  });

  test("what comes late is the latest only where its time says so; of one time the later record counts", () => {
    const world = vendor(perUnit("level", "m", "1"));
    world.use(reading("latest", 0, 30, "10", { offset: 5 }));
    posted(world, 0, "2023-12-02");
    world.use(reading("latest", 1, 29, "99", { offset: 9 }));
    expect(posted(world, 1, "2023-12-03")).toEqual([]);
    world.use(reading("latest", 2, 30, "11", { offset: 12 }));
    expect(posted(world, 2, "2023-12-04")).toEqual(["adjustment: 11, 1"]);
  });

  test("a value that was there already is not counted again, in whichever hour or cut", () => {
    const world = vendor(perUnit("seats", "m", "9.99"));
    world.use(reading("unique", 0, 1, "ann"), reading("unique", 0, 200, "bob"));
    expect(posted(world, 0, "2023-12-02")).toEqual(["usage: 2, 19.98"]);
    world.use(reading("unique", 1, 300, "ann"));
    expect(posted(world, 1, "2023-12-03")).toEqual([]);
    world.use(reading("unique", 2, 300, "cleo"));
    expect(posted(world, 2, "2023-12-04")).toEqual(["adjustment: 3, 9.99"]);
  });

  test("an average moves, and its change is posted even where it costs nothing and no dimension's own moves", () => {
    const world = vendor(perUnit("mean", "m", "0"));
    world.use(
      reading("average", 0, 1, "10", { zone: "a" }),
      reading("average", 0, 2, "20", { zone: "b" }),
    );
    expect(posted(world, 0, "2023-12-02")).toEqual(["usage: 15, 0"]);
    world.use(reading("average", 1, 3, "10", { zone: "a" }));
    expect(posted(world, 1, "2023-12-03")).toEqual(["adjustment: 13.333333333333, 0"]);
    expect(posted(world, 2, "2023-12-04")).toEqual([]);
  });

  test("a quantity below zero costs nothing, and takes nothing from other dimensions", () => {
    const world = vendor(perUnit("mean", "m", "3"));
    world.use(
      reading("average", 0, 1, "10", { zone: "a" }),
      reading("average", 0, 1, "-4", { zone: "b" }),
    );
    const [usage] = world.step(0, "2023-12-02");
    expect(usage?.evidence).toMatchObject({ quantity: "3", amount: "9" });
    expect(usage?.evidence.shares.map(({ quantity, amount }) => [quantity, amount])).toEqual([
      ["10", "9"],
      ["-4", "0"],
    ]);
    world.use(reading("average", 1, 1, "-100", { zone: "b" }));
    expect(posted(world, 1, "2023-12-03")).toEqual(["adjustment: -31.333333333333, -9"]);
  });

  for (const merging of mergings) {
    test(`${merging}: however late it comes, the bill is that of usage in time`, () => {
      const values = fc.record({
        hour: fc.nat(700),
        value: fc.integer({ min: merging === "sum" ? 0 : -40, max: 90 }),
        zone: fc.constantFrom("a", "b", "c"),
        model: fc.constantFrom("x", "y"),
        cut: fc.nat(3),
      });
      fc.assert(
        fc.property(fc.array(values, { maxLength: 25 }), (list) => {
          for (const price of [
            perUnit("p", "m", "0.07", "3"),
            tiered("graduated", "p", "m", [
              ["10", "500000"],
              [null, "70000"],
            ]),
            matrix(
              "p",
              "m",
              ["zone"],
              [
                [["a"], "2"],
                [["b"], "0.7"],
              ],
              "0.1",
            ),
            matrix(
              "p",
              "m",
              ["model", "zone"],
              [
                [["x", "a"], "2"],
                [["y", "b"], "5"],
              ],
            ),
          ]) {
            const rows = list.map(({ hour, value, zone, model, cut }, offset) =>
              reading(merging, cut, hour, String(value), { zone, model, offset }),
            );
            const late = vendor(price);
            const inTime = vendor(price);
            late.use(...rows);
            inTime.use(...rows.map((each) => ({ ...each, cut: 0 })));
            for (let cut = 0; cut < 4; cut += 1) {
              late.step(cut, `2023-12-0${cut + 2}`);
              inTime.step(cut, `2023-12-0${cut + 2}`);
            }
            expect(billed(late)).toEqual(billed(inTime));
          }
        }),
        { numRuns: 60 },
      );
    });
  }
});

describe("a matrix", () => {
  const price = matrix(
    "p",
    "m",
    ["model"],
    [
      [["large"], "3"],
      [["small"], "1"],
    ],
  );

  test("bills each combination by its row, spread over all dimensions, and parks what has none", () => {
    const world = vendor(price);
    world.use(
      reading("sum", 0, 1, "6", { model: "large", zone: "a" }),
      reading("sum", 0, 2, "3", { model: "large", zone: "b" }),
      reading("sum", 0, 3, "5", { model: "small", zone: "a" }),
      reading("sum", 0, 4, "8", { model: "odd", zone: "a" }),
    );
    const [usage] = world.step(0, "2023-12-02");
    expect(usage?.evidence).toMatchObject({
      quantity: "14",
      amount: "10.666666666666666666666666",
      rows: [],
      explanation: {
        of: "combinations",
        rows: [
          {
            dimensions: { model: "large" },
            is_default: false,
            charge: { quantity: "9", amount: "9" },
          },
          {
            dimensions: { model: "small" },
            is_default: false,
            charge: { quantity: "5", amount: "1.666666666666666666666666" },
          },
        ],
      },
      shares: [
        { dimensions: { model: "large", zone: "a" }, quantity: "6", amount: "6" },
        { dimensions: { model: "large", zone: "b" }, quantity: "3", amount: "3" },
        { dimensions: { model: "small", zone: "a" }, amount: "1.666666666666666666666666" },
      ],
    });
    expect(world.parked.map(({ price: name, reason }) => [name, reason])).toEqual([
      ["p", "price p has no row for model odd, and no default_row"],
    ]);
  });

  test("late usage of what has no row is parked too, and posts nothing", () => {
    const world = vendor(price);
    world.use(reading("sum", 0, 1, "6", { model: "large" }));
    world.step(0, "2023-12-02");
    world.use(reading("sum", 1, 1, "6", { model: "odd" }));
    expect(world.step(1, "2023-12-03")).toEqual([]);
    expect(world.parked).toHaveLength(1);
  });

  test("usage that was measured in two ways is parked whole, and everything else is billed", () => {
    const world = vendor(perUnit("q", "other", "1"), perUnit("p", "m", "1"));
    world.use(reading("max", 0, 1, "6"), reading("sum", 0, 1, "6"));
    expect(posted(world, 0, "2023-12-02")).toEqual(["usage: 0, 0"]);
    expect(world.parked[0]?.reason).toBe(
      "usage was measured as max and as sum: the two make no one quantity",
    );
  });
});

/** What each dimension was billed in the end, and the quantity that was last said of each price. */
function billed(world: World): Record<string, string> {
  const found: Record<string, string> = {};
  for (const rated of ratedPeriods(world.ledger)) {
    for (const [name, { quantity, shares }] of rated.prices) {
      found[name] = toText(quantity);
      for (const [key, share] of shares)
        if (!isZero(share.quantity) || !isZero(share.amount))
          found[`${name} ${key}`] = `${toText(share.quantity)} for ${toText(share.amount)}`;
    }
  }
  return found;
}
