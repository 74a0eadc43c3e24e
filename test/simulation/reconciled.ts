import { rerate } from "@tallybook/audit";
import type { CatalogFact } from "@tallybook/catalog";
import { decode, topics } from "@tallybook/wire";
import type { FactOf } from "@tallybook/wire";
import { expect } from "vitest";

import { expectReplayed, invoiceAll } from "./invoicing.ts";
import { expectOneSum } from "./late-money.ts";
import { rateAndReconcile } from "./rating.ts";
import { runWorld } from "./world.ts";

/**
 * What the journals of all seeds hold, each of which reconciles to 0, and of which every line replays exactly. `invoiced` is told what
 * each seed has invoiced.
 */
export async function reconciled(
  seeds: number,
  billed: readonly CatalogFact[],
  firstSeed = 1,
  invoiced: (invoices: readonly FactOf<"InvoiceFinalized">[]) => void = () => {},
): Promise<FactOf<"TransactionPosted">[]> {
  const posted: FactOf<"TransactionPosted">[] = [];
  let lines = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const { log, columns } = await runWorld({
      seed,
      steps: 250,
      transactions: seed % 2 === 0,
      billed,
    });
    await rateAndReconcile(log, columns);
    await invoiceAll(log);
    // With what rounding the invoices has posted.
    const { rows, lists } = await rateAndReconcile(log, columns);
    lines += await expectReplayed(log, columns, seed);
    const proven = { ...columns, proveParts: async () => ({ ok: true }) as const };
    const period = { from: 0, to: Number.MAX_SAFE_INTEGER };
    const { differences } = await rerate({ log, columns: proven, period });
    expect(differences, `seed ${seed}: rated again`).toEqual([]);
    expect(lists.differences, `seed ${seed}`).toEqual([]);
    expect(
      rows.filter(({ residual }) => residual !== "0"),
      `seed ${seed}`,
    ).toEqual([]);
    const own = log
      .recordsOf(topics.journal, 0)
      .map(({ value }) => decode(value))
      .filter((fact) => fact.kind === "TransactionPosted");
    expectOneSum(own, billed, seed);
    posted.push(...own);
    invoiced(
      log
        .recordsOf(topics.invoices, 0)
        .map(({ value }) => decode(value))
        .filter((fact) => fact.kind === "InvoiceFinalized"),
    );
  }
  expect(lines).toBeGreaterThan(seeds);
  return posted;
}
