import { customerOf, objectsOf, tenantOf } from "@tallybook/catalog";
import type { BilledPlan, Catalog } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import { daysText, zoneOf } from "../days.ts";
import type { InvoiceFact } from "../facts.ts";
import { roundLines } from "../finalize.ts";
import { billedBy } from "./billed.ts";
import { groupLines } from "./groups.ts";
import type { Detail, InvoicePage } from "./invoice-page.ts";
import { makeTable } from "./make-table.ts";
import { code, name, time, undirected } from "./phrase.ts";
import type { Phrase } from "./phrase.ts";

/** Where an invoice was made. */
export interface MadeAt {
  /** The catalog that its step took: the names and prices of then. */
  readonly catalog: Catalog;
  readonly cut: number;
}

/** What stands on the invoice. A draft says so, and has the cents that it would have. */
export function makePage(fact: InvoiceFact, { catalog, cut }: MadeAt): InvoicePage {
  const invoice = fact.kind === "InvoiceFinalized" ? fact : { ...fact, ...roundLines(fact) };
  const { tenant, customer } = invoice;
  const heading =
    fact.kind === "InvoiceFinalized" ? `Invoice ${fact.number}` : "Draft of an invoice";
  const buyer = customerOf(catalog, tenant, customer)?.name || customer;
  return {
    title: undirected(`${heading}, ${buyer}`),
    made: formatTime(madeOn(fact)),
    seller: tenantOf(catalog, tenant)?.name || tenant,
    heading,
    details: details(fact, buyer, catalog),
    table: makeTable(invoice, groupLines(invoice, catalog)),
    evidence: evidence(fact, cut),
  };
}

function details(invoice: InvoiceFact, buyer: string, catalog: Catalog): Detail[] {
  const { tenant, customer, subscription, plan, plan_version } = invoice;
  const billed = billedBy(invoice, catalog);
  const planName = billed?.plan.name || plan;
  const contract = billed === undefined ? [] : contractOf(tenant, billed, catalog);
  const issued = formatTime(madeOn(invoice));
  const zone = zoneOf(catalog, tenant, subscription);
  const days = daysText(invoice.period_from, invoice.period_to, zone);
  const known: Phrase = buyer === customer ? [] : [" (", name(customer), ")"];
  return [
    { term: "Customer", text: [name(buyer), ...known] },
    { term: "Plan", text: [name(planName), `, version ${plan_version}`, ...contract] },
    { term: "Subscription", text: [name(subscription)] },
    { term: "Period", text: [`${days}, in ${zone}`] },
    {
      term: invoice.kind === "InvoiceFinalized" ? "Issued" : "Drafted",
      text: [time(issued, issued.slice(0, 10))],
    },
  ];
}

function contractOf(
  tenant: string,
  { contract, contract_version }: BilledPlan,
  catalog: Catalog,
): Phrase {
  if (contract === null) return [];
  const versions = objectsOf(catalog, tenant, "contracts").get(contract) ?? [];
  const signed = versions.find(({ version }) => version === contract_version)?.body["signed_on"];
  const day = typeof signed === "string" ? `, signed ${signed}` : "";
  return [", under contract ", name(contract), `, version ${contract_version}${day}`];
}

function madeOn(invoice: InvoiceFact): Micros {
  return invoice.kind === "InvoiceFinalized" ? invoice.finalized_at : invoice.drafted_at;
}

function evidence(invoice: InvoiceFact, cut: number): InvoicePage["evidence"] {
  const hash = Buffer.from(invoice.journal_hash).toString("hex");
  const known = formatTime(madeOn(invoice));
  const replayed = invoice.kind === "InvoiceFinalized" ? invoice.number : invoice.invoice;
  return {
    heading: "Evidence",
    intro: [
      "Each line can be recomputed from the single events: ",
      code(`tally replay ${replayed} LINE`),
      ".",
    ],
    details: [
      { term: "Invoice", text: [code(invoice.invoice)] },
      { term: "Usage as known at", text: [`cut ${cut}, `, time(known)] },
      { term: "Journal", text: [`step ${invoice.journal_step}, head `, code(hash)] },
    ],
  };
}
