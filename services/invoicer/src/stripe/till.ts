import { stripeAccountOf } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import { connectStripe, StripeAway } from "@tallybook/stripe";
import type { StripeApi } from "@tallybook/stripe";
import type { Micros } from "@tallybook/periods";

import { nameOfSecret } from "../tax-desk.ts";

/** The accounts at Stripe, and the secrets that they name. */
export interface Till {
  /** Throws StripeAway where the deployment has no key for it. */
  api(tenant: string, account: string): StripeApi;
  /** What Stripe signs with; undefined where there is no such account, or the deployment has no such secret. */
  webhookSecret(tenant: string, account: string): string | undefined;
}

/** `url`: where Stripe's API is. `secrets`: by the names that accounts give them, behind `TENANT/` where the tenant is another than `default`. */
export function createTill(given: {
  readonly known: () => Catalog;
  readonly secrets: ReadonlyMap<string, string>;
  readonly url: string;
  /** The deployment's clock. */
  readonly now: () => Micros;
}): Till {
  const { known, secrets, url, now } = given;
  const apis = new Map<string, StripeApi>();
  const accountOf = (tenant: string, account: string) =>
    stripeAccountOf(known(), { tenant, account }, now());
  return {
    api(tenant, account) {
      const found = accountOf(tenant, account);
      if (found === undefined)
        throw new StripeAway(
          `there is no account ${account} in stripe_accounts, or it is archived`,
          false,
        );
      const name = nameOfSecret(tenant, found.api_key);
      const key = secrets.get(name);
      if (key === undefined)
        throw new StripeAway(
          `the deployment has no key ${name}: name it in STRIPE_SECRETS, such as ${name}=sk_…`,
          false,
        );
      const api = apis.get(name) ?? connectStripe(key, url);
      apis.set(name, api);
      return api;
    },
    webhookSecret(tenant, account) {
      const found = accountOf(tenant, account);
      return found && secrets.get(nameOfSecret(tenant, found.webhook_secret));
    },
  };
}
