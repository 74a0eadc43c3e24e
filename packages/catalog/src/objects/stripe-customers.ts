import type { Collection } from "./collection.ts";
import { textsIn } from "./read-texts.ts";

/** Whose invoices Stripe collects: its id is that of the customer. */
export type StripeCustomer = {
  readonly stripe_account: string;
  /** Stripe's id, `cus_…`. */
  readonly stripe_customer: string;
  readonly metadata: Readonly<Record<string, string>>;
};

export const stripeCustomers: Collection<StripeCustomer> = {
  collection: "stripe_customers",
  idField: "customer",
  idRule: "id",
  within: null,
  read(entry) {
    const stripe_customer = entry.text("stripe_customer", "id");
    if (stripe_customer !== "" && !/^[A-Za-z0-9_-]{1,255}$/.test(stripe_customer))
      entry.fault(
        "stripe_customer",
        "not_an_id",
        "it must be the customer's id at Stripe, such as cus_NffrFeUfNV2Hib",
      );
    return {
      stripe_account: entry.text("stripe_account", "name"),
      stripe_customer,
      metadata: textsIn(entry, "metadata"),
    };
  },
  references: ({ stripe_account }) => [
    { field: "stripe_account", collection: "stripe_accounts", id: stripe_account },
  ],
  settle(body, { id, given, fault }) {
    if (given.state("customers", id) === "unknown")
      fault("customer", "unknown_customer", `there is no customer ${id}: create it first`);
    return body;
  },
};
