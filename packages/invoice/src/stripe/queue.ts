import { stripeCustomerOf } from "@tallybook/catalog";
import type { Catalog, CollectedByStripe } from "@tallybook/catalog";
import { decimal, isNegative, isZero } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import type { InvoiceFinalized } from "../facts.ts";
import type { StripeHandOffOrdered } from "./facts.ts";

/**
 * What is to be handed to Stripe of invoices that are just finalized, as the catalog says it at their time; nothing of those that ask for nothing,
 * or give back. To be written with them.
 */
export function handOffsOf(
  invoices: readonly InvoiceFinalized[],
  catalog: Catalog,
): StripeHandOffOrdered[] {
  return invoices.flatMap((fact): StripeHandOffOrdered[] => {
    const { invoice, number, tenant, customer, currency, finalized_at, total } = fact;
    const owed = decimal(total);
    if (isZero(owed) || isNegative(owed)) return [];
    const by = stripeCustomerOf(catalog, { tenant, customer }, finalized_at);
    if (by?.hand_off !== "at_finalization") return [];
    return [
      {
        kind: "StripeHandOffOrdered",
        invoice,
        number,
        tenant,
        customer,
        currency,
        hand_off: 1,
        ...collectedBy(by, fact),
        amount: total,
        actor: "system",
        ordered_at: finalized_at,
      },
    ];
  });
}

/** How Stripe is to collect an invoice. */
export function collectedBy(
  { account, stripe_customer, collection }: CollectedByStripe,
  { finalized_at, due_at }: Pick<InvoiceFinalized, "finalized_at" | "due_at">,
): Pick<StripeHandOffOrdered, "account" | "stripe_customer" | "collection" | "days_until_due"> {
  const days = due_at === null ? daysUsual : Math.max(0, Math.ceil((due_at - finalized_at) / day));
  const days_until_due = collection === "send_invoice" ? days : null;
  return { account, stripe_customer, collection, days_until_due };
}

const daysUsual = 30;
const day: Micros = 86_400_000_000;
