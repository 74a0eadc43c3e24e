import type { Catalog, StandingEndpoint, WebhookType } from "@tallybook/catalog";
import { isDraftInShadow, webhookEventOf } from "@tallybook/invoice";
import type { InvoicesFact, WebhookEvent } from "@tallybook/invoice";

/** What is told of a fact; undefined where nothing is: a draft in shadow is for who compares, and never becomes an invoice. */
export function toldOf(fact: InvoicesFact, catalog: Catalog): WebhookEvent | undefined {
  if (fact.kind === "InvoiceDrafted" && isDraftInShadow(fact, catalog)) return undefined;
  return webhookEventOf(fact);
}

/** Whether an endpoint has asked for what is told. */
export function hasAskedFor({ events }: StandingEndpoint, type: WebhookType): boolean {
  return events.length === 0 || events.includes(type);
}
