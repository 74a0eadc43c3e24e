import { customerOf, objectsOf, tenantOf } from "@tallybook/catalog";
import type { BilledPlan, Catalog } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import { daysText, zoneOf } from "../days.ts";
import type { InvoiceFact } from "../facts.ts";
import { roundLines } from "../finalize.ts";
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
 * its arguments to the byte. A draft says so, and has the cents that it would have.
 */
export function renderInvoiceHtml(fact: InvoiceFact, { catalog, cut }: MadeAt): string {
  const invoice = fact.kind === "InvoiceFinalized" ? fact : { ...fact, ...roundLines(fact) };
  const { tenant, customer } = invoice;
  const name = fact.kind === "InvoiceFinalized" ? `Invoice ${fact.number}` : "Draft of an invoice";
  const seller = tenantOf(catalog, tenant)?.name || tenant;
  const buyer = customerOf(catalog, tenant, customer)?.name || customer;
  const page = html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${undirected(`${name}, ${buyer}`)}</title>
        ${styleElement}
      </head>
      <body>
        <header>
          <p class="seller"><bdi>${seller}</bdi></p>
          <h1>${name}</h1>
          ${details(fact, buyer, catalog)}
        </header>
        <main>${linesTable(invoice, groupLines(invoice, catalog))}</main>
        ${evidence(fact, cut)}
      </body>
    </html> `;
  return page.source;
}

function details(invoice: InvoiceFact, buyer: string, catalog: Catalog): Markup {
  const { tenant, customer, subscription, plan, plan_version } = invoice;
  const billed = billedBy(invoice, catalog);
  const planName = billed?.plan.name || plan;
  const contract = billed === undefined ? [] : contractOf(tenant, billed, catalog);
  const issued = formatTime(madeOn(invoice));
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
    <dt>${invoice.kind === "InvoiceFinalized" ? "Issued" : "Drafted"}</dt>
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

function madeOn(invoice: InvoiceFact): Micros {
  return invoice.kind === "InvoiceFinalized" ? invoice.finalized_at : invoice.drafted_at;
}

function evidence(invoice: InvoiceFact, cut: number): Markup {
  const hash = Buffer.from(invoice.journal_hash).toString("hex");
  const time = formatTime(madeOn(invoice));
  const name = invoice.kind === "InvoiceFinalized" ? invoice.number : invoice.invoice;
  return html`<footer>
    <h2>Evidence</h2>
    <p>
      Each line can be recomputed from the single events:
      <code>tally replay ${name} LINE</code>.
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
