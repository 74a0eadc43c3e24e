import { briefDocument, emptyCatalog, entriesOf, plansOf, pricesFor } from "@tallybook/catalog";
import { validateDocument } from "@tallybook/catalog";
import { expect, test } from "vitest";
import { applied, november, planned, tenant } from "./documents.ts";

const around = {
  included_units: "100",
  discount_percent: "10",
  commitment: { amount: "5", overage_factor: "1.5" },
  maximum_amount: "9",
};
const calls = { price: "calls", meter: "calls", model: "per_unit", unit_amount: "0.01" };
const document = {
  meters: [{ meter: "calls", event_type: "call", aggregation: "count" }],
  plans: [{ plan: "dev", currency: "USD", prices: [{ ...calls, ...around }] }],
  customers: [{ customer: "acme" }],
  contracts: [
    {
      contract: "signed",
      customer: "acme",
      signed_on: "2023-10-30",
      overrides: [
        {
          plan: "dev",
          price: "calls",
          model: "per_unit",
          unit_amount: "0.02",
          minimum_amount: "7",
        },
      ],
    },
  ],
};
const kept = {
  included_units: "100",
  discount_percent: "10",
  commitment: { amount: "5", quantity: null, overage_factor: "1.5", true_up: true },
  minimum_amount: null,
  maximum_amount: "9",
};

test("what stands around a price is kept with what goes without saying, and exported as it was written", () => {
  const catalog = applied(emptyCatalog(), document);
  expect(plansOf(catalog, tenant).get("dev")?.[0]?.prices[0]?.around).toEqual(kept);
  const exported = briefDocument(entriesOf(catalog, tenant));
  expect(exported["plans"]?.[0]?.["prices"]).toMatchObject([around]);
  expect(planned(catalog, exported, november)).toEqual([]);
});

test("a change of it is a version, and leaving it out takes it away", () => {
  const catalog = applied(emptyCatalog(), document);
  const plans = (prices: object[]) => ({ plans: [{ plan: "dev", currency: "USD", prices }] });
  const dearer = planned(catalog, plans([{ ...calls, ...around, maximum_amount: "10" }]), november);
  expect(dearer).toMatchObject([{ kind: "PlanPublished", version: 2 }]);
  expect(planned(catalog, plans([calls]), november)).toMatchObject([
    { kind: "PlanPublished", version: 2, prices: [{ price: "calls" }] },
  ]);
  const without = applied(catalog, plans([calls]));
  expect(plansOf(without, tenant).get("dev")?.at(-1)?.prices[0]?.around ?? null).toBeNull();
});

test("an override says all of it: a customer has what is signed, and not what the plan has", () => {
  const catalog = applied(emptyCatalog(), document);
  const terms = {
    from: 0,
    plan: "dev",
    quantity: "1",
    add_ons: [],
    paused: false,
    covered: "nothing",
  } as const;
  const sold = pricesFor(catalog, tenant, "acme", terms, november);
  expect(sold?.prices[0]?.around).toEqual({
    included_units: null,
    discount_percent: null,
    commitment: null,
    minimum_amount: "7",
    maximum_amount: null,
  });
});

test("what cannot be right is refused where it stands", () => {
  const faultsOf = (price: object) => {
    const read = validateDocument({
      plans: [{ plan: "dev", currency: "USD", prices: [{ ...calls, ...price }] }],
    });
    return read.ok ? [] : read.faults.map(({ field, reason }) => `${field} ${reason}`);
  };
  const at = "plans[0].prices[0]";
  expect(faultsOf({ minimum_amount: "2", maximum_amount: "1" })).toEqual([
    `${at}.minimum_amount above_maximum`,
  ]);
  expect(faultsOf({ commitment: {} })).toEqual([`${at}.commitment.amount one_of_two`]);
  expect(faultsOf({ commitment: { amount: "1", what: "1" } })).toEqual([
    `${at}.commitment.what unknown_field`,
  ]);
  expect(faultsOf({ meter: null, minimum_amount: "2" })).toContain(
    `${at}.minimum_amount not_of_model`,
  );
});
