import type { Caller } from "@tallybook/catalog";
import { receivableOf, renderInvoice } from "@tallybook/invoice";
import type { InvoiceDocument, InvoiceFact, StandingTo } from "@tallybook/invoice";
import { described, queryText, queryWhole, refuseOthers, unfit } from "@tallybook/service";
import type { Access, HttpReply, HttpRequest, HttpServer } from "@tallybook/service";

import { prefersHtml } from "./accept.ts";
import { evidenceView, listInvoices } from "./archive.ts";
import type { Archive } from "./archive.ts";
import { invoiceAsked } from "./billing-routes.ts";
import { csvForm, formAsked, htmlForm, invoicePaper } from "./forms.ts";
import type { Form, Paper } from "./forms.ts";
import { archiveAsked } from "./moments.ts";
import type { Pages } from "./pages.ts";
import { invoiceRoutes } from "./schemas.ts";

const limitMax = 1_000;
const limitUsual = 100;
/**
 * `GET /v1/invoices?customer=&subscription=&status=&period=&after=&limit=`, `GET /v1/invoices/{id or number}` and its `/evidence`: the caller's
 * own invoices. A document is the same to the byte whenever it is asked for. Its other forms are at its address with their suffix, such as
 * `/v1/invoices/{id or number}.pdf`; the page also for a reader that asks for `text/html`. With `as_of` or `known_at` they tell what there
 * was by the cuts up to then; with `invoices_offset` a page also says what has become of it.
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
  async function send(reply: HttpReply, form: Form, paper: Paper): Promise<HttpReply> {
    // As bytes: they are what is the same each time.
    return reply.headers(form.headers).send(await form.render(paper));
  }

  function asked(request: HttpRequest, id: string): InvoiceFact {
    refuseOthers(request);
    return invoiceAsked(given, request, id);
  }

  server.get("/v1/invoices/:id", described(read, invoiceRoutes.get), async (request, reply) => {
    const id = idOf(request);
    const wanted = formAsked(id);
    const invoice = asked(request, wanted?.of ?? id);
    if (wanted === undefined) reply.header("vary", "accept");
    const isPage = wanted === undefined && prefersHtml(request.headers.accept);
    const form = wanted?.form ?? (isPage ? htmlForm : undefined);
    const standing = standingAsked(request, archive(), { invoice, form });
    if (form === undefined) return renderInvoice(invoice);
    return send(reply, form, invoicePaper(invoice, pages, standing));
  });
  server.get("/v1/invoices/:id/evidence", described(read, invoiceRoutes.evidence), (request) =>
    evidenceView(asked(request, idOf(request)), archive().untold),
  );
}

/** What has become of an invoice, where a page of it is asked to say so by `invoices_offset`. Throws a Problem (400) for what cannot. */
function standingAsked(
  request: HttpRequest,
  { receivables, end }: Archive,
  { invoice, form }: { readonly invoice: InvoiceFact; readonly form: Form | undefined },
): StandingTo | undefined {
  const field = "invoices_offset";
  const max = Number.MAX_SAFE_INTEGER;
  const offset = queryWhole(request, field, { min: 0, max, fallback: -1 });
  if (offset === -1) return undefined;
  if (form === undefined || form === csvForm)
    throw unfit(field, "it is for .html and .pdf: /state says the same as JSON");
  if (offset > end)
    throw unfit(field, `invoices ends at ${end}: nobody knows yet what comes behind`);
  const receivable = receivableOf(receivables, invoice.tenant, invoice.invoice);
  const events = receivable?.events ?? [];
  if ((events[0]?.offset ?? max) < offset) return { offset, events };
  throw unfit(
    field,
    "it is of before the invoice was finalized: leave it out, or ask for a later one",
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
