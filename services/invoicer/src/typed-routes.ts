import { receivableOf, renderInvoice, standingOf } from "@tallybook/invoice";
import type { InvoiceFact, InvoiceState } from "@tallybook/invoice";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { described, linkNext, pageOf, queryText, unfit } from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import { currentInvoices } from "./archive.ts";
import type { Archive } from "./archive.ts";
import { billNow, finalizeNow, invoiceAsked, invoiceOf, withTaxes } from "./billing-routes.ts";
import type { BillingDesk } from "./billing-routes.ts";
import { archiveAsked, momentAsked } from "./moments.ts";
import { typedRoutes } from "./typed-schemas.ts";
import { typedInvoice, typedStatuses } from "./typed-view.ts";
import type { TypedInvoice } from "./typed-view.ts";

export interface TypedDesk extends BillingDesk {
  /** Waits, as long as one may wait, for what a tenant has asked to be billed; false where it is not there yet. */
  readonly billed: (tenant: string) => Promise<boolean>;
}

/**
 * The invoices of the typed API: the same ones, in its form. `POST /admin/v1/subscriptions/{id}/bill` answers with the drafts of the
 * subscription, `GET /admin/v1/invoices?customer_id=&status=Draft` with a bare list; both have the latest first.
 */
export function addTypedInvoiceRoutes(server: HttpServer, desk: TypedDesk): void {
  const { access, archive, billed } = desk;
  const billers = { onRequest: access.allow("finance", "admin") };
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  function invoicesFor(
    request: HttpRequest,
    isWanted: (of: InvoiceFact) => boolean,
    of: Archive = archive(),
  ) {
    const all = currentInvoices(of, access.callerOf(request).tenant);
    const moment = momentAsked(request);
    return all
      .filter(isWanted)
      .map((invoice) => viewOf(of, invoice, moment))
      .reverse();
  }

  const bills = described(billers, typedRoutes.bill);
  server.post("/admin/v1/subscriptions/:id/bill", bills, async (request, reply) => {
    const subscription_id = idOf(request);
    const { invoices: made, complete } = await billNow(desk, request, subscription_id);
    const invoices = invoicesFor(
      request,
      ({ kind, subscription }) => kind === "InvoiceDrafted" && subscription === subscription_id,
    );
    const id = invoices[0]?.id ?? null;
    const status = made.length > 0 ? 201 : 200;
    return reply
      .code(complete ? status : 202)
      .send({ id, invoice_id: id, subscription_id, complete, invoices });
  });

  const lists = described(readers, typedRoutes.list);
  server.get("/admin/v1/invoices", lists, async (request, reply) => {
    const isWanted = wantedBy(request);
    const { tenant } = access.callerOf(request);
    await billed(tenant);
    const asked = archiveAsked(archive(), tenant, request);
    const all = invoicesFor(request, () => true, asked).filter(isWanted);
    const { items, next } = pageOf(request, all, ({ id }) => id);
    linkNext(next, request, reply);
    return items;
  });

  server.get("/admin/v1/invoices/:id", described(readers, typedRoutes.get), (request) =>
    viewOf(archive(), invoiceAsked(desk, request, idOf(request)), momentAsked(request)),
  );
  const taxes = described(billers, typedRoutes.tax);
  server.post("/admin/v1/invoices/:id/calculate-tax", taxes, async (request) => {
    const invoice = invoiceOf(desk, request, idOf(request));
    const taxed = await withTaxes(desk, invoice);
    return typedInvoice(taxed, madeOn(invoice), stateOf(archive(), invoice));
  });
  const finalizes = described(billers, typedRoutes.finalize);
  server.post("/admin/v1/invoices/:id/finalize", finalizes, async (request) => {
    const finalized = await finalizeNow(desk, request, idOf(request));
    return viewOf(archive(), finalized);
  });
}

function viewOf(archive: Archive, invoice: InvoiceFact, moment?: Micros): TypedInvoice {
  return typedInvoice(renderInvoice(invoice), madeOn(invoice), stateOf(archive, invoice, moment));
}

/** How far an invoice had come at a moment; by everything that is known unless given. Undefined for a draft. */
function stateOf(
  { receivables }: Archive,
  { kind, tenant, invoice }: InvoiceFact,
  moment = Number.POSITIVE_INFINITY,
): InvoiceState | undefined {
  if (kind === "InvoiceDrafted") return undefined;
  const receivable = receivableOf(receivables, tenant, invoice);
  return (receivable && standingOf(receivable, moment)?.state) ?? "finalized";
}

function madeOn(invoice: InvoiceFact): string {
  return formatTime(invoice.kind === "InvoiceDrafted" ? invoice.drafted_at : invoice.finalized_at);
}

function wantedBy(request: HttpRequest): (invoice: TypedInvoice) => boolean {
  const customer = queryText(request, "customer_id");
  const subscription = queryText(request, "subscription_id");
  const status = statusIn(request);
  return (invoice) =>
    (customer ?? invoice.customer_id) === invoice.customer_id &&
    (subscription === undefined || invoice.subscription_ids.includes(subscription)) &&
    (status ?? invoice.status) === invoice.status;
}

/** Finalized is another word for Open. */
function statusIn(request: HttpRequest): string | undefined {
  const said = queryText(request, "status");
  if (said === undefined) return undefined;
  const status = typedStatuses.find((each) => each.toLowerCase() === said.toLowerCase());
  if (status === undefined) throw unfit("status", `it must be one of ${typedStatuses.join(", ")}`);
  return status === "Finalized" ? "Open" : status;
}

function idOf(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}
