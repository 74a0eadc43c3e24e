import { renderInvoice } from "@tallybook/invoice";
import type { InvoiceFact } from "@tallybook/invoice";
import { describe, expect, test } from "vitest";

import { december, fee, january, november, openOffice, usageBilled, usageLeft } from "./office.ts";
import type { Lost } from "./office.ts";

/** As `draft s1 12.34` and `INV-000001 s1 1234`. */
function shown(written: readonly InvoiceFact[]): string[] {
  return written.map((fact) =>
    fact.kind === "InvoiceDrafted"
      ? `draft ${fact.subscription} ${fact.exact}`
      : `${fact.number} ${fact.subscription} ${fact.total}`,
  );
}

describe("a draft", () => {
  test("is made of usage that was billed before its period was over, and of nothing else", async () => {
    const office = await openOffice();
    office.step(0, usageBilled("s2", "1.005"), usageBilled("s1", "2.0049"));
    await office.work();
    office.step(1, fee("s1", november, december, "20"), usageLeft("s1", "0.5"));
    await office.work();
    expect(shown(office.written())).toEqual([
      "draft s1 2.0049",
      "draft s2 1.005",
      "INV-000001 s1 2050",
    ]);
  });

  test("gets the next number of the series when it is finalized, and never again", async () => {
    const office = await openOffice();
    office.step(0, usageBilled("s1", "2.0049"));
    office.step(1, usageBilled("s1", "3", 1));
    office.step(2, fee("s2", november, december, "20"));
    await office.work();
    const [first, second] = office.written();
    if (first === undefined || second === undefined) throw new Error("two drafts");
    for (const draft of [second, first, second]) {
      const asked = office.orders.finalize(draft);
      await office.work();
      await asked;
    }
    expect(shown(office.written())).toEqual([
      "draft s1 2.0049",
      "draft s1 3",
      "INV-000001 s2 2000",
      "INV-000002 s1 300",
      "INV-000003 s1 200",
    ]);
    const [, later, former] = office.invoices();
    expect([later?.invoice, former?.invoice]).toEqual([second.invoice, first.invoice]);
    expect(former).toMatchObject({ rounding: "-0.0049", journal_step: 0, finalized_at: january });
  });

  test("of another tenant, or none at all, is left as it is, and who asked is told", async () => {
    const office = await openOffice();
    office.step(0, usageBilled("s1", "2"));
    await office.work();
    const [draft] = office.written();
    const asked = [
      office.orders.finalize({ tenant: "others", invoice: draft?.invoice ?? "" }),
      office.orders.finalize({ tenant: "default", invoice: "none" }),
    ];
    await office.work();
    await Promise.all(asked);
    expect(office.written()).toEqual([draft]);
  });

  test("has the same lines and cents as a document before and after", async () => {
    const office = await openOffice();
    office.step(0, usageBilled("s1", "2.005"));
    await office.work();
    const [draft] = office.written();
    if (draft === undefined) throw new Error("a draft");
    const asked = office.orders.finalize(draft);
    await office.work();
    await asked;
    const [invoice] = office.invoices();
    if (invoice === undefined) throw new Error("an invoice");
    const { status, number, ...rest } = renderInvoice(draft);
    expect([status, number]).toEqual(["draft", null]);
    expect(renderInvoice(invoice)).toEqual({ ...rest, status: "finalized", number: "INV-000001" });
    expect(rest).toMatchObject({ total: "201", exact: "2.005", rounding: "0.005" });
  });

  test("is the same, and so is its invoice, wherever Kafka's answer is lost", async () => {
    const undisturbed = await billedTwice(undefined);
    expect(undisturbed).toHaveLength(6);
    for (let at = 0; at < 5; at += 1) {
      for (const isWritten of [false, true])
        expect(await billedTwice({ at, isWritten })).toEqual(undisturbed);
    }
  });
});

/** Two bills of a month, each finalized, and its end, each by a process of its own. */
async function billedTwice(lost: Lost | undefined): Promise<string[]> {
  const office = await openOffice(lost);
  for (const [step, amount] of ["2.0049", "3.005"].entries()) {
    office.step(step, usageBilled("s1", amount, step));
    await office.work();
    const draft = office.written().findLast(({ kind }) => kind === "InvoiceDrafted");
    if (draft === undefined) throw new Error("a draft");
    const asked = office.orders.finalize(draft);
    await office.work();
    await asked;
  }
  office.step(
    2,
    fee("s1", november, december, "20"),
    usageLeft("s1", "0.5"),
    usageBilled("s2", "1"),
  );
  await office.work();
  return office.written().map((invoice) => JSON.stringify(renderInvoice(invoice)));
}
