import { stripeKey } from "@tallybook/invoice";
import type { StripeEvent } from "@tallybook/invoice";
import type { Micros } from "@tallybook/periods";
import { described, Problem } from "@tallybook/service";
import type { HttpRequest, HttpServer, Logger } from "@tallybook/service";
import { readStripeEvent, StripeAway, StripeRefusal } from "@tallybook/stripe";

import type { Archive } from "../archive.ts";
import type { Orders } from "../orders.ts";
import { stripeRoutes } from "./stripe-schemas.ts";
import type { Till } from "./till.ts";

export interface StripeWebhookDesk {
  readonly archive: () => Archive;
  readonly orders: Pick<Orders, "stripe">;
  readonly till: Till;
  readonly logger: Pick<Logger, "warn">;
  /** The deployment's clock. */
  readonly now: () => Micros;
  readonly wallMs: () => number;
}

/** Larger than other bodies here: Stripe sends an invoice with its first lines. */
const bodyBytesMax = 1024 * 1024;

/**
 * Takes what Stripe tells: 200 once it is written, also of what is no invoice of ours; 400 for whatever is not signed, the same whether there is
 * such a tenant, account or secret; 503 where it cannot be written yet, or understood without asking Stripe, which sends it again.
 */
export function addStripeWebhook(server: HttpServer, desk: StripeWebhookDesk): void {
  const { till, orders, now, wallMs, logger } = desk;
  server.post(
    "/v1/stripe/webhook/:tenant/:account",
    described({ bodyLimit: bodyBytesMax }, stripeRoutes.webhook),
    async (request) => {
      const { tenant, account } = request.params as {
        readonly tenant: string;
        readonly account: string;
      };
      const secret = till.webhookSecret(tenant, account);
      if (secret === undefined) {
        logger.warn("a webhook of Stripe for an account without its secret", { tenant, account });
        throw unsigned();
      }
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const read = readStripeEvent(body, signatureIn(request), secret, wallMs());
      if (read.kind === "unsigned") throw unsigned();
      const event = await withInvoice(desk, { tenant, account }, read.event);
      const order = { order: "take_event", tenant, account, ...event, taken_at: now() } as const;
      await orders.stripe(order);
      return { taken: true };
    },
  );
}

/** A charge names its intent alone: Stripe is asked which invoice that pays, where it did not say so before. */
async function withInvoice(
  { archive, till }: StripeWebhookDesk,
  { tenant, account }: { readonly tenant: string; readonly account: string },
  event: StripeEvent,
): Promise<StripeEvent> {
  const { stripe_invoice, payment_intents, refunded } = event;
  const [intent] = payment_intents;
  const isOpen = stripe_invoice === "" && intent !== undefined && (refunded ?? "0") !== "0";
  if (!isOpen || archive().receivables.stripe.byIntent.has(stripeKey(tenant, intent))) return event;
  try {
    const found = await till.api(tenant, account).invoiceOf(intent);
    return { ...event, stripe_invoice: found ?? "" };
  } catch (error) {
    if (error instanceof StripeRefusal) return { ...event, detail: `Stripe: ${error.message}` };
    if (!(error instanceof StripeAway)) throw error;
    throw new Problem({
      status: 503,
      title: "Service Unavailable",
      detail: "Stripe has to be asked about it, and is away: send it again.",
      headers: { "retry-after": "60" },
    });
  }
}

function signatureIn({ headers }: HttpRequest): string {
  const found = headers["stripe-signature"];
  return typeof found === "string" ? found : "";
}

function unsigned(): Problem {
  return new Problem({
    status: 400,
    title: "Unsigned",
    detail: "There is no account here with a secret that this is signed with, or it is too old.",
  });
}
