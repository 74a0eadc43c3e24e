import type { CatalogFact } from "@tallybook/catalog";
import { ratedPeriods } from "@tallybook/journal";
import { decimal, isZero, sum, toText } from "@tallybook/money";
import {
  at,
  billNow,
  customer,
  perUnit,
  plan,
  settings,
  subscription,
  system,
  usualMeter,
} from "@tallybook/testkit/facts";
import { eventRowOf, measure } from "@tallybook/usage";
import type { Meter, UsageRow } from "@tallybook/usage";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

type MeterPublished = Extract<CatalogFact, { readonly kind: "MeterPublished" }>;

function meter(name: string, part: Partial<Meter>): MeterPublished {
  return {
    kind: "MeterPublished",
    ...system,
    ...usualMeter,
    meter: name,
    version: 1,
    event_type: "e",
    aggregation: "sum",
    value_property: "n",
    dimensions: ["zone"],
    ...part,
  };
}

const changes = meter("m", { aggregation: "weighted_sum", held: "changes" });
const levels = meter("m", { aggregation: "weighted_sum", held: "levels" });
const percentile = meter("m", {
  aggregation: "percentile",
  percent: "90",
  sample_seconds: 3_600,
  combining: "sum",
});
const calls = meter("calls", { aggregation: "count", value_property: null });
const tools = meter("tools", { event_type: "tool" });
const runs = meter("m", {
  event_type: "",
  aggregation: "composite",
  value_property: null,
  dimensions: [],
  group_property: "run",
  parts: [
    { meter: "tools", weight: "0.3" },
    { meter: "calls", weight: "1" },
  ],
  rounding: { mode: "ceiling", decimals: 0 },
});

interface Happening {
  readonly cut: number;
  /** A day, a minute of one, or a whole time. */
  readonly time: string;
  readonly n: string;
  readonly zone?: string;
  readonly run?: string;
  readonly type?: string;
  readonly subscription?: string;
}

/** What the meters of the world make of events, each as a row of its own; the place in the list is the place in the log. */
function rowsOf(meters: readonly MeterPublished[], events: readonly Happening[]): UsageRow[] {
  const byMeter = Map.groupBy(meters, (each) => each.meter);
  return events.flatMap(
    ({ cut, time, n, zone = "", run, type = "e", subscription: named }, at_) => {
      const event = {
        kind: "UsageAccepted" as const,
        raw_offset: at_,
        cut,
        tenant: "default",
        source: "",
        id: String(at_),
        type,
        customer: "acme",
        subscription: named ?? null,
        time: at(time),
        properties: { n, zone, ...(run === undefined ? {} : { run }) },
        content_hash: Buffer.alloc(32),
        received_at: 0,
        door: null,
        api_key: null,
        target: null,
        personal: {},
        corrected: null,
        backfill: null,
      };
      return measure(event, byMeter).measurements.map((each) => eventRowOf(each, event, 0));
    },
  );
}

function vendor(...meters: MeterPublished[]): World & { happen(...events: Happening[]): void } {
  const world = newWorld();
  world.tell(
    settings(0),
    ...meters,
    customer("acme"),
    plan("dev", [perUnit("p", "m", "1")]),
    subscription("s1", "acme", "dev", "2023-11-01"),
  );
  const happened: Happening[] = [];
  return Object.assign(world, {
    happen(...events: Happening[]) {
      // So that places go on where they ended.
      const from = happened.length;
      happened.push(...events);
      world.use(...rowsOf(meters, happened).filter((row) => (row.event?.raw_offset ?? 0) >= from));
    },
  });
}

/** What was posted: month, kind, quantity of the period, and what it adds to the bill. */
function posted(world: World, cut: number, day: string): string[] {
  return world.step(cut, day).map(({ transaction_kind: kind, evidence }) => {
    const amount = toText(sum(evidence.shares.map((share) => decimal(share.amount))));
    const month = new Date(evidence.period_from / 1_000).toISOString().slice(0, 7);
    return `${month} ${kind}: ${evidence.quantity}, ${amount}`;
  });
}

const hour = 3_600;
const day = 24 * hour;

describe("a weighted sum", () => {
  test("carries what is held from month to month, with no event in between", () => {
    const world = vendor(changes);
    world.happen({ cut: 0, time: "2023-11-30", n: "2" });
    expect(posted(world, 0, "2023-12-01")).toEqual([`2023-11 usage: ${2 * day}, ${2 * day}`]);
    expect(posted(world, 1, "2024-01-01")).toEqual([
      `2023-12 usage: ${2 * 31 * day}, ${2 * 31 * day}`,
    ]);
    world.happen({ cut: 2, time: "2024-01-02", n: "-2" });
    expect(posted(world, 2, "2024-02-01")).toEqual([`2024-01 usage: ${2 * day}, ${2 * day}`]);
    expect(posted(world, 3, "2024-03-01")).toEqual(["2024-02 usage: 0, 0"]);
  });

  test("takes an event of the period's first moment once, and none of a cut that is still to come", () => {
    const world = vendor(changes);
    world.happen(
      { cut: 0, time: "2023-11-01", n: "1" },
      { cut: 0, time: "2023-12-01", n: "2" },
      { cut: 2, time: "2023-10-01", n: "5" },
    );
    expect(posted(world, 0, "2023-12-01")).toEqual([`2023-11 usage: ${30 * day}, ${30 * day}`]);
    expect(posted(world, 1, "2024-01-01")).toEqual([`2023-12 usage: ${93 * day}, ${93 * day}`]);
  });

  test("counts what was held before the subscription began, from its beginning on", () => {
    const world = vendor(levels);
    world.happen({ cut: 0, time: "2023-10-07T11:30", n: "3" });
    expect(posted(world, 0, "2023-12-01")).toEqual([
      `2023-11 usage: ${3 * 30 * day}, ${3 * 30 * day}`,
    ]);
  });

  test("changes its own month and every later one when an event comes late", () => {
    const world = vendor(changes);
    world.happen({ cut: 0, time: "2023-11-30", n: "2" });
    posted(world, 0, "2023-12-01");
    posted(world, 1, "2024-01-01");
    world.happen({ cut: 2, time: "2023-11-30T12:00", n: "1" });
    expect(posted(world, 2, "2024-02-01")).toEqual([
      `2024-01 usage: ${3 * 31 * day}, ${3 * 31 * day}`,
      `2023-11 adjustment: ${2 * day + 12 * hour}, ${12 * hour}`,
      `2023-12 adjustment: ${3 * 31 * day}, ${31 * day}`,
    ]);
    // A level that a later one replaces before the month ends changes nothing after it.
    const held = vendor(levels);
    held.happen({ cut: 0, time: "2023-11-30T18:00", n: "2" });
    posted(held, 0, "2023-12-01");
    posted(held, 1, "2024-01-01");
    held.happen({ cut: 2, time: "2023-11-30T12:00", n: "1" });
    expect(posted(held, 2, "2024-01-02")).toEqual([
      `2023-11 adjustment: ${2 * 6 * hour + 6 * hour}, ${6 * hour}`,
    ]);
  });

  test("has a share for each set of dimensions that holds anything, also where nothing happened to it", () => {
    const world = vendor(levels);
    world.happen(
      { cut: 0, time: "2023-11-01", n: "2", zone: "a" },
      { cut: 0, time: "2023-11-01", n: "1", zone: "b" },
      { cut: 0, time: "2023-12-31", n: "4", zone: "b" },
      { cut: 0, time: "2023-11-30", n: "0", zone: "a" },
    );
    posted(world, 0, "2023-12-01");
    const [usage] = world.step(1, "2024-01-01");
    expect(usage?.evidence.shares).toEqual([
      { dimensions: { zone: "b" }, quantity: String(30 * day + 4 * day), amount: String(34 * day) },
    ]);
  });

  test("is carried only for whom an event of the moment would be", () => {
    const world = vendor(changes);
    world.tell(subscription("s2", "acme", "dev", "2023-12-01"));
    world.happen(
      { cut: 0, time: "2023-11-30", n: "2" },
      { cut: 0, time: "2023-11-30", n: "1", subscription: "s1" },
    );
    posted(world, 0, "2023-12-01");
    // Two take the meter in December: what names none of them is nobody's.
    expect(posted(world, 1, "2024-01-01")).toEqual([
      `2023-12 usage: ${31 * day}, ${31 * day}`,
      "2023-12 usage: 0, 0",
    ]);
  });

  test("is rounded before it is priced", () => {
    const world = vendor({ ...changes, rounding: { mode: "ceiling", decimals: 0 } });
    world.happen({ cut: 0, time: "2023-11-30T23:59:59.5Z", n: "3" });
    expect(posted(world, 0, "2023-12-01")).toEqual(["2023-11 usage: 2, 2"]);
  });
});

describe("a composite", () => {
  const events: Happening[] = [
    { cut: 0, time: "2023-11-02T10:00", n: "4", run: "x", type: "tool", zone: "a" },
    { cut: 0, time: "2023-11-02T10:01", n: "1", run: "x", zone: "b" },
    { cut: 0, time: "2023-11-03", n: "1", run: "y", type: "tool" },
  ];

  test("is billed by the run, and says what it is made of", () => {
    const world = vendor(calls, tools, runs);
    world.happen(...events);
    const [usage] = world.step(0, "2023-12-01");
    // x: 0.3 × 4 + 1 = 2.2 → 3; y: 0.3 → 1.
    expect(usage?.evidence).toMatchObject({
      meter: "m",
      quantity: "4",
      shares: [{ dimensions: {}, quantity: "4", amount: "4" }],
      made_of: [
        { meter: "tools", quantity: "5" },
        { meter: "calls", quantity: "1" },
      ],
    });
  });

  test("notes a part that came late though no unit did, and adds the unit that did", () => {
    const world = vendor(calls, tools, runs);
    world.happen(...events);
    world.step(0, "2023-12-01");
    world.happen({ cut: 1, time: "2023-11-04", n: "1", run: "y", type: "tool" });
    const [noted] = world.step(1, "2023-12-02");
    expect(noted).toMatchObject({ transaction_kind: "adjustment", evidence: { quantity: "4" } });
    expect(noted?.evidence.shares).toEqual([]);
    expect(noted?.evidence.made_of[0]).toEqual({ meter: "tools", quantity: "6" });
    world.happen({ cut: 2, time: "2023-11-04", n: "1", run: "z" });
    expect(posted(world, 2, "2023-12-03")).toEqual(["2023-11 adjustment: 5, 1"]);
  });

  test("is made of what its version says in which the month begins", () => {
    const second = { ...runs, version: 2, parts: [{ meter: "tools", weight: "1" }] };
    const world = vendor(calls, tools, runs, { ...second, effective_at: at("2023-12-01") });
    world.happen(...events, { cut: 0, time: "2023-12-01", n: "7", run: "x", type: "tool" });
    world.happen({ cut: 0, time: "2023-12-02", n: "1", run: "x" });
    expect(posted(world, 0, "2023-12-01")).toEqual(["2023-11 usage: 4, 4"]);
    expect(posted(world, 1, "2024-01-01")).toEqual(["2023-12 usage: 7, 7"]);
  });
});

describe("however late it comes, the bill is that of usage in time, over three months", () => {
  const ends = ["2023-12-02", "2023-12-15", "2024-01-02", "2024-02-02"];
  const happening = fc.record({
    cut: fc.nat(3),
    minutes: fc.integer({ min: -3 * 24 * 60, max: 92 * 24 * 60 - 1 }),
    n: fc.integer({ min: -9, max: 9 }),
    zone: fc.constantFrom("a", "b"),
    run: fc.constantFrom("x", "y", undefined),
    type: fc.constantFrom("e", "tool"),
    subscription: fc.constantFrom(undefined, "s1"),
  });
  const cases = {
    changes: [changes],
    levels: [levels],
    percentile: [percentile],
    composite: [calls, tools, runs],
  };
  for (const [name, meters] of Object.entries(cases)) {
    test(name, () => {
      fc.assert(
        fc.property(fc.array(happening, { maxLength: 16 }), fc.nat(), (list, seed) => {
          const events = list.map(
            ({ minutes, n, run, subscription: named, ...event }): Happening => {
              const time = new Date(Date.UTC(2023, 10, 1) + minutes * 60_000).toISOString();
              const value = String(name === "composite" ? Math.abs(n) : n);
              return {
                ...event,
                time: time.replace(".000Z", "Z"),
                n: value,
                ...(run === undefined ? {} : { run }),
                ...(named === undefined ? {} : { subscription: named }),
              };
            },
          );
          const late = vendor(...meters);
          const inTime = vendor(...meters);
          // Rows come in any order; what they are does not change with it.
          const rows = rowsOf(meters, events);
          const at_ = rows.length === 0 ? 0 : seed % rows.length;
          late.use(...[...rows.slice(at_), ...rows.slice(0, at_)].toReversed());
          inTime.use(...rows.map((row) => ({ ...row, cut: 0 })));
          for (const [cut, end] of ends.entries()) {
            late.step(cut, end);
            inTime.step(cut, end);
          }
          expect(billed(late)).toEqual(billed(inTime));
        }),
        { numRuns: 80 },
      );
    });
  }
});

/** What each dimension of each month was billed in the end, what was last said of it, and of its parts. */
function billed(world: World): Record<string, string> {
  const found: Record<string, string> = {};
  for (const rated of ratedPeriods(world.ledger)) {
    for (const { quantity, shares, parts } of rated.prices.values()) {
      found[rated.from] = toText(quantity);
      for (const [part, of] of parts) found[`${rated.from} ${part}`] = toText(of);
      for (const [key, share] of shares)
        if (!isZero(share.quantity) || !isZero(share.amount))
          found[`${rated.from} ${key}`] = `${toText(share.quantity)} for ${toText(share.amount)}`;
    }
  }
  return found;
}

describe("what goes by time, billed before its month is over", () => {
  test("counts as much of what is held as has passed, and the rest at the end", () => {
    const world = vendor(changes);
    world.happen({ cut: 0, time: "2023-11-01", n: "2" }, { cut: 0, time: "2023-11-21", n: "1" });
    world.tell(billNow("s1"));
    // 2 for ten days; what comes on the 21st is not held yet.
    expect(posted(world, 0, "2023-11-11")).toEqual(["2023-11 usage: 1728000, 1728000"]);
    world.tell(billNow("s1"));
    expect(posted(world, 1, "2023-11-12")).toEqual(["2023-11 usage: 1900800, 172800"]);
    // 2 for 30 days and 1 for ten.
    expect(posted(world, 2, "2023-12-01")).toEqual(["2023-11 usage: 6048000, 4147200"]);
  });

  test("samples the time that has passed", () => {
    const world = vendor(percentile);
    const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));
    world.happen(...hours.map((hour) => ({ cut: 0, time: `2023-11-01T${hour}:00`, n: "5" })));
    world.tell(billNow("s1"));
    expect(posted(world, 0, "2023-11-02")).toEqual(["2023-11 usage: 5, 5"]);
    expect(posted(world, 1, "2023-12-01")).toEqual(["2023-11 usage: 0, -5"]);
  });
});
