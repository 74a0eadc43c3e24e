import type { Caller } from "@tallybook/catalog";
import { renderInvoice } from "@tallybook/invoice";
import type { InvoiceDocument, InvoiceFact } from "@tallybook/invoice";
import { described, queryText, queryWhole, refuseOthers, unfit } from "@tallybook/service";
import type { Access, HttpReply, HttpRequest, HttpServer } from "@tallybook/service";

import { prefersHtml } from "./accept.ts";
import { evidenceView, listInvoices } from "./archive.ts";
import type { Archive } from "./archive.ts";
import { invoiceAsked } from "./billing-routes.ts";
import { forms, htmlForm } from "./forms.ts";
import type { Form } from "./forms.ts";
import { archiveAsked } from "./moments.ts";
import type { Pages } from "./pages.ts";
import { invoiceRoutes } from "./schemas.ts";

const limitMax = 1_000;
const limitUsual = 100;
/**
 * `GET /v1/invoices?customer=&subscription=&status=&period=&after=&limit=`, `GET /v1/invoices/{id or number}` and its `/evidence`: the caller's
 * own invoices. A document is the same to the byte whenever it is asked for. Its other forms are at its address with their suffix, such as
 * `/v1/invoices/{id or number}.pdf`; the page also for a reader that asks for `text/html`. With `as_of` or `known_at` they tell what there
 * was by the cuts up to then.
 */
export function addInvoiceRoutes(
  server: HttpServer,
  given: {
    readonly archive: () => Archive;
    readonly pages: Pages;
    readonly access: Access<Caller>;
    /** Waits, as long as one may wait, for what a tenant has asked to be billed; false where it is not there yet. */
    readonly billed: (tenant: string) => Promise<boolean>;
  },
): void {
  const { archive, pages, access, billed } = given;
  const read = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  server.get("/v1/invoices", described(read, invoiceRoutes.list), async (request) => {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const filter = {
      customer: queryText(request, "customer"),
      subscription: queryText(request, "subscription"),
      status: statusIn(request),
      period: queryText(request, "period"),
      after: queryWhole(request, "after", { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 }),
      limit: queryWhole(request, "limit", { min: 1, max: limitMax, fallback: limitUsual }),
    };
    const complete = await billed(tenant);
    return { ...listInvoices(archiveAsked(archive(), tenant, request), tenant, filter), complete };
  });
  async function send(reply: HttpReply, form: Form, invoice: InvoiceFact): Promise<HttpReply> {
    // As bytes: they are what is the same each time.
    return reply.headers(form.headers).send(await form.render(invoice, pages));
  }

  function asked(request: HttpRequest, id: string): InvoiceFact {
    refuseOthers(request);
    return invoiceAsked(given, request, id);
  }

  server.get("/v1/invoices/:id", described(read, invoiceRoutes.get), async (request, reply) => {
    const id = idOf(request);
    const form = forms.find(({ suffix }) => id.endsWith(suffix));
    if (form !== undefined)
      return send(reply, form, asked(request, id.slice(0, -form.suffix.length)));
    reply.header("vary", "accept");
    const invoice = asked(request, id);
    return prefersHtml(request.headers.accept)
      ? send(reply, htmlForm, invoice)
      : renderInvoice(invoice);
  });
  server.get("/v1/invoices/:id/evidence", described(read, invoiceRoutes.evidence), (request) =>
    evidenceView(asked(request, idOf(request)), archive().untold),
  );
}

function statusIn(request: HttpRequest): InvoiceDocument["status"] | undefined {
  const status = queryText(request, "status");
  if (status === undefined || status === "draft" || status === "finalized") return status;
  throw unfit("status", "it must be draft or finalized");
}

function idOf(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}
