import type { Caller } from "@tallybook/catalog";
import { renderInvoice } from "@tallybook/invoice";
import type { InvoiceDocument, InvoiceFact } from "@tallybook/invoice";
import { described, Problem } from "@tallybook/service";
import type { Access, HttpRequest, HttpServer } from "@tallybook/service";

import { draftsOf, findInvoice } from "./archive.ts";
import type { Archive } from "./archive.ts";
import type { CatalogDesk } from "./catalog-desk.ts";
import type { Orders } from "./orders.ts";
import type { Passing } from "./passing.ts";
import { invoiceRoutes } from "./schemas.ts";

const billedMsMax = 30_000;

/** What was billed because somebody asked for it. */
export interface Billed {
  readonly subscription: string;
  /** The drafts of it; empty where nothing is new since the last bill. */
  readonly invoices: readonly InvoiceDocument[];
  /** False: it takes longer than half a minute, and its drafts come to the list of invoices. */
  readonly complete: boolean;
  /** Of the request. */
  readonly catalog_offset: number;
}

/** What the routes that bill need. */
export interface BillingDesk {
  readonly archive: () => Archive;
  readonly access: Access<Caller>;
  readonly passing: Passing;
  readonly orders: Orders;
  readonly catalog: CatalogDesk;
}

/**
 * `POST /v1/subscriptions/{id}/bill` bills what a subscription has used of its running period, and answers when its draft is there;
 * `POST /v1/invoices/{id}/finalize` gives a draft its number; `POST /v1/invoices/{id}/calculate-tax` says the tax on it.
 */
export function addBillingRoutes(server: HttpServer, desk: BillingDesk): void {
  const may = { onRequest: desk.access.allow("finance", "admin") };
  server.post(
    "/v1/subscriptions/:id/bill",
    described(may, invoiceRoutes.bill),
    async (request, reply) => {
      const billed = await billNow(desk, request, idOf(request));
      return reply.code(billed.complete ? 200 : 202).send(billed);
    },
  );
  server.post(
    "/v1/invoices/:id/finalize",
    described(may, invoiceRoutes.finalize),
    async (request) => renderInvoice(await finalizeNow(desk, request, idOf(request))),
  );
  server.post(
    "/v1/invoices/:id/calculate-tax",
    described(may, invoiceRoutes.calculateTax),
    (request) => {
      const { invoice, currency, lines } = renderInvoice(invoiceOf(desk, request, idOf(request)));
      // No tax rate applies to anybody yet.
      return { invoice, currency, tax: "0", lines };
    },
  );
}

/** Has a subscription billed, and waits for its drafts as long as one may wait. */
export async function billNow(
  { catalog, passing, archive, access }: BillingDesk,
  request: HttpRequest,
  subscription: string,
): Promise<Billed> {
  const { tenant } = access.callerOf(request);
  const catalog_offset = await catalog.requestBilling(subscription, request.headers);
  const step = await passing.stepThatSaw(catalog_offset, billedMsMax);
  const drafts = step === undefined ? [] : draftsOf(archive(), { tenant, subscription }, step);
  const invoices = drafts.map(renderInvoice);
  return { subscription, invoices, complete: step !== undefined, catalog_offset };
}

/** The invoice that a draft becomes; one that is finalized already as it is. */
export async function finalizeNow(
  desk: BillingDesk,
  request: HttpRequest,
  id: string,
): Promise<InvoiceFact> {
  const { tenant, invoice, kind } = invoiceOf(desk, request, id);
  if (kind === "InvoiceDrafted") await desk.orders.finalize({ tenant, invoice });
  return invoiceOf(desk, request, id);
}

/** An invoice or draft of the caller's tenant, by id or number; throws a Problem (404) where there is none. */
export function invoiceOf(
  { archive, access }: Pick<BillingDesk, "archive" | "access">,
  request: HttpRequest,
  id: string,
): InvoiceFact {
  const invoice = findInvoice(archive(), access.callerOf(request).tenant, id);
  if (invoice !== undefined) return invoice;
  throw new Problem({ status: 404, title: "Not Found", detail: `There is no invoice ${id}.` });
}

function idOf(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}
