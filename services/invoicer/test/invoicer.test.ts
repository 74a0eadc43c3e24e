import { renderInvoice } from "@tallybook/invoice";
import { describe, expect, test } from "vitest";

import { december, fee, january, november, openOffice } from "./office.ts";
import type { Lost } from "./office.ts";

describe("the invoicer", () => {
  test("makes the invoices of a step once its head is there, and not before", async () => {
    const office = await openOffice();
    office.begin(0);
    office.post(0, fee("s1", november, december, "20"), fee("s2", november, december, "7"));
    await office.work();
    expect(office.invoices()).toEqual([]);
    office.sign(0);
    const standing = await office.work();
    expect(office.totals()).toEqual(["INV-000001 s1 2000", "INV-000002 s2 700"]);
    expect(standing).toMatchObject({ head: { step: 0 }, invoices_offset: 2 });
  });

  test("goes on with the numbers where its predecessor ended", async () => {
    const office = await openOffice();
    office.step(0, fee("s1", november, december, "20"));
    await office.work();
    office.step(1, fee("s1", december, january, "20"), fee("s2", december, january, "7"));
    await office.work();
    expect(office.totals()).toEqual([
      "INV-000001 s1 2000",
      "INV-000002 s1 2000",
      "INV-000003 s2 700",
    ]);
  });

  test("makes the same invoices to the byte wherever Kafka's answer is lost", async () => {
    const undisturbed = await twoMonths(undefined);
    for (const lost of [
      { at: 0, isWritten: false },
      { at: 0, isWritten: true },
      { at: 1, isWritten: false },
      { at: 1, isWritten: true },
    ]) {
      expect(await twoMonths(lost)).toEqual(undisturbed);
    }
  });
});

async function twoMonths(lost: Lost | undefined): Promise<string[]> {
  const office = await openOffice(lost);
  office.step(0, fee("s1", november, december, "20.005"), fee("s2", november, december, "7"));
  office.step(1);
  office.step(2, fee("s1", december, january, "20"));
  await office.work();
  return office.invoices().map((invoice) => JSON.stringify(renderInvoice(invoice)));
}
