import { expect, test } from "vitest";

import { december, fee, january, november, openOffice } from "./office.ts";
import type { Lost } from "./office.ts";

const system = { tenant: "default", recorded_at: 0, actor: "system", effective_at: 0 } as const;

const day = 86_400_000_000;

/** An office whose customer is to pay on the day of issue, and is reminded as soon as that has passed, as it has at step 1, and 5 days later. */
async function reminding(lost?: Lost) {
  const office = await openOffice(lost);
  const revised = { kind: "ObjectRevised", ...system, version: 1, archived: false } as const;
  office.tell({
    kind: "CustomerCreated",
    ...system,
    customer: "acme",
    name: "ACME",
    currency: "USD",
    time_zone: "UTC",
  });
  office.tell({
    ...revised,
    collection: "customers",
    id: "acme",
    body: { name: "ACME", payment_days: "0" },
  });
  office.tell({
    ...revised,
    collection: "reminder_schedules",
    id: "invoices",
    body: { days: ["0", "5"] },
  });
  office.step(0, fee("s1", november, december, "20"));
  office.pass(1, january + day);
  return office;
}

const reminders = (office: Awaited<ReturnType<typeof reminding>>) =>
  office
    .facts()
    .flatMap((fact) =>
      fact.kind === "InvoiceReminded" ? [`${fact.number} ${fact.days} ${fact.journal_step}`] : [],
    );

test("a reminder is written once, however often the journal is read again", async () => {
  const office = await reminding();
  await office.work();
  expect(reminders(office)).toEqual(["INV-000001 0 1"]);
  await office.work();
  office.pass(2, january + 2 * day);
  await office.work();
  expect(reminders(office)).toEqual(["INV-000001 0 1"]);
  office.pass(3, january + 6 * day);
  await office.work();
  await office.work();
  expect(reminders(office)).toEqual(["INV-000001 0 1", "INV-000001 5 3"]);
});

test.each([
  ["was written", true],
  ["was not written", false],
])("a reminder whose answer is lost and that %s is there once", async (_, isWritten) => {
  const lost = { at: 1, isWritten };
  const office = await reminding(lost);
  await office.work();
  await office.work();
  expect(lost.at).toBeLessThan(0);
  expect(reminders(office)).toEqual(["INV-000001 0 1"]);
});
