import { reconcile } from "@tallybook/audit";
import type { AdjustmentOrdered } from "@tallybook/catalog";
import type { InvoiceFinalized } from "@tallybook/invoice";
import type { Fact } from "@tallybook/wire";
import { describe, expect, test } from "vitest";

import { bothWays } from "./both-ways.ts";
import { keepBooks, usualTerms } from "./bookkeeper.ts";
import type { Tamper } from "./bookkeeper.ts";

// s1 is over, so that what is ordered of it gets an invoice of its own at once; s2 runs on.
const adjusted = {
  ...usualTerms,
  adjusted: [
    ["s1", "-4.005"],
    ["s2", "12.5"],
  ] as const,
};
const name = "adjustments that were ordered = Σ journal, of them: USD";

describe("adjustments that somebody ordered", () => {
  test("are posted once each, stand on the next invoice, and reconcile to 0", async () => {
    const invoices: InvoiceFinalized[] = [];
    const posted: (readonly [string, string])[] = [];
    const books = await keepBooks((fact) => {
      if (fact.kind === "InvoiceFinalized") invoices.push(fact);
      if (
        fact.kind === "TransactionPosted" &&
        fact.evidence.price === null &&
        fact.evidence.invoice === null
      )
        for (const { account, amount } of fact.postings) posted.push([account, amount]);
      return fact;
    }, adjusted);
    expect(posted).toEqual([
      ["assets:receivable:acme", "-4.005"],
      ["income:adjustments:dev", "4.005"],
      ["assets:receivable:acme", "12.5"],
      ["income:adjustments:dev", "-12.5"],
    ]);
    // Late usage of s1 comes with the same cut.
    expect(invoices.at(-1)).toMatchObject({
      subscription: "s1",
      period_from: 1_698_796_800_000_000,
    });
    expect(
      invoices.flatMap(({ lines }) => lines).map(({ description, exact }) => [description, exact]),
    ).toContainEqual(["Adjustment of 2023-11-01 to 2023-11-30: agreed", "-4.005"]);
    const { rows, lists } = await reconcile(books);
    expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
    expect(lists.differences).toEqual([]);
    expect(rows.find((row) => row.name === name)).toMatchObject({ left: "8.495", right: "8.495" });
  });

  test("replay from the order in the catalog to the cents", async () => {
    const invoices: InvoiceFinalized[] = [];
    const books = await keepBooks(kept(invoices), adjusted);
    const { number = "", lines = [] } = invoices.at(-1) ?? {};
    const line = lines.findIndex(({ description }) => description.startsWith("Adjustment")) + 1;
    const replayed = await bothWays(books, { invoice: number, line });
    expect(replayed).toMatchObject({
      verdict: { kind: "equal" },
      price: { price: "a0", text: "ordered by system: agreed" },
      explanation: expect.stringContaining("-4.005 USD"),
      events: [],
    });
  });

  test("show an order that says something else than what was posted, and a posting that nobody ordered", async () => {
    const dearer: Tamper = (fact) => (isOf(fact, "a0") ? { ...fact, amount: "-5" } : fact);
    const residualOf = async (tamper: Tamper) =>
      (await reconcile(await keepBooks(tamper, adjusted))).rows.find((row) => row.name === name)
        ?.residual;
    expect(await residualOf(dearer)).toBe("1.99");
    expect(await residualOf((fact) => (isOf(fact, "a1") ? undefined : fact))).toBe("12.5");
  });
});

function kept(invoices: InvoiceFinalized[]): Tamper {
  return (fact) => {
    if (fact.kind === "InvoiceFinalized") invoices.push(fact);
    return fact;
  };
}

function isOf(fact: Fact, id: string): fact is AdjustmentOrdered {
  return fact.kind === "AdjustmentOrdered" && fact.adjustment === id;
}
