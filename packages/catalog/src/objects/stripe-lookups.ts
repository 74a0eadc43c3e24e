import type { Micros } from "@tallybook/periods";
import { versionAt } from "@tallybook/usage";
import type { Catalog } from "../catalog.ts";
import { objectsOf } from "../lookups.ts";
import type { Collection } from "./collection.ts";
import { wholeBody } from "./read-objects.ts";
import { type StripeAccount, stripeAccounts } from "./stripe-accounts.ts";
import { type StripeCustomer, stripeCustomers } from "./stripe-customers.ts";

/** How the invoices of a customer are collected. */
export interface CollectedByStripe extends Pick<StripeAccount, "collection" | "hand_off"> {
  readonly account: string;
  /** Stripe's id of the customer. */
  readonly stripe_customer: string;
}

/** How Stripe collects a customer's invoices at a time; undefined where it does not. */
export function stripeCustomerOf(
  catalog: Catalog,
  { tenant, customer }: { readonly tenant: string; readonly customer: string },
  at: Micros,
): CollectedByStripe | undefined {
  const found = bodyAt(catalog, stripeCustomers, { tenant, id: customer }, at);
  if (found === undefined) return undefined;
  const { stripe_account: account, stripe_customer } = found as StripeCustomer;
  const of = stripeAccountOf(catalog, { tenant, account }, at);
  return of && { account, stripe_customer, collection: of.collection, hand_off: of.hand_off };
}

/** An account at Stripe at a time; undefined where there is none, or it is archived. */
export function stripeAccountOf(
  catalog: Catalog,
  { tenant, account }: { readonly tenant: string; readonly account: string },
  at: Micros,
): StripeAccount | undefined {
  const found = bodyAt(catalog, stripeAccounts, { tenant, id: account }, at);
  return found as StripeAccount | undefined;
}

function bodyAt(
  catalog: Catalog,
  collection: Collection,
  { tenant, id }: { readonly tenant: string; readonly id: string },
  at: Micros,
): object | undefined {
  const versions = objectsOf(catalog, tenant, collection.collection).get(id) ?? [];
  const version = versionAt(versions, at);
  return version === undefined || version.archived ? undefined : wholeBody(collection, version);
}
