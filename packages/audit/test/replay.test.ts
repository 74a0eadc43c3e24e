import { NoSuchLine, replay } from "@tallybook/audit";
import { describe, expect, test } from "vitest";

import { keepBooks, usualTerms } from "./bookkeeper.ts";
import type { Office } from "./bookkeeper.ts";
import { bothWays } from "./both-ways.ts";

describe("a line replayed", () => {
  test("shows its events in the log, and the same number at every step to the cent", async () => {
    const found = await bothWays(await keepBooks(), { invoice: "INV-000001", line: 2 });
    expect(found.events).toEqual([
      {
        partition: 0,
        offset: 2,
        source: "",
        id: "b",
        time: "2023-11-16T18:30:00Z",
        quantity: "333333",
        value: "",
        cut: 1,
        dimensions: { model: "code" },
        backfill: null,
      },
    ]);
    expect(found.rollup).toEqual([{ slot: "2023-11-16T18:00:00Z", quantity: "333333", count: 1 }]);
    expect(
      `\n${found.compared.map(({ step, what, billed, recomputed }) => `${step}, ${what}: ${billed} ${recomputed}`).join("\n")}\n`,
    ).toBe(`
ClickHouse, quantity of all dimensions, in the rollups: 933333 933333
rating, quantity of the period: 933333 933333
tier 0 to 1000000, quantity: 933333 933333
tier 0 to 1000000, unit amount: 0.5 per 1000000 0.5 per 1000000
tier 0 to 1000000, amount: 0.4666665 0.4666665
rating, amount of the period: 0.4666665 0.4666665
share model code, quantity: 333333 333333
share model code, amount: 0.1666665 0.1666665
share model conv, quantity: 600000 600000
share model conv, amount: 0.3 0.3
posting, assets:receivable:acme: 0.4666665 0.4666665
posting, income:usage:dev:input: -0.4666665 -0.4666665
transaction, canonical bytes: as posted as posted
line, quantity: 333333 333333
line, exact amount: 0.1666665 0.1666665
line, minor units of USD: 17 17
invoice, total in minor units of USD: 2047 2047
`);
    expect(found.verdict).toEqual({ kind: "equal" });
  });

  test("of a fee has no events, and of late usage those of all cuts", async () => {
    const books = await keepBooks();
    const fee = await bothWays(books, { invoice: "INV-000001", line: 1 });
    const late = await bothWays(books, { invoice: "INV-000002", line: 1 });
    expect([fee.events.length, fee.meter, fee.verdict.kind]).toEqual([0, null, "equal"]);
    expect([late.events.map(({ id }) => id), late.transaction.kind, late.verdict.kind]).toEqual([
      ["b", "f"],
      "adjustment",
      "equal",
    ]);
    expect(late.compared).toContainEqual({
      step: "journal",
      what: "amount of the period posted before",
      billed: "0.4666665",
      recomputed: "0.4666665",
      equal: true,
    });
  });

  test("tells by all of the log what else there was: repeats, conflicts, and what was refused", async () => {
    const { log, columns } = await keepBooks();
    const { reading, statement, lines } = await replay({ log, invoice: "INV-000001", full: true });
    expect(reading).toEqual({
      kind: "full",
      cut: 1,
      records: 7,
      accepted: 4,
      duplicates: 1,
      conflicts: 1,
      refused: 1,
      nameless: 0,
    });
    expect(statement).toContain("all 7 records of usage.raw up to cut 1");
    const shown = lines.flatMap(({ line, uncounted }) =>
      uncounted.map(({ offset, id, decision, reason, original }) => [
        line,
        offset,
        id,
        decision,
        reason,
        original,
      ]),
    );
    expect(shown).toEqual([
      [3, 3, "a", "duplicate", "duplicate", 1],
      [3, 4, "a", "conflict", "conflict", 1],
    ]);
    const named = await replay({ log, columns, invoice: "INV-000001" });
    expect(named.reading).toEqual({ kind: "named", cut: 1, records: 3 });
    expect(named.statement).toContain("Not proven");
    expect(named.lines.map(({ verdict }) => verdict.kind)).toEqual(["equal", "equal", "equal"]);
  });

  test("differs from the bill where usage.raw says something else", async () => {
    const books = await keepBooks((fact) =>
      fact.kind === "UsageReported" && fact.id === "b"
        ? { ...fact, properties: { model: "code", n: "333334" } }
        : fact,
    );
    for (const full of [true, false]) {
      const { verdict, compared } = await replay({
        ...books,
        invoice: "INV-000001",
        line: 2,
        full,
      });
      expect(verdict).toMatchObject({
        kind: "different",
        first: { step: "rating", billed: "933333", recomputed: "933334" },
      });
      expect(compared).toContainEqual({
        step: "ClickHouse",
        what: "events that say the same",
        billed: "2",
        recomputed: "3",
        equal: false,
      });
    }
  });

  test("comes out again from the log when only ClickHouse was changed, row by row", async () => {
    const doctored: Readonly<Record<string, (books: Office) => void>> = {
      "quantity of all dimensions, in the rollups": ({ rows }) => rows.splice(0, 1),
      "events that say the same": ({ kept }) => {
        const [first] = kept;
        if (first !== undefined) kept[0] = { ...first, event: { ...first.event, id: "z" } };
      },
      "events measured the same": ({ kept }) => {
        const [first] = kept;
        if (first !== undefined)
          kept[0] = { ...first, measured: { ...first.measured, measurements: [] } };
      },
    };
    for (const [what, doctor] of Object.entries(doctored)) {
      for (const full of [true, false]) {
        const books = await keepBooks();
        doctor(books);
        const { verdict } = await replay({ ...books, invoice: "INV-000001", line: 2, full });
        expect(verdict, what).toMatchObject({ kind: "columns_differ", first: { what } });
      }
    }
  });

  test("is not exact where ClickHouse does not name an event: all of the log says which of the two is wrong", async () => {
    const books = await keepBooks();
    books.kept.splice(0, 1);
    const options = { ...books, invoice: "INV-000001", line: 2 };
    const [named, full] = [await replay(options), await replay({ ...options, full: true })];
    expect(named.verdict).toMatchObject({
      kind: "different",
      first: { step: "rating", billed: "933333", recomputed: "333333" },
    });
    expect(full.verdict).toMatchObject({ kind: "columns_differ" });
    expect(full.compared.map(({ what, billed }) => [what, billed])).toContainEqual([
      "partition 0, offset 1, cut 1",
      "not there",
    ]);
  });

  test("refuses a log whose barriers do not stand where the cuts say", async () => {
    const books = await keepBooks((fact) =>
      fact.kind === "PartCompared" && fact.cut === 0
        ? { ...fact, raw_end_offset: fact.raw_end_offset + 1 }
        : fact,
    );
    const options = { ...books, invoice: "INV-000001", line: 2, full: true };
    await expect(replay(options)).rejects.toThrow("barrier 0 of partition 0 stands at offset 0");
  });

  test("of distinct values names each, of which one counts once", async () => {
    const books = await keepBooks(undefined, {
      meter: { aggregation: "unique", value_property: "model" },
      price: { charge: { model: "per_unit", unit_amount: "0.3", per: "1" } },
    });
    const found = await bothWays(books, { invoice: "INV-000001", line: 2 });
    expect(found.verdict).toEqual({ kind: "equal" });
    expect(found.meter).toMatchObject({ merging: "unique" });
    expect(found.events.map(({ id, quantity, value }) => [id, quantity, value])).toEqual([
      ["b", "1", "code"],
    ]);
  });

  test("of what is held names the events that it follows from", async () => {
    const books = await keepBooks(undefined, {
      meter: { aggregation: "weighted_sum", held: "levels", value_property: "n" },
      price: { charge: { model: "per_unit", unit_amount: "1", per: "86400" } },
    });
    const found = await bothWays(books, { invoice: "INV-000002", line: 1 });
    expect(found.verdict).toEqual({ kind: "equal" });
    expect(found.description).toMatch(/^Late usage of 2023-11-01/);
    expect(found.events.map(({ id, quantity }) => [id, quantity])).toEqual([
      ["b", "333333"],
      ["f", "777777"],
    ]);
  });

  test("that was posted before evidence had explanations comes out again in the form of then", async () => {
    const byModel = {
      model: "matrix",
      dimensions: ["model"],
      rows: [
        {
          dimensions: { model: "conv" },
          charge: { model: "per_unit", unit_amount: "0.07", per: "3" },
        },
      ],
      default_row: { model: "per_unit", unit_amount: "1", per: "7" },
    } as const;
    for (const price of [usualTerms.price, { charge: byModel }]) {
      const books = await keepBooks(undefined, { ...usualTerms, price, journal: "older" });
      for (const [invoice, line] of [
        ["INV-000001", 1],
        ["INV-000001", 2],
        ["INV-000002", 1],
      ] as const) {
        const found = await bothWays(books, { invoice, line });
        expect(found.verdict, `${invoice} line ${line}`).toEqual({ kind: "equal" });
        const steps = found.compared.map(({ step }) => step);
        const isTold = steps.some((step) => /^(?:tier|row|default row) /.test(step));
        expect(isTold).toBe(found.meter !== null);
      }
    }
  });

  test("of a line that is not there says which there are", async () => {
    const books = await keepBooks();
    await expect(replay({ ...books, invoice: "INV-000009", line: 1 })).rejects.toThrow(NoSuchLine);
    await expect(replay({ ...books, invoice: "INV-000001", line: 9 })).rejects.toThrow(
      "INV-000001 has lines 1 to 3",
    );
  });
});
