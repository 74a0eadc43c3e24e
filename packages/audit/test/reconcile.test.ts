import { reconcile } from "@tallybook/audit";
import type { Reconciliation } from "@tallybook/audit";
import { at } from "@tallybook/testkit/facts";
import type { Fact } from "@tallybook/wire";
import { describe, expect, test } from "vitest";

import { keepBooks } from "./bookkeeper.ts";
import type { Tamper } from "./bookkeeper.ts";
import { otherTerms } from "./terms.ts";

describe("honest books", () => {
  test("reconcile to 0 on every line", async () => {
    const { rows, ...found } = await reconcile(await keepBooks());
    const total = rows.filter(({ cut }) => cut === undefined);
    expect(`\n${table({ ...found, rows: total })}\n`).toBe(`
         9          9 0  received = accepted + duplicates + conflicts + refused
         2          2 0  received = accepted + duplicates + conflicts + refused
         6          6 0  accepted events = the same content in usage.raw
         3          3 0  parts of the log = parts as compared
         3          3 0  parts of the log = parts in ClickHouse
         6          6 0  accepted = events in ClickHouse
         6          6 0  accepted = measured + without a meter + unmeasurable
        20         20 0  fees of the plans = Σ journal, fees: USD
  0.713333   0.713333 0  rating of the rollups = Σ journal, usage and adjustments: USD
   1711124    1711124 0  rollups = rated + open + unattributed + before activation + parked: tokens
   1711124    1711124 0  rollups = the same aggregation over the events: tokens
 20.713333  20.713333 0  Σ journal, invoiceable = Σ invoiced + waiting: USD
     20.72      20.72 0  Σ journal + taxes + rounding = Σ lines = total: USD
     20.72      20.72 0  Σ postings = 0, debits against credits: USD
     20.72      20.72 0  open of invoices + charges on none = Σ receivable: USD
         2          2 0  invoices = numbers without a gap
         2          2 0  invoices = dates in the order of their numbers
         5          5 0  heads = heads with a valid signature
         5          5 0  transactions = links of the chain
         3          3 0  cuts = roots that follow from their parts
`);
  });

  test("and on every line of every cut", async () => {
    const { rows } = await reconcile(await keepBooks());
    const ofCuts = rows.filter(({ cut }) => cut !== undefined);
    expect(
      ofCuts.map(
        ({ cut, name, left, right, residual }) => `${cut}: ${left} ${right} ${residual} ${name}`,
      ),
    ).toEqual([
      "1: 7 7 0 received = accepted + duplicates + conflicts + refused",
      "1: 4 4 0 accepted events = the same content in usage.raw",
      "1: 4 4 0 accepted = events in ClickHouse",
      "1: 4 4 0 accepted = measured + without a meter + unmeasurable",
      "2: 2 2 0 received = accepted + duplicates + conflicts + refused",
      "2: 2 2 0 received = accepted + duplicates + conflicts + refused",
      "2: 2 2 0 accepted events = the same content in usage.raw",
      "2: 2 2 0 accepted = events in ClickHouse",
      "2: 2 2 0 accepted = measured + without a meter + unmeasurable",
    ]);
  });

  test.each(otherTerms)(
    "reconcile to 0 where usage is $name, and not where a row of it is doctored",
    async ({ name: _, quantity, ...terms }) => {
      const books = await keepBooks(undefined, terms);
      const honest = await reconcile(books);
      expect(honest.rows.filter(({ residual }) => residual !== "0")).toEqual([]);
      const posted = honest.rows.find(({ name }) => name.startsWith("rollups = rated"));
      expect(posted?.left).toBe(quantity);
      for (const [at, row] of books.rows.entries()) {
        if (row.customer !== "acme") continue;
        books.rows[at] = { ...row, quantity: "9999999", value: `${row.value}${at}` };
      }
      const { rows } = await reconcile(books);
      const wrong = rows.filter(({ residual }) => residual !== "0").map(({ name }) => name);
      expect(wrong.some((name) => name.startsWith("rollups = the same aggregation"))).toBe(true);
      expect(wrong.some((name) => name.startsWith("rollups = rated"))).toBe(true);
    },
  );

  test("list what nobody bills", async () => {
    const { lists } = await reconcile(await keepBooks());
    expect(lists).toMatchObject({
      received: [
        { tenant: "default", accepted: 6, duplicates: 1, conflicts: 1, refused: 1 },
        { tenant: "unknown", accepted: 0, duplicates: 0, conflicts: 0, refused: 2 },
      ],
      unattributed: [{ customer: "nobody", reason: "no_customer", quantity: "5" }],
      open: [{ subscription: "s2", quantity: "9" }],
      refused: [
        { reason: "conflict", count: 1 },
        { reason: "too_far_ahead", count: 1 },
        { reason: "empty", count: 1 },
        { reason: "too_long", count: 1 },
      ],
      unmeasurable: [{ reason: "tokens: no property n", count: 1 }],
      differences: [],
    });
  });
});

describe("books that somebody changed", () => {
  test.each<[string, Tamper, string]>([
    [
      "an event without an outcome",
      drop((fact) => fact.kind === "UsageAccepted" && fact.id === "b"),
      "received =",
    ],
    [
      "an outcome without a record",
      change((fact) =>
        fact.kind === "UsageReported" && fact.id === "b"
          ? { ...fact, kind: "UsageReported", tenant: "other" }
          : fact,
      ),
      "received =",
    ],
    [
      "an event with more in it than was sent",
      change((fact) =>
        fact.kind === "UsageAccepted" && fact.id === "b"
          ? { ...fact, properties: { model: "code", n: "333334" } }
          : fact,
      ),
      "parts of the log = parts as compared",
    ],
    [
      "a record changed under an accepted event",
      change((fact) =>
        fact.kind === "UsageReported" && fact.id === "b"
          ? { ...fact, properties: { model: "code", n: "1" } }
          : fact,
      ),
      "accepted events = the same content",
    ],
    [
      "a posting that nothing balances",
      change((fact) =>
        fact.kind === "TransactionPosted" && fact.seq === 1
          ? { ...fact, postings: fact.postings.slice(0, 1) }
          : fact,
      ),
      "Σ postings = 0",
    ],
    [
      "a share that nobody used",
      change((fact) =>
        fact.kind === "TransactionPosted" && fact.seq === 1
          ? { ...fact, evidence: { ...fact.evidence, shares: [] } }
          : fact,
      ),
      "transactions = links of the chain",
    ],
    [
      "a transaction left out",
      drop((fact) => fact.kind === "TransactionPosted" && fact.seq === 1),
      "transactions = links of the chain",
    ],
    [
      "a head that somebody else signed",
      change((fact) =>
        fact.kind === "HeadSigned" && fact.step === 1
          ? { ...fact, signature: new Uint8Array(64) }
          : fact,
      ),
      "heads = ",
    ],
    [
      "an invoice that asks for a cent more",
      change((fact) =>
        fact.kind === "InvoiceFinalized"
          ? { ...fact, total: String(Number(fact.total) + 1) }
          : fact,
      ),
      "Σ journal + taxes + rounding = Σ lines = total",
    ],
    [
      "a charge to somebody else's account",
      change((fact) =>
        fact.kind === "TransactionPosted" && fact.seq === 1
          ? {
              ...fact,
              postings: fact.postings.map((each) => ({
                ...each,
                account: each.account.replace("receivable:acme", "receivable:other"),
              })),
            }
          : fact,
      ),
      "open of invoices + charges on none = Σ receivable",
    ],
    [
      "a line that asks for more than was posted",
      change((fact) =>
        fact.kind === "InvoiceFinalized"
          ? { ...fact, lines: fact.lines.map((line) => ({ ...line, exact: "99" })) }
          : fact,
      ),
      "Σ journal, invoiceable",
    ],
    [
      "a number left out",
      change((fact) =>
        fact.kind === "InvoiceFinalized" && fact.number === "INV-000002"
          ? { ...fact, number: "INV-000003" }
          : fact,
      ),
      "invoices = numbers",
    ],
    [
      "a cut with another root",
      change((fact) =>
        fact.kind === "CutClosed" && fact.cut === 1 ? { ...fact, root: new Uint8Array(32) } : fact,
      ),
      "cuts = roots",
    ],
  ])("show %s", async (_what, tamper, line) => {
    const { rows, lists } = await reconcile(await keepBooks(tamper));
    const wrong = rows.filter(({ residual }) => residual !== "0").map(({ name }) => name);
    expect(wrong.some((name) => name.startsWith(line))).toBe(true);
    expect(lists.differences).not.toEqual([]);
  });

  test("show a doctored rollup, in its sum, its rating and its owner", async () => {
    const books = await keepBooks();
    const [first] = books.rows;
    if (first !== undefined) books.rows[0] = { ...first, quantity: "1" };
    const { rows } = await reconcile(books);
    expect(
      rows
        .filter(({ residual }) => residual !== "0")
        .map(({ name, residual }) => `${name} ${residual}`),
    ).toEqual([
      "rating of the rollups = Σ journal, usage and adjustments: USD 0.1799997",
      "rollups = rated + open + unattributed + before activation + parked: tokens 599999",
      "rollups = the same aggregation over the events: tokens 599999",
    ]);
  });

  test("show a month that was due and that nobody rated, its fee and its usage", async () => {
    // By a grace below zero December is over already.
    const books = await keepBooks(
      change((fact) =>
        fact.kind === "SettingsSet" ? { ...fact, grace_seconds: -31 * 86_400 } : fact,
      ),
    );
    const { lists } = await reconcile(books);
    const month = `subscription s2, period from ${Date.UTC(2023, 11)}000`;
    expect(lists.open).toEqual([]);
    expect(lists.differences).toContain(
      `tenant default, fees of the plans = Σ journal, fees: USD, ${month}: 20 against 0`,
    );
    expect(lists.differences).toContain(
      `tenant default, rollups = rated + open + unattributed + before activation + parked: tokens, ${month}, price input: 9 against 0`,
    );
  });
});

function change(how: (fact: Fact) => Fact): Tamper {
  return (fact) => how(fact);
}

function drop(which: (fact: Fact) => boolean): Tamper {
  return (fact) => (which(fact) ? undefined : fact);
}

function table({ rows }: Reconciliation): string {
  return rows
    .map(
      ({ name, left, right, residual }) =>
        `${left.padStart(10)} ${right.padStart(10)} ${residual}  ${name}`,
    )
    .join("\n");
}

describe("a part of the books", () => {
  const november = { from: at("2023-11-01"), to: at("2023-12-01") };

  test("is reconciled by meter, period and cut, with what concerns it alone", async () => {
    const books = await keepBooks();
    const names = async (scope: Partial<Parameters<typeof reconcile>[0]>) => {
      const { rows } = await reconcile({ ...books, ...scope });
      expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
      return rows.map(
        ({ name, left, cut }) => `${name} ${left}${cut === undefined ? "" : ` cut ${cut}`}`,
      );
    };
    expect(await names({ meter: "tokens", period: november })).toEqual([
      "rating of the rollups = Σ journal, usage and adjustments: USD 0.713333",
      "rollups = rated + open + unattributed + before activation + parked: tokens 1711110",
      "rollups = the same aggregation over the events: tokens 1711115",
    ]);
    expect(await names({ meter: "another" })).toEqual([]);
    const ofCut = await names({ cut: 2 });
    expect(ofCut.length).toBeGreaterThan(3);
    expect(ofCut.every((name) => !name.endsWith("cut 1"))).toBe(true);
  });

  test("shows what differs in it, and nothing of the rest", async () => {
    const books = await keepBooks();
    books.rows.splice(0, 1);
    const residuals = async (scope: Partial<Parameters<typeof reconcile>[0]>) =>
      (await reconcile({ ...books, ...scope })).rows.filter(({ residual }) => residual !== "0")
        .length;
    expect(await residuals({ meter: "tokens", period: november })).toBeGreaterThan(0);
    const december = { from: at("2023-12-01"), to: at("2024-01-01") };
    expect(await residuals({ meter: "tokens", period: december })).toBe(0);
  });
});
