import { emptyCatalog, stripeAccountOf, stripeCustomerOf } from "@tallybook/catalog";
import { expect, test } from "vitest";

import { applied, november, planned, tenant } from "./documents.ts";

const account = { stripe_account: "main", api_key: "STRIPE_KEY", webhook_secret: "STRIPE_HOOK" };
const acme = { customer: "acme", stripe_account: "main", stripe_customer: "cus_1" };
const customers = [{ customer: "acme" }];

test.each([
  [
    "a key that is written down itself",
    { stripe_accounts: [{ ...account, api_key: "sk_live_1234" }] },
    "stripe_accounts[0].api_key not_a_name",
  ],
  [
    "a collection that Stripe does not have",
    { stripe_accounts: [{ ...account, collection: "by_hand" }] },
    "stripe_accounts[0].collection not_an_option",
  ],
  [
    "an account that is not there",
    { customers, stripe_customers: [acme] },
    "stripe_customers[0].stripe_account unknown_stripe_account",
  ],
  [
    "a customer who is not there",
    { stripe_accounts: [account], stripe_customers: [acme] },
    "stripe_customers[0].customer unknown_customer",
  ],
  [
    "an id that is none",
    {
      customers,
      stripe_accounts: [account],
      stripe_customers: [{ ...acme, stripe_customer: "cus 1/.." }],
    },
    "stripe_customers[0].stripe_customer not_an_id",
  ],
])("%s is refused", (_, document, faults) => {
  expect(planned(emptyCatalog(), document)).toBe(faults);
});

test("a customer's invoices are collected from when on it is said, until it is archived", () => {
  const of = { tenant, customer: "acme" };
  const known = applied(emptyCatalog(), {
    customers,
    stripe_accounts: [account],
    stripe_customers: [acme],
  });
  expect(stripeCustomerOf(known, of, november)).toEqual({
    account: "main",
    stripe_customer: "cus_1",
    collection: "charge_automatically",
    hand_off: "at_finalization",
  });
  expect(stripeCustomerOf(known, { ...of, tenant: "others" }, november)).toBeUndefined();
  const later = november + 60_000_000;
  const over = applied(known, { stripe_customers: [{ ...acme, archived: true }] }, later);
  expect(stripeCustomerOf(over, of, later)).toBeUndefined();
  expect(stripeCustomerOf(over, of, november)).toBeDefined();
  const without = applied(known, { stripe_accounts: [{ ...account, archived: true }] }, later);
  expect(stripeCustomerOf(without, of, later)).toBeUndefined();
  expect(stripeAccountOf(without, { tenant, account: "main" }, later)).toBeUndefined();
});
