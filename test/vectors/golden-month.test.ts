import { rerate } from "@tallybook/audit";
import type { Rerated } from "@tallybook/audit";
import type { CatalogFact, PlanPublished } from "@tallybook/catalog";
import { topics } from "@tallybook/wire";
import { describe, expect, test } from "vitest";

import { invoiceLines, journalLines, readInvoices, readJournal, readLines } from "./golden/files.ts";
import { readMonth } from "./golden/month.ts";
import type { GoldenCut } from "./golden/month.ts";
import { runMonth } from "./golden/run.ts";
import { openGoldenWorld } from "./golden/world.ts";

const month = readMonth();

/** The journal that is checked in, rated again by the code as it is: what somebody changed since is in the catalog. */
async function again(cuts: readonly GoldenCut[] = month): Promise<Rerated> {
  const { log, columns, write, cut } = await openGoldenWorld();
  for (const each of cuts) await cut(each);
  await write(topics.journal, readJournal());
  await write(topics.invoices, readInvoices());
  return rerate({
    log,
    columns: { readUsage: columns.readUsage, proveParts: async () => ({ ok: true }) },
    period: { from: 0, to: Number.MAX_SAFE_INTEGER },
  });
}

/** What differs, line by line, so that a failing test shows it. */
function told({ differences }: Rerated): string[] {
  return differences.map((each) =>
    [
      `${each.kind} ${each.subscription} ${each.price} ${each.transaction.kind}: ${each.posted} is ${each.again}`,
      ...each.compared.map(
        ({ step, what, billed, recomputed }) => `  ${step}, ${what}: ${billed} is ${recomputed}`,
      ),
    ].join("\n"),
  );
}

describe("the golden month", () => {
  test("comes out again as it was posted: what changes the rating shows here, line by line", async () => {
    const rerated = await again();
    expect(told(rerated)).toEqual([]);
    const posted = readJournal().filter(({ kind }) => kind === "TransactionPosted");
    expect(rerated.transactions).toBe(posted.length);
  });

  test("is posted and invoiced as it is checked in (`npm run golden` writes it anew)", async () => {
    const { journal, invoices } = await runMonth(month);
    expect(journalLines(journal)).toEqual(readLines("journal.jsonl"));
    expect(invoiceLines(invoices)).toEqual(invoiceLines(readInvoices()));
  });

  test("has every charge model, every kind of transaction, and whatever else changes an amount", () => {
    const transactions = readJournal().filter((fact) => fact.kind === "TransactionPosted");
    const plans = month
      .flatMap(({ catalog }) => catalog)
      .filter((fact) => fact.kind === "PlanPublished");
    const models = plans.flatMap(({ prices }) => prices.map(({ charge }) => charge.model));
    expect([...new Set(models)].toSorted().join(" ")).toBe(
      "block_tiers bulk capacity cost_plus dynamic flat graduated graduated_percentage matrix package per_unit percentage stairstep time_windows volume",
    );
    const kinds = transactions.map(({ transaction_kind }) => transaction_kind);
    expect([...new Set(kinds)].toSorted().join(" ")).toBe(
      "adjustment credit discount fee rounding usage",
    );
    const evidences = transactions.map(({ evidence }) => evidence);
    expect(evidences.some(({ contract }) => contract !== null)).toBe(true);
    expect(evidences.some(({ part }) => part !== null)).toBe(true);
    expect(evidences.some(({ covered }) => covered === "fixed_fees")).toBe(true);
    expect(evidences.some(({ in_advance, meter }) => in_advance && meter !== null)).toBe(true);
    expect(evidences.some(({ in_advance, meter }) => in_advance && meter === null)).toBe(true);
    expect(evidences.some(({ plan }) => plan === "care")).toBe(true);
    expect(evidences.some(({ made_of }) => made_of.length > 0)).toBe(true);
    expect(evidences.some(({ plan_version }) => plan_version === 2)).toBe(true);
    const ordered = transactions.filter(
      ({ transaction_kind, evidence }) =>
        transaction_kind === "adjustment" && evidence.price === null,
    );
    expect(ordered).toHaveLength(1);
  });

  test("has a draft that a person finalized and one that nobody did, and events that were corrected and taken back", () => {
    const invoices = readInvoices();
    const drafted = invoices.filter(({ kind }) => kind === "InvoiceDrafted");
    const finalized = new Set(
      invoices.filter(({ kind }) => kind === "InvoiceFinalized").map(({ invoice }) => invoice),
    );
    expect(drafted.map(({ invoice }) => finalized.has(invoice))).toContain(true);
    expect(drafted.map(({ invoice }) => finalized.has(invoice))).toContain(false);
    const corrections = month.flatMap(({ events }) => events.flatMap(({ corrected }) => corrected ?? []));
    expect(corrections.map(({ retracts }) => retracts)).toContain(true);
    expect(corrections.map(({ retracts }) => retracts)).toContain(false);
    // One that takes back what another correction said.
    expect(corrections.some((each) => each.replaced.raw_offset !== each.target_offset)).toBe(true);
  });

  const tiers = month.flatMap(({ catalog }) => catalog).flatMap(tiersOf);

  test("has prices with tiers", () => expect(tiers.length).toBeGreaterThan(15));

  // A price differs for its own tier alone, so one of each is changed at once.
  test.each([...Map.groupBy(tiers, ({ at }) => at)])(
    "does not come out where tier %i of a price costs otherwise, of any price",
    async (_, changed) => {
      const rerated = await again(
        month.map((cut) => ({
          ...cut,
          catalog: cut.catalog.map((fact) =>
            changed.filter(({ of }) => of === fact).reduce<CatalogFact>(dearer, fact),
          ),
        })),
      );
      const unseen = changed.filter(
        ({ of, price }) =>
          !rerated.differences.some(
            (each) =>
              each.plan === of.plan && each.plan_version === of.version && each.price === price,
          ),
      );
      expect(unseen.map(({ place }) => place)).toEqual([]);
    },
  );
});

interface TierOfPrice {
  readonly of: PlanPublished;
  readonly price: string;
  readonly place: string;
  /** Which of them, from 1. */
  readonly at: number;
  /** From the plan down to the number. */
  readonly path: readonly (string | number)[];
}

/** Every tier, step, row and window of every price of a plan. */
function tiersOf(fact: CatalogFact): TierOfPrice[] {
  if (fact.kind !== "PlanPublished") return [];
  return fact.prices.flatMap(({ price, charge }, index) =>
    ["tiers", "steps", "rows", "windows"].flatMap((list) => {
      const parts = (charge as unknown as Record<string, readonly object[] | undefined>)[list] ?? [];
      return parts.flatMap((part, at) => {
        const amount = amountIn(part);
        if (amount === undefined) return [];
        const path = ["prices", index, "charge", list, at, ...amount];
        const place = `${fact.plan}, version ${fact.version}, ${price}, ${list} ${at + 1}`;
        return [{ of: fact, price, place, at: at + 1, path }];
      });
    }),
  );
}

/** The way to the first number that is an amount or a rate. */
function amountIn(part: object): string[] | undefined {
  const entries = Object.entries(part) as [string, unknown][];
  const own = entries.find(
    ([name, value]) => /amount|rate_percent/.test(name) && typeof value === "string",
  );
  if (own !== undefined) return [own[0]];
  for (const [name, value] of entries) {
    if (name !== "charge" || typeof value !== "object" || value === null) continue;
    const inner = amountIn(value);
    if (inner !== undefined) return [name, ...inner];
  }
  return undefined;
}

/** By a thousandth. */
function dearer(fact: CatalogFact, { path }: TierOfPrice): CatalogFact {
  const changed = structuredClone(fact);
  let at = changed as unknown as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as typeof at;
  const last = path.at(-1) ?? "";
  at[last] = String(Number(at[last]) + 0.001);
  return changed;
}
