import { type Credits, recursEvery } from "@tallybook/credits";
import { cut, decimal, mulRatios, ratioOf, toText } from "@tallybook/money";
import fc from "fast-check";
import { creditsOf, grant, HOUR, run, start, use } from "./examples.ts";

export const hours = 48;
export const hour = fc.integer({ min: 0, max: hours - 1 });
const cents = fc.integer({ min: 1, max: 20_000 }).map((whole) => text(whole));

/** Hundredths as a decimal. */
export function text(whole: number): string {
  return toText(cut(mulRatios(ratioOf(decimal(String(whole))), ratioOf(decimal("0.01"))), 2));
}

const terms = fc.record({
  amount: cents,
  priority: fc.integer({ min: 0, max: 2 }),
  begins: fc.integer({ min: -5, max: hours }),
  lives: fc.option(fc.integer({ min: 1, max: hours })),
  every: fc.option(fc.integer({ min: 1, max: 20 })),
  carry: cents,
  min: fc.oneof(fc.constant("0"), cents),
  max: fc.option(cents),
  cost: fc.option(cents),
  meter: fc.constantFrom(null, null, "calls", "tokens"),
});

const grants = fc.array(terms, { minLength: 1, maxLength: 6 }).map((list) =>
  list.map((each, index) => {
    const begins = start + each.begins * HOUR;
    return grant({
      grant: `g${index}`,
      amount: each.amount,
      priority: each.priority,
      created_at: start + (index % 2),
      effective_at: begins,
      expires_at: each.lives === null ? null : begins + each.lives * HOUR,
      recurs: each.every === null ? null : recursEvery(each.every * HOUR, start),
      carry_max: each.carry,
      rollover_min: each.min,
      rollover_max: each.max,
      cost: each.cost === null ? null : { amount: each.cost, currency: "USD" },
      only: each.meter === null ? null : { meters: [each.meter], products: [] },
    });
  }),
);

const uses = fc.array(
  fc
    .tuple(hour, fc.integer({ min: 0, max: 59 }), cents, fc.constantFrom("calls", "tokens"))
    .map(([at, minute, quantity, meter]) =>
      use(start + at * HOUR + minute * 60_000_000, quantity, meter),
    ),
  { maxLength: 12 },
);

export const month = fc.record({
  grants,
  uses,
  resets: fc.uniqueArray(fc.integer({ min: 1, max: hours }), { maxLength: 3 }),
  voids: fc.array(fc.tuple(fc.nat(5), hour), { maxLength: 2 }),
  overage: fc.constantFrom("kept" as const, "dropped" as const),
});

export type Month = typeof month extends fc.Arbitrary<infer T> ? T : never;

export const end = start + hours * HOUR;

/** The month in stretches that end at the given hours, each from where the one before it ended. */
export function inStretches(
  given: Month,
  cuts: readonly number[],
  grantsGiven = given.grants,
): Credits {
  const voided = new Map(given.voids.map(([index, at]) => [grantsGiven[index]?.grant, at]));
  const ends = [...new Set([...cuts, hours])].toSorted((a, b) => a - b);
  let credits = creditsOf(grantsGiven);
  let from = 0;
  for (const to of ends) {
    credits = run(credits, start + to * HOUR, given.uses, {
      overage: given.overage,
      resets: given.resets.filter((at) => at > from && at <= to).map((at) => start + at * HOUR),
      voids: [...voided].flatMap(([id, at]) =>
        id === undefined ? [] : [{ grant: id, at: start + at * HOUR }],
      ),
    }).credits;
    from = to;
  }
  return credits;
}
