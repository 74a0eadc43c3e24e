import { catalogAt, catalogWithPlan, plansOf, subscriptionsOf } from "@tallybook/catalog";
import type { Catalog, PlanPublished } from "@tallybook/catalog";
import type { CustomerBills } from "@tallybook/audit";
import { simulateCustomers } from "@tallybook/audit";
import { isInvoiceable } from "@tallybook/invoice";
import { billsOf, isOrdered } from "@tallybook/journal";
import { add, decimal, roundInvoice, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { at } from "@tallybook/testkit/facts";
import { noFills } from "@tallybook/usage";
import { describe, expect, test } from "vitest";

import { readJournal } from "./golden/files.ts";
import { readMonth } from "./golden/month.ts";
import { openGoldenWorld } from "./golden/world.ts";

const month = readMonth();
const facts = month.flatMap(({ catalog }) => catalog).map((fact, offset) => ({ offset, fact }));
const catalog = catalogAt(facts, facts.length);
const customers = [...(catalog.tenants.get("default")?.customers.keys() ?? [])];
const period = { from: at("2023-10-01"), to: at("2024-01-01") };
const usd = { code: "USD", digits: 2 } as const;

/** The customers' bills by the catalog as it is, and by another. */
async function simulated(other: Catalog): Promise<readonly CustomerBills[]> {
  const world = await openGoldenWorld();
  for (const cut of month) await world.cut(cut);
  const basis = { tenant: "default", now: catalog, other, period, cutMax: 5, fills: noFills };
  const { bills, parked } = await simulateCustomers(basis, customers, world.columns, () => {});
  expect(parked.now).toBe(0);
  return bills;
}

/** What the golden journal has asked of each customer for each period of the calendar, in minor units, from the least. */
function postedBills(): Record<string, string[]> {
  const bills = new Map<string, Decimal>();
  for (const fact of readJournal()) {
    if (fact.kind !== "TransactionPosted" || !isInvoiceable(fact.transaction_kind)) continue;
    // What somebody ordered, and what coupons take off, is in neither of two bills.
    if (isOrdered(fact) || fact.transaction_kind === "discount") continue;
    const { customer, subscription, part, period_from, period_to, shares } = fact.evidence;
    // A fee of January, in advance: that is not over.
    if (period_to > period.to) continue;
    const key = JSON.stringify([customer, subscription, part?.whole_from ?? period_from]);
    const own = sum(shares.map(({ amount }) => decimal(amount)));
    bills.set(key, add(bills.get(key) ?? decimal("0"), own));
  }
  return minorByCustomer([...bills].map(([key, exact]) => [(JSON.parse(key) as string[])[0] ?? "", exact]));
}

function minorByCustomer(bills: readonly (readonly [string, Decimal])[]): Record<string, string[]> {
  return Object.fromEntries(
    [...Map.groupBy(bills, ([customer]) => customer)].map(([customer, own]) => [
      customer,
      own.map(([, exact]) => roundInvoice([exact], usd).total).toSorted(),
    ]),
  );
}

describe("the golden month by another price", () => {
  test("is what was posted for it where the price is the one that is there", async () => {
    const bills = await simulated(catalog);
    const now = Object.fromEntries(bills.map((own) => [own.customer, own.now.map(String).toSorted()]));
    expect(now).toEqual(postedBills());
    for (const own of bills) expect(own.other).toEqual(own.now);
  });

  test("costs the quantities of the journal times the other price", async () => {
    const [first] = plansOf(catalog, "default").get("agents") ?? [];
    if (first === undefined) throw new Error("the golden month has a plan agents");
    const [monthly, minutes] = first.prices;
    const prices = [monthly, minutes].flatMap((price) => price ?? []);
    const other: PlanPublished = {
      ...first,
      prices: prices.map((price) =>
        price.meter === null
          ? price
          : { ...price, charge: { model: "per_unit", unit_amount: "0.07", per: "60" } },
      ),
    };
    const bills = await simulated(catalogWithPlan(catalog, other));
    const own = bills.find(({ customer }) => customer === "theta");
    // 6480000 and 5356800 seconds that GPUs were held, and a fee of 10 each month.
    expect(own?.other).toEqual([757_000n, 625_960n]);
    for (const { customer, now, other } of bills) if (customer !== "theta") expect(other).toEqual(now);
  });

  test("bills usage that only the other plan has a price for", async () => {
    const [first] = plansOf(catalog, "default").get("growth") ?? [];
    if (first === undefined) throw new Error("the golden month has a plan growth");
    const charge = { model: "flat", amount: "1", payment_term: "in_arrears" } as const;
    const flat = { price: "flat", meter: null, charge, description: "" };
    const calls = { model: "per_unit", unit_amount: "1", per: "1" } as const;
    const byCall = { price: "calls", meter: "calls", charge: calls, description: "" };
    const free = catalogWithPlan(catalog, { ...first, prices: [flat] });
    const counted = catalogWithPlan(catalog, { ...first, prices: [flat, byCall] });
    const [without, with_] = [await simulated(free), await simulated(counted)];
    const called = month
      .flatMap(({ events }) => events)
      .filter(({ customer, type }) => customer === "delta" && type === "calls");
    // While its add-on priced them too, both of them bill the same calls.
    const total = called.reduce((all, { properties }) => all + BigInt(properties["n"] ?? 0) * 100n, 0n);
    const thenOf = (bills: readonly CustomerBills[]) =>
      bills.find(({ customer }) => customer === "delta")?.other.reduce((all, each) => all + each, 0n) ?? 0n;
    expect(thenOf(with_) - thenOf(without)).toBe(total);
  });
});

test("a customer without a period has no bill", () => {
  expect(subscriptionsOf(catalog, "default", "nobody")).toEqual([]);
  expect(billsOf([], { rows: [], earlier: [] }, catalog).map(({ amount }) => toText(amount))).toEqual([]);
});
