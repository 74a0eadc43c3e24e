import { ratedPeriods } from "@tallybook/journal";
import type { Ledger, TransactionPosted } from "@tallybook/journal";
import { decimal, isZero, sum, toText } from "@tallybook/money";
import { slotOf } from "@tallybook/periods";
import { explanationHolds } from "@tallybook/pricing";
import type { ChargeModel, ChargeSpec, QuantitySpec } from "@tallybook/pricing";
import {
  at,
  customer,
  eventRow,
  fee,
  plan,
  priced,
  row,
  settings,
  subscription,
} from "@tallybook/testkit/facts";
import type { UsageRow } from "@tallybook/usage";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

const perUnit: QuantitySpec = { model: "per_unit", unit_amount: "0.07", per: "3" };
const tiers = [
  { up_to: "5", unit_amount: "1", flat_amount: "2", cap_amount: "4" },
  { up_to: "9.5", unit_amount: "0.3", flat_amount: null, cap_amount: null },
];
const graduated: QuantitySpec = {
  model: "graduated",
  tiers,
  per: "7",
  beyond: "last_tier",
  zero_usage: "first_flat",
};
const costs = { model: "cost_plus", markup_percent: "17" } as const;
const conversion = { operation: "divide", factor: "7", rounding: "ceiling", decimals: 0 } as const;

/** A price of every model with nothing easy in it: thirds, bounds, edges inside of slots. */
const specs: Readonly<Record<Exclude<ChargeModel, "flat">, ChargeSpec>> = {
  per_unit: perUnit,
  graduated,
  volume: { ...graduated, model: "volume", boundary: "upper_tier" },
  package: {
    model: "package",
    package_size: "3",
    package_amount: "0.1",
    free_units: "4",
    round: "up",
  },
  stairstep: {
    model: "stairstep",
    steps: [
      { up_to: "5", amount: "10" },
      { up_to: "12", amount: "7" },
    ],
    beyond: "last_tier",
    zero_usage: "nothing",
    boundary: "lower_tier",
  },
  block_tiers: {
    model: "block_tiers",
    policy: "all_tiers",
    tiers: [
      { block_size: "2", max_blocks: "3", block_amount: "1" },
      { block_size: "5", max_blocks: null, block_amount: "0.9" },
    ],
    beyond: "refused",
  },
  dynamic: { model: "dynamic", multiplier: "1.3" },
  graduated_percentage: {
    model: "graduated_percentage",
    tiers: [
      { up_to: "10", rate_percent: "1.7", flat_amount: null },
      { up_to: null, rate_percent: "0.3", flat_amount: "1" },
    ],
    beyond: null,
    zero_usage: "nothing",
  },
  percentage: {
    model: "percentage",
    rate_percent: "3.1",
    fixed_amount_per_event: "0.2",
    free_events: 2,
    free_amount: "9",
    minimum_per_event: "0.3",
    maximum_per_event: "0.5",
  },
  cost_plus: {
    ...costs,
    fixed_amount_per_event: "0.01",
    unit_cost_property: null,
    provider_prices: [
      { effective_at: "2023-01-01T00:00:00Z", unit_cost: "0.3" },
      { effective_at: "2023-11-10T12:30:00Z", unit_cost: "0.2" },
    ],
  },
  bulk: { model: "bulk", conversion, round_per: "job", job_property: "job", charge: graduated },
  capacity: {
    model: "capacity",
    unit_dimension: "model",
    tiers: [
      { amount: "1", max: { a: "3", b: "5" } },
      { amount: "7", max: { a: "9" } },
      { amount: "20", max: {} },
    ],
  },
  matrix: {
    model: "matrix",
    dimensions: ["model"],
    rows: [
      {
        dimensions: { model: "a" },
        charge: {
          ...costs,
          fixed_amount_per_event: null,
          unit_cost_property: "cost",
          provider_prices: [],
        },
      },
      { dimensions: { model: "b" }, charge: graduated },
    ],
    default_row: perUnit,
  },
  time_windows: {
    model: "time_windows",
    time_zone: "Asia/Kolkata",
    windows: [
      {
        name: "night",
        days: [1, 2, 3, 4, 5, 6, 7],
        from_minute: 0,
        to_minute: 360,
        charge: graduated,
      },
    ],
    otherwise: perUnit,
  },
};
const models = Object.keys(specs) as (keyof typeof specs)[];

const used = fc.record({
  model: fc.constantFrom("a", "b", "", "a"),
  minute: fc.integer({ min: 0, max: 30 * 1_440 - 1 }),
  tenths: fc.integer({ min: 1, max: 60 }),
  job: fc.constantFrom("x", "y", ""),
  cut: fc.nat(3),
});
type Used = typeof used extends fc.Arbitrary<infer T> ? T : never;

describe.each(models)("a price by %s", (model) => {
  test("comes to the same money for late usage in any pieces as for all at once", () => {
    fc.assert(
      fc.property(fc.array(used, { maxLength: 12 }), (uses) => {
        const late = rate(model, uses);
        const inTime = rate(
          model,
          uses.map((each) => ({ ...each, cut: 0 })),
        );
        expect(late.parked).toEqual([]);
        expect(billedIn(late.ledger)).toEqual(billedIn(inTime.ledger));
      }),
      { numRuns: 60 },
    );
  });

  test("posts what its shares and its explanation add up to", () => {
    fc.assert(
      fc.property(fc.array(used, { maxLength: 12 }), (uses) => {
        const world = rate(model, uses);
        for (const { evidence, transaction_kind } of transactionsOf(world)) {
          const { explanation, amount, shares } = evidence;
          expect(explanation === null || explanationHolds(explanation)).toBe(true);
          expect(explanation?.amount).toBe(amount);
          if (transaction_kind !== "usage") continue;
          expect(toText(sum(shares.map((share) => decimal(share.amount))))).toBe(amount);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("events", () => {
  test("are rated in the order of time, of one time by their place in the log, whenever they come", () => {
    const world = vendor("percentage", {
      ...specs.percentage,
      free_events: 1,
      free_amount: null,
      fixed_amount_per_event: null,
      minimum_per_event: null,
      maximum_per_event: null,
      rate_percent: "10",
    } as ChargeSpec);
    const first = eventRow(0, "acme", "percentage", "2023-11-02T10:00:00.5Z", "100");
    const sameTime = { ...first, quantity: "7", event: { ...placeOf(first), raw_offset: 1 } };
    world.use(sameTime, first);
    // The one of 100 is free.
    expect(world.step(0, "2023-12-02")[1]?.evidence.amount).toBe("0.7");
    world.use(eventRow(1, "acme", "percentage", "2023-11-01T10:00:00Z", "1"));
    expect(world.step(1, "2023-12-03")[0]?.evidence.amount).toBe("10.7");
  });

  test("without what a price asks of them park their charge, and everything else is billed", () => {
    const spec = { ...specs.cost_plus, unit_cost_property: "cost", provider_prices: [] };
    const world = vendor("cost_plus", spec);
    world.use(eventRow(0, "acme", "cost_plus", "2023-11-02T10:00:00Z", "5", { cost: "much" }));
    expect(world.step(0, "2023-12-02").map(({ transaction_kind: kind }) => kind)).toEqual(["fee"]);
    expect(world.parked.map(({ reason }) => reason)).toEqual([
      "an event of 2023-11-02T10:00:00Z has no number in cost, which says what the provider charged for a unit",
    ]);
  });

  test("that were not told apart are not guessed", () => {
    const world = vendor("percentage", specs.percentage);
    world.use(row(0, "acme", "percentage", "2023-11-02T10:00", "5"));
    world.step(0, "2023-12-02");
    expect(world.parked[0]?.reason).toBe(
      "the usage from 2023-11-02T10:00:00Z on is not told apart by events",
    );
  });

  test("outside of all windows park a price that has nothing for them", () => {
    const spec = { ...specs.time_windows, otherwise: null } as ChargeSpec;
    const world = vendor("time_windows", spec);
    world.use(eventRow(0, "acme", "time_windows", "2023-11-02T10:00:00Z", "5"));
    world.step(0, "2023-12-02");
    expect(world.parked[0]?.reason).toBe("5 units lie outside of all time windows");
  });
});

test("an amount that is owed without usage is of no dimensions, and moves to some when usage comes", () => {
  const world = vendor("graduated", graduated);
  expect(world.step(0, "2023-12-02")[1]?.evidence.shares).toEqual([
    { dimensions: {}, quantity: "0", amount: "2" },
  ]);
  world.use(row(1, "acme", "graduated", "2023-11-02T10:00", "7", { model: "a" }));
  expect(world.step(1, "2023-12-03")[0]?.evidence.shares).toMatchObject([
    { dimensions: { model: "a" }, quantity: "7" },
    { dimensions: {}, quantity: "0", amount: "-2" },
  ]);
});

function rate(model: keyof typeof specs, uses: readonly Used[]): World {
  const world = vendor(model, specs[model]);
  const rows = uses.map((each, index) => rowOf(model, each, index));
  for (let cut = 0; cut <= 3; cut += 1) {
    world.use(...rows.filter((each) => each.cut === cut));
    world.step(cut, `2023-12-0${cut + 2}`);
  }
  return world;
}

function vendor(meter: string, charge: ChargeSpec): World {
  const world = newWorld();
  world.tell(
    settings(0),
    customer("acme"),
    plan("dev", [fee("monthly", "20"), priced(meter, meter, charge)]),
    subscription("s1", "acme", "dev", "2023-11-01"),
  );
  return world;
}

function rowOf(meter: string, { model, minute, tenths, job, cut }: Used, index: number): UsageRow {
  const time = at("2023-11-01") + minute * 60_000_000;
  const base = eventRow(cut, "acme", meter, "2023-11-01", (tenths / 10).toFixed(1));
  return {
    ...base,
    slot: slotOf(time),
    dimensions: { model },
    merging: meter === "capacity" ? "max" : "sum",
    event: { time, partition: 0, raw_offset: index, properties: { job, cost: `0.${tenths}` } },
  };
}

function placeOf({ event }: UsageRow): NonNullable<UsageRow["event"]> {
  if (event === null) throw new Error("the row of an event");
  return event;
}

function transactionsOf(world: World): TransactionPosted[] {
  return world.facts.filter((fact) => fact.kind === "TransactionPosted");
}

/** What each price's dimensions were billed in the end. */
function billedIn(ledger: Ledger): Record<string, string> {
  const billed: Record<string, string> = {};
  for (const rated of ratedPeriods(ledger)) {
    for (const [price, { quantity, shares }] of rated.prices) {
      billed[price] = toText(quantity);
      for (const [key, share] of shares)
        if (!isZero(share.quantity) || !isZero(share.amount))
          billed[`${price} ${key}`] = `${toText(share.quantity)} for ${toText(share.amount)}`;
    }
  }
  return billed;
}
