import {
  contentSecurityPolicy,
  makeNotePage,
  makePage,
  renderInvoiceCsv,
  renderNoteCsv,
  renderPageHtml,
} from "@tallybook/invoice";
import type { InvoiceFact, InvoicePage, NoteOn, StandingTo } from "@tallybook/invoice";
import { renderInvoicePdf } from "@tallybook/pdf";

import type { Pages } from "./pages.ts";

/** What stands on an invoice, or on a note on one. */
export interface Paper {
  /** Throws a Problem (503) while what it takes is not read yet. */
  page(): Promise<InvoicePage>;
  csv(): string;
}

/** A form of an invoice or a note for people and their tools, at its address with the suffix. The bytes are the same each time. */
export interface Form {
  readonly suffix: string;
  readonly headers: Readonly<Record<string, string>>;
  render(paper: Paper): Promise<Buffer>;
}

/** `standing`: with what has become of it. */
export function invoicePaper(invoice: InvoiceFact, pages: Pages, standing?: StandingTo): Paper {
  return {
    page: async () => makePage(invoice, await pages.madeAt(invoice), standing),
    csv: () => renderInvoiceCsv(invoice),
  };
}

export function notePaper(note: NoteOn, pages: Pages): Paper {
  return {
    page: async () => makeNotePage(note, await pages.madeAt(note.invoice)),
    csv: () => renderNoteCsv(note),
  };
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
  render: async (paper) => Buffer.from(renderPageHtml(await paper.page())),
};

const pdfForm: Form = {
  suffix: ".pdf",
  headers: { ...usualHeaders, "content-type": "application/pdf" },
  render: async (paper) => renderInvoicePdf(await paper.page()),
};

export const csvForm: Form = {
  suffix: ".csv",
  headers: { ...usualHeaders, "content-type": "text/csv; charset=utf-8; header=present" },
  render: async (paper) => Buffer.from(paper.csv()),
};

const forms: readonly Form[] = [htmlForm, pdfForm, csvForm];

/** Which form a path asks for, and of what; undefined where it says none. */
export function formAsked(id: string): { readonly form: Form; readonly of: string } | undefined {
  const form = forms.find(({ suffix }) => id.endsWith(suffix));
  return form && { form, of: id.slice(0, -form.suffix.length) };
}
