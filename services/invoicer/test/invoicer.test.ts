import { renderInvoice } from "@tallybook/invoice";
import { describe, expect, test } from "vitest";

import { billedAtOnce, december, fee, january, late, november, openOffice } from "./office.ts";
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

test("heads are invoiced while somebody orders without end", async () => {
  const office = await openOffice();
  office.step(0, fee("s1", november, december, "20"));
  let asked = 0;
  function ask(): void {
    if (office.invoices().length > 0 || asked === 50) return;
    asked += 1;
    void office.orders.finalize({ tenant: "default", invoice: "none" }).then(ask);
  }
  // One always waits while the other is answered.
  ask();
  ask();
  await office.work();
  expect(asked).toBeLessThan(10);
  expect(office.totals()).toEqual(["INV-000001 s1 2000"]);
});

describe("late usage that is billed at once", () => {
  test("is invoiced where it asks for money, and what is due to the customer is set off against it", async () => {
    const office = await openOffice();
    office.tell(billedAtOnce);
    office.step(0, fee("s1", november, december, "20"));
    office.step(1, late("s1", "-0.30", 1));
    // Less than the smallest coin in all.
    office.step(2, late("s1", "0.304", 2));
    await office.work();
    expect(office.totals()).toEqual(["INV-000001 s1 2000"]);
    office.step(3, late("s1", "1", 3));
    office.step(4, late("s1", "0.5", 4));
    await office.work();
    expect(office.totals().slice(1)).toEqual(["INV-000002 s1 100", "INV-000003 s1 50"]);
  });

  test("is what it is wherever Kafka's answer is lost", async () => {
    const billed = async (lost?: Lost) => {
      const office = await openOffice(lost);
      office.tell(billedAtOnce);
      office.step(0, fee("s1", november, december, "20"), fee("s2", november, december, "7"));
      office.step(1, late("s1", "-0.30", 1));
      office.step(2, late("s1", "1.305", 2), late("s2", "3", 2));
      await office.work();
      return office.invoices().map((invoice) => JSON.stringify(renderInvoice(invoice)));
    };
    const undisturbed = await billed();
    expect(undisturbed).toHaveLength(4);
    for (let at = 0; at < 8; at += 1)
      expect(await billed({ at: at >> 1, isWritten: at % 2 === 0 })).toEqual(undisturbed);
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
