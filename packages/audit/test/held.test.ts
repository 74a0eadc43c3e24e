import { knownAt, replay, replayAll } from "@tallybook/audit";
import type { Columns } from "@tallybook/columns";
import { describe, expect, test } from "vitest";

import { readBooks } from "../src/books.ts";
import { decideAll } from "../src/decide-all.ts";
import { createFirst } from "../src/first.ts";
import { keepBooks, usualTerms } from "./bookkeeper.ts";

const late = { invoice: "INV-000002", line: 1 };

describe("a line of more events than are held in memory", () => {
  test.each([false, true])("comes out the same; all of the log: %s", async (full) => {
    for (const terms of [usualTerms, { ...usualTerms, backfilled: ["f"] }]) {
      const books = await keepBooks(undefined, terms);
      for (const heldMax of [1, 2, 3]) {
        expect(await replay({ ...books, ...late, full, heldMax })).toEqual(
          await replay({ ...books, ...late, full }),
        );
        const all = replayAll({ ...books, full, heldMax });
        expect(await Array.fromAsync(all)).toEqual(
          await Array.fromAsync(replayAll({ ...books, full })),
        );
      }
    }
  });

  test.each([false, true])(
    "is found out where ClickHouse differs; all of the log: %s",
    async (full) => {
      const books = await keepBooks();
      books.kept.splice(0, 1);
      for (const heldMax of [1, 2, 3]) {
        const held = await replay({ ...books, ...late, full, heldMax });
        expect(held.verdict).toEqual((await replay({ ...books, ...late, full })).verdict);
        expect(held.verdict.kind).toBe(full ? "columns_differ" : "different");
      }
    },
  );

  test("is asked of ClickHouse by stretches of the log, each of a few rows", async () => {
    const books = await keepBooks();
    const rows: number[] = [];
    const readNamed: Columns["readNamed"] = async (filter) => {
      const named = await books.columns.readNamed(filter);
      rows.push(
        named.reduce((sum, each) => sum + each.events.length + each.measurements.length, 0),
      );
      return named;
    };
    const columns = { ...books.columns, readNamed };
    const { reading } = await replay({ ...books, columns, ...late, heldMax: 2 });
    expect(reading).toMatchObject({ kind: "named", records: 4 });
    expect(rows).toEqual([2, 2, 1, 2]);
  });

  test("is held a few records at a time, whoever they are of", async () => {
    const { log } = await keepBooks();
    const use = { tenant: "default", meters: ["tokens"], from: 0, to: 0, cutMax: 2 };
    const heldMax = 2;
    const held = { now: 0, most: 0, inAll: 0, released: 0 };
    const uses = ["acme", "nobody"].map((customer) => {
      let own = 0;
      return {
        use: { ...use, customer },
        owns: () => true,
        hold() {
          own += 1;
          held.inAll += 1;
          held.now += 1;
          held.most = Math.max(held.most, held.now);
        },
        size: () => own,
        async release() {
          held.now -= own;
          own = 0;
          held.released += 1;
        },
        end: async () => ({ kind: "again", corrections: [] }) as const,
      };
    });
    await decideAll({ log }, await readBooks(log), { cut: 2, uses, heldMax });
    expect(held.inAll).toBe(9);
    // A piece has as many records as may be held.
    expect(held.most).toBeLessThanOrEqual(2 * heldMax);
    expect(held.released).toBeGreaterThan(2);
  });

  test("comes to the same as known at another cut", async () => {
    const books = await keepBooks();
    const asked = { ...books, invoice: "INV-000001", at: { cut: 2 } };
    for (const full of [false, true])
      expect(await knownAt({ ...asked, full, heldMax: 1 })).toEqual(
        await knownAt({ ...asked, full }),
      );
  });

  test("shows the first of its events, counts all, and sums all of them up", async () => {
    const books = await keepBooks();
    const [all, some] = [
      await replay({ ...books, ...late }),
      await replay({ ...books, ...late, shownMax: 1 }),
    ];
    const [whole, shown] = [all.lines[0], some.lines[0]];
    expect(shown).toEqual({ ...whole, events: whole?.events.slice(0, 1) });
    expect([whole?.event_count, whole?.events.length]).toEqual([2, 2]);
    const other = await replay({ ...books, invoice: "INV-000001", line: 2 });
    expect(other.lines[0]?.events_digest).not.toBe(whole?.events_digest);
  });
});

test("the first of many are kept, whatever order they come in, and no more than twice as many", () => {
  const numbers = Array.from({ length: 500 }, (_, at) => (at * 7_919) % 997);
  const first = createFirst<number>(20, (a, b) => a - b);
  for (const number of numbers) first.add(number);
  expect(first.items()).toEqual(numbers.toSorted((a, b) => a - b).slice(0, 20));
  expect(first.count()).toBe(500);
});
