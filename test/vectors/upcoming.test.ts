import { upcoming } from "@tallybook/audit";
import type { CatalogFact } from "@tallybook/catalog";
import type { InvoiceFact } from "@tallybook/invoice";
import { at, billNow, coupon, couponApplied, customer, fee, feeInAdvance, perUnit, plan, settings } from "@tallybook/testkit/facts";
import { subscription, system, tiered, usualMeter } from "@tallybook/testkit/facts";
import type { UsageAccepted } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";

import { invoiceAll } from "../simulation/invoicing.ts";
import { rateAll } from "../simulation/rating.ts";
import { openGoldenWorld } from "./golden/world.ts";

const meter: CatalogFact = {
  kind: "MeterPublished",
  ...system,
  ...usualMeter,
  meter: "tokens",
  version: 1,
  event_type: "llm",
  aggregation: "sum",
  value_property: "n",
};
const tokens = tiered("graduated", "tokens", "tokens", [
  ["100", "500000"],
  [null, "300000"],
]);
const catalog: readonly CatalogFact[] = [
  settings(),
  meter,
  customer("acme"),
  customer("beta"),
  plan("dev", [fee("base", "20.004"), tokens]),
  plan("seat", [feeInAdvance("seat", "7"), fee("support", "3.333")]),
  plan("other", [perUnit("tokens", "tokens", "0.1")]),
  subscription("s1", "acme", "dev", "2023-11-01"),
  subscription("s2", "acme", "seat", "2023-11-01"),
  subscription("t1", "beta", "other", "2023-11-01"),
  coupon("tenth", { percent_off: "10" }),
  couponApplied("tenth", "acme", "2023-11-01"),
];

/** What stands to be invoiced at each cut, and what is. */
async function openMonth(more: readonly CatalogFact[]) {
  const world = await openGoldenWorld();
  let used = 0;
  const invoices = () =>
    world.log.recordsOf(topics.invoices, 0).map(({ value }) => decode(value) as InvoiceFact);
  return {
    invoices,
    journal: () => world.log.recordsOf(topics.journal, 0).length,
    upcoming: (of = "acme") =>
      upcoming({ log: world.log, columns: world.columns, tenant: "default", customer: of }),
    async cut(time: string, amounts: readonly string[], facts: readonly CatalogFact[] = []) {
      const cut = world.log.recordsOf(topics.cuts, 0).filter(({ value }) => decode(value).kind === "CutClosed").length;
      const events = amounts.map((n): UsageAccepted => {
        const time_of = at("2023-11-02") + used * 3_600_000_000;
        return {
          kind: "UsageAccepted",
          raw_offset: used,
          cut,
          tenant: "default",
          source: "",
          id: `e${used++}`,
          type: "llm",
          customer: "acme",
          subscription: null,
          time: time_of,
          properties: { n },
          content_hash: new Uint8Array(32),
          received_at: time_of,
          door: null,
          api_key: null,
          target: null,
          personal: {},
          corrected: null,
          backfill: null,
        };
      });
      await world.cut({ time: at(time), catalog: cut === 0 ? [...catalog, ...more] : facts, events });
      for (let before = -1; before !== world.log.recordsOf(topics.journal, 0).length; ) {
        before = world.log.recordsOf(topics.journal, 0).length;
        await rateAll(world.log, world.columns);
        await invoiceAll(world.log);
      }
    },
  };
}

const grouped: CatalogFact = {
  kind: "ObjectRevised",
  ...system,
  collection: "document_settings",
  id: "invoices",
  version: 1,
  archived: false,
  body: { invoice_grouping: "customer" },
};

test.each([
  ["for each subscription", []],
  ["for all of a customer's", [grouped]],
])("what stands to be invoiced is what is, if nothing else is used: one %s", async (_, more) => {
  const month = await openMonth(more);
  await month.cut("2023-11-05", ["60"]);
  const early = await month.upcoming();
  expect(early).toMatchObject({ cut: 0, complete_to: at("2023-11-05"), parked: [] });
  await month.cut("2023-11-10", ["70.5"]);
  // Part of it is billed on demand: what stands is the rest.
  await month.cut("2023-11-12", ["3"], [billNow("s1", at("2023-11-12"))]);
  const written = month.invoices().length;
  const [journal, told] = [month.journal(), await month.upcoming()];
  expect(told.invoices).not.toEqual(early.invoices);
  expect([month.journal(), month.invoices().length]).toEqual([journal, written]);
  await month.cut("2023-12-01T01:00:00Z", []);
  const due = month
    .invoices()
    .slice(written)
    .filter((fact) => fact.kind === "InvoiceFinalized" && fact.customer === "acme")
    .filter(({ period_to }) => period_to === at("2023-12-01"));
  expect(told.invoices).toHaveLength(more.length === 0 ? 2 : 1);
  const shown = (of: Pick<InvoiceFact, "invoice" | "exact" | "parts" | "lines" | "subscription">) => ({
    invoice: of.invoice,
    subscription: of.subscription,
    exact: of.exact,
    parts: of.parts,
    lines: of.lines.map(({ description, exact, quantity }) => `${description}: ${quantity}, ${exact}`),
  });
  expect(told.invoices.map(({ draft }) => shown(draft))).toEqual(due.map(shown));
});

test("who has used nothing and owes nothing has nothing to come, and before the first cut nobody has", async () => {
  const month = await openMonth([]);
  expect(await month.upcoming()).toMatchObject({ cut: null, complete_to: null, invoices: [] });
  await month.cut("2023-11-05", ["60"]);
  expect((await month.upcoming("beta")).invoices).toEqual([]);
});
