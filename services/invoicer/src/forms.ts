import {
  contentSecurityPolicy,
  makePage,
  renderInvoiceCsv,
  renderInvoiceHtml,
} from "@tallybook/invoice";
import type { InvoiceFact } from "@tallybook/invoice";
import { renderInvoicePdf } from "@tallybook/pdf";

import type { Pages } from "./pages.ts";

/** A form of an invoice for people and their tools, at its address with the suffix. The bytes are the same each time. */
export interface Form {
  readonly suffix: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Throws a Problem (503) while what it takes is not read yet. */
  render(invoice: InvoiceFact, pages: Pages): Promise<Buffer>;
}

/** Kept by no cache on its way, and taken for nothing else than it is. */
const usualHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "private, no-cache",
};

/** A page may use its own style and nothing else, and stands in nobody's frame. */
export const htmlForm: Form = {
  suffix: ".html",
  headers: {
    ...usualHeaders,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `${contentSecurityPolicy}; frame-ancestors 'none'`,
  },
  render: async (invoice, pages) =>
    Buffer.from(renderInvoiceHtml(invoice, await pages.madeAt(invoice))),
};

const pdfForm: Form = {
  suffix: ".pdf",
  headers: { ...usualHeaders, "content-type": "application/pdf" },
  render: async (invoice, pages) =>
    renderInvoicePdf(makePage(invoice, await pages.madeAt(invoice))),
};

const csvForm: Form = {
  suffix: ".csv",
  headers: { ...usualHeaders, "content-type": "text/csv; charset=utf-8; header=present" },
  render: async (invoice) => Buffer.from(renderInvoiceCsv(invoice)),
};

export const forms: readonly Form[] = [htmlForm, pdfForm, csvForm];
