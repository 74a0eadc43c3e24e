import type { Caller } from "@tallybook/catalog";
import { renderInvoice } from "@tallybook/invoice";
import type { InvoiceFinalized } from "@tallybook/invoice";
import { Problem } from "@tallybook/service";
import type { Access, HttpRequest, HttpServer } from "@tallybook/service";

import { evidenceView, findInvoice, listInvoices } from "./archive.ts";
import type { Archive } from "./archive.ts";

const limitMax = 1_000;
const limitUsual = 100;

/**
 * `GET /v1/invoices?customer=&period=&after=&limit=`, `GET /v1/invoices/{id or number}` and its `/evidence`: the caller's
 * own invoices. A document is the same to the byte whenever it is asked for.
 */
export function addInvoiceRoutes(
  server: HttpServer,
  given: { readonly archive: () => Archive; readonly access: Access<Caller> },
): void {
  const { archive, access } = given;
  const read = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  function invoiceOf(request: HttpRequest): InvoiceFinalized {
    const { id } = request.params as { readonly id: string };
    const invoice = findInvoice(archive(), access.callerOf(request).tenant, id);
    if (invoice === undefined)
      throw new Problem({ status: 404, title: "Not Found", detail: `There is no invoice ${id}.` });
    return invoice;
  }

  server.get("/v1/invoices", read, (request) => {
    const query = request.query as Readonly<Record<string, unknown>>;
    return listInvoices(archive(), access.callerOf(request).tenant, {
      customer: text(query, "customer"),
      period: text(query, "period"),
      after: wholeNumber(query, "after", { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 }),
      limit: wholeNumber(query, "limit", { min: 1, max: limitMax, fallback: limitUsual }),
    });
  });
  server.get("/v1/invoices/:id", read, (request) => renderInvoice(invoiceOf(request)));
  server.get("/v1/invoices/:id/evidence", read, (request) => evidenceView(invoiceOf(request)));
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
