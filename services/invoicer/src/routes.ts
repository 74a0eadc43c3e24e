import type { Caller } from "@tallybook/catalog";
import { renderInvoice } from "@tallybook/invoice";
import type { InvoiceDocument, InvoiceFact } from "@tallybook/invoice";
import { described, Problem, refuseOthers } from "@tallybook/service";
import type { Access, HttpReply, HttpRequest, HttpServer } from "@tallybook/service";

import { prefersHtml } from "./accept.ts";
import { evidenceView, listInvoices } from "./archive.ts";
import type { Archive } from "./archive.ts";
import { invoiceOf } from "./billing-routes.ts";
import { forms, htmlForm } from "./forms.ts";
import type { Form } from "./forms.ts";
import type { Pages } from "./pages.ts";
import { invoiceRoutes } from "./schemas.ts";

const limitMax = 1_000;
const limitUsual = 100;
/**
 * `GET /v1/invoices?customer=&subscription=&status=&period=&after=&limit=`, `GET /v1/invoices/{id or number}` and its `/evidence`: the caller's
 * own invoices. A document is the same to the byte whenever it is asked for. Its other forms are at its address with their suffix, such as
 * `/v1/invoices/{id or number}.pdf`; the page also for a reader that asks for `text/html`.
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
    const query = request.query as Readonly<Record<string, unknown>>;
    refuseOthers(request, Object.keys(invoiceRoutes.list.query));
    const { tenant } = access.callerOf(request);
    const filter = {
      customer: text(query, "customer"),
      subscription: text(query, "subscription"),
      status: statusIn(query),
      period: text(query, "period"),
      after: wholeNumber(query, "after", { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 }),
      limit: wholeNumber(query, "limit", { min: 1, max: limitMax, fallback: limitUsual }),
    };
    const complete = await billed(tenant);
    return { ...listInvoices(archive(), tenant, filter), complete };
  });
  async function send(reply: HttpReply, form: Form, invoice: InvoiceFact): Promise<HttpReply> {
    // As bytes: they are what is the same each time.
    return reply.headers(form.headers).send(await form.render(invoice, pages));
  }

  server.get("/v1/invoices/:id", described(read, invoiceRoutes.get), async (request, reply) => {
    const id = idOf(request);
    const form = forms.find(({ suffix }) => id.endsWith(suffix));
    if (form !== undefined)
      return send(reply, form, invoiceOf(given, request, id.slice(0, -form.suffix.length)));
    reply.header("vary", "accept");
    const invoice = invoiceOf(given, request, id);
    return prefersHtml(request.headers.accept)
      ? send(reply, htmlForm, invoice)
      : renderInvoice(invoice);
  });
  server.get("/v1/invoices/:id/evidence", described(read, invoiceRoutes.evidence), (request) =>
    evidenceView(invoiceOf(given, request, idOf(request))),
  );
}

function statusIn(query: Readonly<Record<string, unknown>>): InvoiceDocument["status"] | undefined {
  const status = text(query, "status");
  if (status === undefined || status === "draft" || status === "finalized") return status;
  throw new Problem({
    status: 400,
    title: "Unfit request",
    detail: "status must be draft or finalized.",
  });
}

function idOf(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}

function text(query: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw new Problem({
    status: 400,
    title: "Unfit request",
    detail: `${name} must be given once, and not be empty.`,
  });
}

function wholeNumber(
  query: Readonly<Record<string, unknown>>,
  name: string,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const value = text(query, name);
  if (value === undefined) return fallback;
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new Problem({
    status: 400,
    title: "Unfit request",
    detail: `${name} must be a whole number from ${min} to ${max}.`,
  });
}
