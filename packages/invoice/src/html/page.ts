import { customerOf, objectsOf, tenantOf } from "@tallybook/catalog";
import type { BilledPlan, Catalog } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";

import { daysText, zoneOf } from "../days.ts";
import type { InvoiceFinalized } from "../facts.ts";
import { billedBy } from "./billed.ts";
import { groupLines } from "./groups.ts";
import { html, undirected } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { contentSecurityPolicy, styleElement } from "./style.ts";
import { linesTable } from "./table.ts";

/** Where an invoice was made. */
export interface MadeAt {
  /** The catalog that its step took: the names and prices of then. */
  readonly catalog: Catalog;
  readonly cut: number;
}

/**
 * The invoice as a page that a person reads and prints: one file, without scripts and without anything to fetch. A function of
 * its arguments to the byte.
 */
export function renderInvoiceHtml(invoice: InvoiceFinalized, { catalog, cut }: MadeAt): string {
  const { tenant, customer, number } = invoice;
  const seller = tenantOf(catalog, tenant)?.name || tenant;
  const buyer = customerOf(catalog, tenant, customer)?.name || customer;
  const page = html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${undirected(`Invoice ${number}, ${buyer}`)}</title>
        ${styleElement}
      </head>
      <body>
        <header>
          <p class="seller"><bdi>${seller}</bdi></p>
          <h1>Invoice ${number}</h1>
          ${details(invoice, buyer, catalog)}
        </header>
        <main>${linesTable(invoice, groupLines(invoice, catalog))}</main>
        ${evidence(invoice, cut)}
      </body>
    </html> `;
  return page.source;
}

function details(invoice: InvoiceFinalized, buyer: string, catalog: Catalog): Markup {
  const { tenant, customer, subscription, plan, plan_version } = invoice;
  const billed = billedBy(invoice, catalog);
  const planName = billed?.plan.name || plan;
  const contract = billed === undefined ? [] : contractOf(tenant, billed, catalog);
  const issued = formatTime(invoice.finalized_at);
  const zone = zoneOf(catalog, tenant, subscription);
  const days = daysText(invoice.period_from, invoice.period_to, zone);
  const known = buyer === customer ? [] : [html` (<bdi>${customer}</bdi>)`];
  return html`<dl>
    <dt>Customer</dt>
    <dd><bdi>${buyer}</bdi>${known}</dd>
    <dt>Plan</dt>
    <dd><bdi>${planName}</bdi>, version ${String(plan_version)}${contract}</dd>
    <dt>Subscription</dt>
    <dd><bdi>${subscription}</bdi></dd>
    <dt>Period</dt>
    <dd>${days}, in ${zone}</dd>
    <dt>Issued</dt>
    <dd><time datetime="${issued}">${issued.slice(0, 10)}</time></dd>
  </dl>`;
}

function contractOf(
  tenant: string,
  { contract, contract_version }: BilledPlan,
  catalog: Catalog,
): Markup[] {
  if (contract === null) return [];
  const versions = objectsOf(catalog, tenant, "contracts").get(contract) ?? [];
  const signed = versions.find(({ version }) => version === contract_version)?.body["signed_on"];
  const day = typeof signed === "string" ? `, signed ${signed}` : "";
  return [html`, under contract <bdi>${contract}</bdi>, version ${String(contract_version)}${day}`];
}

function evidence(invoice: InvoiceFinalized, cut: number): Markup {
  const hash = Buffer.from(invoice.journal_hash).toString("hex");
  const time = formatTime(invoice.finalized_at);
  return html`<footer>
    <h2>Evidence</h2>
    <p>
      Each line can be recomputed from the single events:
      <code>tally replay ${invoice.number} LINE</code>.
    </p>
    <dl>
      <dt>Invoice</dt>
      <dd><code>${invoice.invoice}</code></dd>
      <dt>Usage as known at</dt>
      <dd>cut ${String(cut)}, <time datetime="${time}">${time}</time></dd>
      <dt>Journal</dt>
      <dd>step ${String(invoice.journal_step)}, head <code>${hash}</code></dd>
    </dl>
  </footer>`;
}
