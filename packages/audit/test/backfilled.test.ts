import { askWhy, reconcile } from "@tallybook/audit";
import { describe, expect, test } from "vitest";

import { keepBooks, usualTerms } from "./bookkeeper.ts";
import { bothWays } from "./both-ways.ts";

const terms = { ...usualTerms, backfilled: ["b", "f"] };

describe("an adjustment of usage that came by a backfill", () => {
  test("names it, and comes out with it again from the log", async () => {
    const books = await keepBooks(undefined, terms);
    const late = await bothWays(books, { invoice: "INV-000002", line: 1 });
    expect([late.transaction.kind, late.transaction.backfills]).toEqual(["adjustment", ["drawer"]]);
    expect(late.compared).toContainEqual({
      step: "late usage",
      what: "came by the backfills",
      billed: "drawer",
      recomputed: "drawer",
      equal: true,
    });
    const { rows } = await reconcile(books);
    expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
  });

  test("is told of the event, and of no line that is no adjustment", async () => {
    const books = await keepBooks(undefined, terms);
    const detailsOf = async (name: string) => {
      const found = await askWhy({ ...books, tenant: "default" }, { name, as: "event" });
      if (found.kind !== "event") throw new Error("no event");
      return found.records.map(({ backfill, answers }) => [backfill, answers[0]?.detail]);
    };
    expect(await detailsOf("f")).toEqual([["drawer", "INV-000002 line 1 (by backfill drawer)"]]);
    expect(await detailsOf("b")).toEqual([["drawer", "INV-000001 line 2"]]);
  });

  test("that names another one is found out", async () => {
    const books = await keepBooks(
      (fact) =>
        fact.kind === "TransactionPosted" && fact.evidence.backfills.length > 0
          ? { ...fact, evidence: { ...fact.evidence, backfills: ["desk"] } }
          : fact,
      terms,
    );
    const late = bothWays(books, { invoice: "INV-000002", line: 1 });
    await expect(late).rejects.toThrow("different");
  });
});
