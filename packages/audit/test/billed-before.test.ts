import { reconcile } from "@tallybook/audit";
import type { Fact } from "@tallybook/wire";
import { describe, expect, test } from "vitest";

import { bothWays } from "./both-ways.ts";
import { keepBooks, usualTerms } from "./bookkeeper.ts";
import { otherTerms } from "./terms.ts";

// Of December there is one event, of 9 tokens, in the last cut.
const billed = { ...usualTerms, billed: ["s2"] };
const name = "usage billed before its period ended = Σ journal, of it: USD";

describe("books of a month that was billed before its end", () => {
  test("reconcile to 0, the draft among them", async () => {
    const { rows, lists } = await reconcile(await keepBooks(undefined, billed));
    expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
    expect(lists.differences).toEqual([]);
    expect(rows.find((row) => row.name === name)).toMatchObject({ left: "0.0000045" });
    expect(rows.find((row) => row.name.startsWith("Σ journal, drafted"))).toMatchObject({
      left: "0.0000045",
      right: "0.0000045",
    });
  });

  test.each(otherTerms)("reconcile to 0 where usage is $name", async (own) => {
    const { name: _, quantity: __, ...terms } = own;
    const { rows, lists } = await reconcile(
      await keepBooks(undefined, { ...terms, billed: ["s2"] }),
    );
    expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
    expect(lists.differences).toEqual([]);
  });

  test("show usage that is gone from the columns, and a draft that asks for something else", async () => {
    const books = await keepBooks(undefined, billed);
    books.rows.splice(
      books.rows.findIndex(({ quantity }) => quantity === "9"),
      1,
    );
    const { rows } = await reconcile(books);
    expect(rows.find((row) => row.name === name)).toMatchObject({
      left: "0",
      residual: "0.0000045",
    });
    const wrong = await reconcile(await keepBooks(dearer, billed));
    expect(wrong.rows.find((row) => row.name.startsWith("Σ journal, drafted"))).toMatchObject({
      residual: "0.9999955",
    });
  });

  test("replay a line of the draft by its id", async () => {
    const drafts: string[] = [];
    const books = await keepBooks((fact) => {
      if (fact.kind === "InvoiceDrafted") drafts.push(fact.invoice);
      return fact;
    }, billed);
    expect(drafts).toHaveLength(1);
    const replayed = await bothWays(books, { invoice: drafts[0] ?? "", line: 1 });
    expect(replayed.verdict).toEqual({ kind: "equal" });
    expect(replayed.events.map(({ id }) => id)).toEqual(["g"]);
  });
});

function dearer(fact: Fact): Fact {
  if (fact.kind !== "InvoiceDrafted") return fact;
  return { ...fact, lines: fact.lines.map((line) => ({ ...line, exact: "1" })) };
}
