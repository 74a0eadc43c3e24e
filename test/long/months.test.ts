import { replayAll } from "@tallybook/audit";
import type { Replay } from "@tallybook/audit";
import { stream, withEngines } from "@tallybook/cli";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { expect, test } from "vitest";

import {
  advance,
  decemberClosed,
  expectIdentity,
  januaryClosed,
  novemberClosed,
} from "../e2e/support/billing.ts";
import { tally } from "../e2e/support/tally.ts";
import { createRandom } from "../simulation/random.ts";
import type { Random } from "../simulation/random.ts";

const seeds = 20;
const customersOfSeed = 3;
const backfilledOfSeed = 8;
const november = Date.parse("2023-11-01T00:00:00Z");
const december = Date.parse("2023-12-01T00:00:00Z");

/**
 * What is sent of a seed: in November; then, after its end, what is late, what corrects it, and December's own; and once November is out of
 * the window what was never sent of it, by a backfill.
 */
interface Month {
  readonly inTime: readonly object[];
  readonly correcting: readonly object[];
  readonly late: readonly object[];
  readonly correctingLate: readonly object[];
  readonly backfilled: readonly object[];
}

test(
  `every invoice line of ${seeds} generated months replays exactly on the real engines, with and without all of the log`,
  { timeout: 900_000 },
  async () => {
    await using stack = await startStack({ clock: "2023-11-01T00:00:00Z" });
    const { target } = stack;
    const body = { ahead_seconds: 60 * 86_400, window_seconds: 35 * 86_400 };
    await target.ask("/v1/settings", { method: "PUT", body });
    await target.ask("/v1/apply", { body: vendor() });
    await advance(target, "2023-11-01T01:00:00Z");
    const months = Array.from({ length: seeds }, (_, at) => monthOf(at + 1));
    const send = (part: keyof Month) =>
      stream(
        target,
        months.flatMap((month) => month[part]),
      );

    expect((await send("inTime")).refused).toEqual([]);
    await advance(target, "2023-11-20T00:00:00Z");
    expect((await send("correcting")).refused).toEqual([]);
    await advance(target, novemberClosed);
    expect((await send("late")).refused).toEqual([]);
    await advance(target, "2023-12-05T00:00:00Z");
    expect((await send("correctingLate")).refused).toEqual([]);
    await advance(target, decemberClosed);
    await backfill(
      stack,
      months.flatMap((month) => month.backfilled),
    );
    await advance(target, januaryClosed);
    await expectIdentity(stack);

    const named = await replayedBy(stack, false);
    const full = await replayedBy(stack, true);
    for (const replays of [named, full]) {
      for (const { verdict, invoice } of replays)
        expect(verdict, invoice).toEqual({ kind: "equal" });
      // A month and its corrections, and the month after it.
      expect(replays.length).toBeGreaterThanOrEqual(2 * seeds * customersOfSeed);
      const kinds = replays.flatMap(({ lines }) =>
        lines.map(({ transaction }) => transaction.kind),
      );
      expect(kinds.filter((kind) => kind === "adjustment").length).toBeGreaterThan(seeds);
      const lines = replays.flatMap((each) => each.lines);
      const byBackfill = lines.filter(({ transaction }) => transaction.backfills.length > 0);
      expect(byBackfill.length).toBeGreaterThan(seeds);
      const ofBackfill = lines.flatMap(({ events }) => events).filter((each) => each.backfill);
      expect(ofBackfill.length).toBeGreaterThan((seeds * backfilledOfSeed) / 2);
    }
    const [reading] = full.flatMap((each) => (each.reading.kind === "full" ? [each.reading] : []));
    expect(reading?.duplicates).toBeGreaterThan(seeds);
    expect(reading?.conflicts).toBeGreaterThan(seeds);
    expect(reading?.refused).toBeGreaterThan(0);

    const { code, out } = await tally(["replay", "--all", "--full", "--data", stack.dir]);
    expect([code, out]).toEqual([0, expect.stringContaining("come out exactly")]);
  },
);

/** November's drawer is opened: what of it is there already does not count, and what says otherwise is refused. */
async function backfill({ target }: TestStack, events: readonly object[]): Promise<void> {
  const range = { from: "2023-11-01T00:00:00Z", to: "2023-12-01T00:00:00Z" };
  const body = { backfill: "drawer", ...range, reason: "found in a drawer" };
  await target.ask("/v1/backfills", { body });
  for (let at = 0; at < events.length; at += batchMax) {
    const some = events.slice(at, at + batchMax);
    const query = { backfill: "drawer" };
    const answer = await target.ask("/v1/events/batch", { body: { events: some }, query });
    expect(answer).toMatchObject({ accepted: some.length, refused: 0 });
  }
}

const batchMax = 500;

async function replayedBy(stack: TestStack, full: boolean): Promise<Replay[]> {
  return withEngines(stack.run(), (engines) =>
    Array.fromAsync(replayAll({ ...engines, full, shownMax: 10_000 })),
  );
}

function monthOf(seed: number): Month {
  const random = createRandom(seed);
  const event = (name: string, from: number, days: number) => ({
    id: `${seed}-${name}`,
    type: "job",
    customer: `s${seed}-${random.below(customersOfSeed)}`,
    time: new Date(from + random.below(days * 86_400_000)).toISOString(),
    properties: {
      n: String(random.below(5_000) / 8),
      user: `u${random.below(6)}`,
      model: random.pick(["large", "small"]),
    },
  });
  const many = (name: string, count: number, from: number, days: number) =>
    Array.from({ length: count }, (_, at) => event(`${name}${at}`, from, days));
  const first = many("n", 40, november, 19);
  const late = [...many("l", 10, november, 30), ...many("d", 20, december, 30)];
  return {
    inTime: [...first, ...again(random, first), ...otherwise(random, first)],
    correcting: correctionsOf(random, seed, "c", first),
    late: [...late, ...again(random, [...first, ...late]), ...otherwise(random, first)],
    correctingLate: correctionsOf(random, seed, "e", [...first, ...late]),
    backfilled: [
      ...many("b", backfilledOfSeed, november, 30),
      ...again(random, first),
      ...otherwise(random, first),
    ],
  };
}

type Event = { readonly id: string; readonly properties: Readonly<Record<string, string>> };

function again(random: Random, events: readonly Event[]): Event[] {
  return events.filter(() => random.chance(0.15));
}

/** Conflicts: the same ids with other contents. */
function otherwise(random: Random, events: readonly Event[]): Event[] {
  return again(random, events).map((event) => ({
    ...event,
    properties: { ...event.properties, n: "9999" },
  }));
}

/** Of events that are there, and of one that never was. */
function correctionsOf(random: Random, seed: number, name: string, events: readonly Event[]) {
  const missing = { id: `${seed}-never`, properties: {} };
  return [...again(random, events), missing].map(({ id, properties }, at) => {
    const said = { id: `${seed}-${name}${at}`, reason: "measured wrong" };
    return random.chance(0.3)
      ? { ...said, retracts: id }
      : { ...said, corrects: id, properties: { ...properties, n: String(random.below(900)) } };
  });
}

/** A third of the seeds has tiers, a third an extreme, a third what is told apart. */
function vendor(): object {
  const meter = { event_type: "job", value_property: "n" };
  const perUnit = (of: string, unit_amount: string) => ({
    price: of,
    meter: of,
    model: "per_unit",
    unit_amount,
  });
  const customers = Array.from({ length: seeds }, (_, at) => at + 1).flatMap((seed) =>
    Array.from({ length: customersOfSeed }, (_, at) => ({ seed, customer: `s${seed}-${at}` })),
  );
  return {
    meters: [
      { ...meter, meter: "work", aggregation: "sum", dimensions: ["model"] },
      { ...meter, meter: "peak", aggregation: "max" },
      { ...meter, meter: "users", aggregation: "unique", value_property: "user" },
      { ...meter, meter: "level", aggregation: "latest" },
    ],
    plans: [
      {
        plan: "tiers",
        currency: "USD",
        prices: [
          { price: "base", model: "flat", amount: "31" },
          {
            price: "work",
            meter: "work",
            model: "graduated",
            tiers: [{ up_to: "1000", unit_amount: "0.013" }, { unit_amount: "0.0071" }],
          },
        ],
      },
      {
        plan: "extremes",
        currency: "USD",
        prices: [perUnit("work", "0.0107"), perUnit("peak", "0.31")],
      },
      {
        plan: "apart",
        currency: "USD",
        prices: [
          { price: "base", model: "flat", amount: "7", payment_term: "in_advance" },
          perUnit("users", "1.19"),
          perUnit("level", "0.05"),
        ],
      },
    ],
    customers: customers.map(({ customer }) => ({ customer })),
    subscriptions: customers.map(({ seed, customer }) => ({
      customer,
      plan: ["tiers", "extremes", "apart"][seed % 3],
      start: "2023-11-01T00:00:00Z",
    })),
  };
}
