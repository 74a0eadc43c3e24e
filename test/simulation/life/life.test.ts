import type { CatalogFact } from "@tallybook/catalog";
import { describe, expect, test } from "vitest";

import { oddCalendars } from "../odd-calendars.ts";
import { runWorld } from "../world.ts";
import { expectSound } from "./checks.ts";
import { live } from "./live.ts";
import type { Lived } from "./live.ts";
import { monthByMonth, stepsOfMonth, vendor } from "./months.ts";
import { numbersIn } from "./operations.ts";
import type { Doing } from "./operations.ts";

const tenants = ["a", "b"];
const seeds = 20;

/** So many months of a vendor's customers, without usage. */
function monthsOf(customers: number, months: number, seed = 1) {
  const facts: CatalogFact[] = tenants.flatMap((tenant) => vendor(tenant, customers));
  return runWorld({
    seed,
    steps: months * stepsOfMonth,
    transactions: true,
    traffic: monthByMonth(facts),
    isUntouched: true,
  });
}

/** How often what was done. */
function countDone(lives: readonly Lived[]): Map<Doing, number> {
  const counts = new Map<Doing, number>();
  for (const { operation, answer } of lives.flatMap(({ done }) => done))
    if (answer.status < 300) counts.set(operation.what, (counts.get(operation.what) ?? 0) + 1);
  return counts;
}

describe("the life of invoices", () => {
  test("is sound where 20 workers ask for 500 things each at once, while processes die and answers are lost", async () => {
    const { log, columns } = await monthsOf(45, 24);
    const of = { log, columns, tenants, seed: 1, workers: 20, operations: 500, cuts: 24 };
    const lived = await live({ ...of, crashChance: 0.003 });
    const { facts } = await expectSound(lived, of);
    expect(lived.done).toHaveLength(10_000);
    const counts = countDone([lived]);
    expect(Math.min(...counts.values()), JSON.stringify([...counts])).toBeGreaterThan(25);
    expect(counts.size).toBe(11);
    expect([...lived.crashes.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
    expect(lived.done.filter(({ sent }) => sent > 1).length).toBeGreaterThan(100);
    // Of each tenant's three entities, three series each.
    const series = numbersIn(facts).counts;
    expect(series.size).toBe(18);
    expect(Math.min(...series.values()), JSON.stringify([...series])).toBeGreaterThan(10);
    await lived.house.close();
  }, 600_000);

  test(`is sound wherever a process dies (seeds 1 to ${seeds})`, async () => {
    const lives: Lived[] = [];
    for (let seed = 1; seed <= seeds; seed += 1) {
      const { log, columns } = await monthsOf(3, 6, seed);
      const of = { log, columns, tenants, seed, workers: 12, operations: 40, cuts: 6 };
      const lived = await live({ ...of, crashChance: 0.06 });
      await expectSound(lived, of).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
      await lived.house.close();
      lives.push(lived);
    }
    // Each order's worker has died with it decided, and with it written and nobody told.
    const crashes = new Set(lives.flatMap((lived) => [...lived.crashes.keys()]));
    for (const order of orders)
      for (const point of ["invoicer.decided", "invoicer.committed"])
        expect(crashes).toContain(`${point} ${order}`);
    for (const point of points) expect(crashes).toContain(point);
    const takeovers = lives.reduce((sum, lived) => sum + lived.takeovers, 0);
    expect(takeovers).toBeGreaterThan(seeds);
  }, 600_000);

  test("is sound with usage that comes late and is corrected (seeds 1 to 8)", async () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const billed = oddCalendars();
      const { log, columns } = await runWorld({
        seed,
        steps: 250,
        transactions: seed % 2 === 0,
        billed,
      });
      const of = { log, columns, tenants, seed, workers: 5, operations: 20, cuts: 10 };
      const lived = await live({ ...of, crashChance: 0.03 });
      await expectSound(lived, of).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
      await lived.house.close();
    }
  }, 600_000);
});

const orders = [
  "record_payment",
  "reverse_payment",
  "issue_note",
  "send_invoice",
  "void_invoice",
  "place_hold",
  "release_hold",
  "apply_credit",
  "refund_credit",
  "finalize",
];

/** Where no order is worked on. */
const points = [
  "invoicer.read",
  "invoicer.decided",
  "invoicer.committed",
  "rater.begun",
  "rater.read",
  "rater.computed",
  "rater.appended",
];
