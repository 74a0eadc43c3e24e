import { isWebhookSecret } from "@tallybook/invoice";
import { readColumns, readEnv, readHost, readInstance, readKafka } from "@tallybook/service";
import type { Env } from "@tallybook/service";

/** What the invoicer is told by its environment. */
export function readConfig(env: Env) {
  return readEnv(env, (read) => ({
    host: readHost(read),
    port: read.port("PORT", { fallback: 0 }),
    kafka: readKafka(read),
    /** What drafts are held against before they are finalized, and disputed lines. */
    columns: readColumns(read),
    instance: readInstance(read),
    /** Of every instance of the catalog service, of which one answers. */
    catalogUrls: read.list("CATALOG_URLS", { fallback: [] }),
    /** A file with 32 random bytes or more, of which webhooks' secrets are made; empty: nothing is sent. */
    webhookKeyFile: read.text("WEBHOOK_KEY_FILE", { fallback: "" }),
    /** Networks that webhooks may reach although they are not public. */
    outboundAllowed: read.list("OUTBOUND_ALLOWED", { fallback: [] }),
    /** Secrets that tax calculators name: `TAX_EU=whsec_…`, or `acme/TAX_EU=whsec_…` of another tenant than `default`. */
    taxSecrets: read.secrets("TAX_SECRETS", {
      isFit: isWebhookSecret,
      wanted:
        "NAME=whsec_… between commas, or TENANT/NAME=whsec_… of another tenant than default: behind whsec_ the base64 of 24 to 64 bytes",
    }),
    /** Keys of Stripe's API and secrets of its webhooks, which accounts name: `STRIPE_KEY=sk_…`, or `acme/STRIPE_KEY=sk_…` of another tenant than `default`. */
    stripeSecrets: read.secrets("STRIPE_SECRETS", {
      isFit: (secret) => /^(?:sk|rk|whsec)_\w{8,255}$/.test(secret),
      wanted:
        "NAME=sk_… and NAME=whsec_… between commas, or TENANT/NAME=sk_… of another tenant than default",
    }),
    /** Where Stripe's API is; another one is a stand-in for tests. */
    stripeUrl: read.url("STRIPE_API_URL", { fallback: "https://api.stripe.com" }),
    failpoint: read.text("FAILPOINT", { fallback: "" }),
  }));
}
