import type { Collection } from "./collection.ts";

/** Languages that documents are written in. */
export const documentLanguages = ["en", "de", "fr", "es", "ja"] as const;
export type DocumentLanguage = (typeof documentLanguages)[number];

/**
 * What a customer sees: `summary`: what each charge comes to; `lines`: what each combination of dimensions does too; `tiers`: also how
 * the amounts come about.
 */
export const documentDetails = ["summary", "lines", "tiers"] as const;
export type DocumentDetail = (typeof documentDetails)[number];

/** What an invoice is of: a subscription alone, or all of a customer's that end on the same day. */
export const invoiceGroupings = ["subscription", "customer"] as const;
export type InvoiceGrouping = (typeof invoiceGroupings)[number];

/** What a tenant's documents look like. */
export type DocumentSettings = {
  readonly detail: DocumentDetail;
  /** Of customers who have not said theirs. */
  readonly language: DocumentLanguage;
  /** Of customers who have not said theirs. */
  readonly invoice_grouping: InvoiceGrouping;
};

export const usualDocumentSettings: DocumentSettings = {
  detail: "tiers",
  language: "en",
  invoice_grouping: "subscription",
};

/** Of which kind of document; there is one. */
export const documentKind = "invoices";

export const documentSettings: Collection<DocumentSettings> = {
  collection: "document_settings",
  idField: "document",
  idRule: "name",
  within: null,
  read: (entry) => ({
    detail: entry.oneOfOrNull("detail", documentDetails) ?? usualDocumentSettings.detail,
    language: entry.oneOfOrNull("language", documentLanguages) ?? usualDocumentSettings.language,
    invoice_grouping:
      entry.oneOfOrNull("invoice_grouping", invoiceGroupings) ??
      usualDocumentSettings.invoice_grouping,
  }),
  references: () => [],
  settle(body, { id, fault }) {
    if (id !== documentKind)
      fault("document", "not_an_option", `it must be ${documentKind}: there are no others`);
    return body;
  },
};
