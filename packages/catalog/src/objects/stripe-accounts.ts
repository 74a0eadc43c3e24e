import type { Collection } from "./collection.ts";
import { secretNameIn, textsIn } from "./read-texts.ts";

/** How Stripe gets the money: from a card or account that it knows, or by an invoice that it sends. */
export const stripeCollections = ["charge_automatically", "send_invoice"] as const;

/** When invoices go to Stripe: with their number, or when somebody says so. */
export const stripeHandOffs = ["at_finalization", "by_hand"] as const;

/** An account at Stripe that collects invoices. */
export type StripeAccount = {
  readonly name: string;
  /** The name under which the deployment keeps the key of its API: never the key. */
  readonly api_key: string;
  /** The name under which it keeps what Stripe signs webhooks with: never the secret. */
  readonly webhook_secret: string;
  readonly collection: (typeof stripeCollections)[number];
  readonly hand_off: (typeof stripeHandOffs)[number];
  readonly metadata: Readonly<Record<string, string>>;
};

export const stripeAccounts: Collection<StripeAccount> = {
  collection: "stripe_accounts",
  idField: "stripe_account",
  idRule: "name",
  within: null,
  read: (entry) => ({
    name: entry.text("name", "id", entry.text("stripe_account", "name")),
    api_key: secretNameIn(entry, "api_key", "STRIPE_KEY"),
    webhook_secret: secretNameIn(entry, "webhook_secret", "STRIPE_WEBHOOK"),
    collection: entry.oneOfOrNull("collection", stripeCollections) ?? "charge_automatically",
    hand_off: entry.oneOfOrNull("hand_off", stripeHandOffs) ?? "at_finalization",
    metadata: textsIn(entry, "metadata"),
  }),
  references: () => [],
};
