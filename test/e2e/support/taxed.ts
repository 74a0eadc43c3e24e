import { listInvoices } from "@tallybook/cli";
import type { NumberedDocument } from "@tallybook/invoice";
import type { TestStack } from "@tallybook/testkit";
import { expect } from "vitest";

import { expectIdentity, expectReplayed } from "./billing.ts";
import { tally } from "./tally.ts";
import { until } from "./until.ts";

/** What beta is invoiced by from its last draft on: by another entity, with taxes. */
export const taxed = {
  entities: [
    { entity: "gmbh", country: "DE", tax_id: "DE1", numbering: { invoices: "EU-", digits: 4 } },
  ],
  tax_rates: [{ tax_rate: "vat", name: "VAT", jurisdiction: "DE", percent: 19 }],
  customers: [{ customer: "beta", country: "DE", entity: "gmbh" }],
};

/** Three at 0.5 with 19 % of that, 0.285: on the invoice, in the books, and out again. */
export async function expectTaxed(
  stack: TestStack,
  invoice: NumberedDocument | undefined,
): Promise<void> {
  const run = (...argv: readonly string[]) => tally([...argv, "--data", stack.dir]);
  expect(invoice).toMatchObject({ number: "EU-0001", total: "179", tax: "29", entity: "gmbh" });
  expect(invoice?.lines.at(-1)).toMatchObject({ description: "VAT, DE, 19 %", is_tax: true });
  await until("the tax in the books", async () =>
    (await run("trial-balance")).out.includes("liabilities:tax:DE") ? true : undefined,
  );
  expect((await run("replay", "EU-0001")).code).toBe(0);
  await expectReplayed(stack, await listInvoices(stack.target));
  await expectIdentity(stack);
  const market = await run("market", "check", "DE");
  expect([market.code, market.out]).toEqual([1, expect.stringContaining("NOT READY")]);
}
