import type { CatalogFact } from "@tallybook/catalog";
import { renderInvoice } from "@tallybook/invoice";
import type { HoldPlaced } from "@tallybook/invoice";
import { customer, fee as feePrice, plan, subscription, system } from "@tallybook/testkit/facts";
import { encode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";

import { december, fee, january, november, openOffice } from "./office.ts";
import type { Lost } from "./office.ts";

const acme: readonly CatalogFact[] = [
  customer("acme"),
  plan("dev", [feePrice("monthly", "20")]),
  subscription("s1", "acme", "dev", "2023-11-01"),
  subscription("s2", "acme", "dev", "2023-11-01"),
  {
    kind: "ObjectRevised",
    ...system,
    collection: "document_settings",
    id: "invoices",
    version: 1,
    archived: false,
    body: { invoice_grouping: "customer" },
  },
];

/** December of s1 is rated two steps before that of s2; what is told, and what a crash leaves of it. */
async function twoMonths(lost?: Lost) {
  const office = await openOffice(lost);
  for (const fact of acme) office.tell(fact);
  office.step(0, fee("s1", november, december, "20.004"), fee("s2", november, december, "7.004"));
  office.step(1, fee("s1", december, january, "20.005"));
  office.step(2);
  await office.work();
  const early = office.invoices().length;
  office.step(3, fee("s2", december, january, "7"));
  await office.work();
  return { early, invoices: office.invoices().map((each) => JSON.stringify(renderInvoice(each))) };
}

test("a customer's subscriptions wait for each other, and are on one invoice", async () => {
  const { early, invoices } = await twoMonths();
  expect(early).toBe(1);
  const told = invoices.map((text) => JSON.parse(text) as ReturnType<typeof renderInvoice>);
  expect(told.map(({ number, total, parts }) => [number, total, parts.length])).toEqual([
    ["INV-000001", "2701", 2],
    ["INV-000002", "2701", 2],
  ]);
});

test("they are the same to the byte wherever Kafka's answer is lost", async () => {
  const undisturbed = await twoMonths();
  for (let at = 0; at < 6; at += 1)
    expect(await twoMonths({ at: at >> 1, isWritten: at % 2 === 0 })).toEqual(undisturbed);
});

test("on hold they are one draft, which gets its number under its id when somebody finalizes it", async () => {
  const office = await openOffice();
  for (const fact of acme) office.tell(fact);
  const hold: HoldPlaced = {
    kind: "HoldPlaced",
    tenant: "default",
    hold: "h",
    customer: "acme",
    invoice: null,
    reason: "look",
    actor: "system",
    placed_at: 0,
  };
  const writer = await office.log.producer();
  await writer.send([{ topic: topics.invoices, partition: 0, key: null, value: encode(hold) }]);
  office.step(0, fee("s1", november, december, "20"), fee("s2", november, december, "7"));
  await office.work();
  const drafts = office.facts().filter((fact) => fact.kind === "InvoiceDrafted");
  expect(drafts.map(({ parts }) => parts.map((part) => part.subscription))).toEqual([["s1", "s2"]]);
  await writer.send([
    {
      topic: topics.invoices,
      partition: 0,
      key: null,
      value: encode({
        kind: "HoldReleased",
        tenant: "default",
        hold: "h",
        reason: "looked",
        actor: "system",
        released_at: 0,
      }),
    },
  ]);
  const [draft] = drafts;
  if (draft === undefined) throw new Error("a draft");
  const asked = office.orders.finalize({ tenant: "default", invoice: draft.invoice });
  await office.work();
  await asked;
  // A new process, and a journal that goes on, make nothing again.
  office.step(1);
  await office.work();
  expect(office.invoices().map(({ invoice, total }) => [invoice, total])).toEqual([
    [draft.invoice, "2700"],
  ]);
});
