export { draftInvoices, emptyBills, evolveBills } from "./bill.ts";
export type { Bills } from "./bill.ts";
export type * from "./facts.ts";
export { finalize, invoiceId } from "./finalize.ts";
export type { Draft, Series } from "./finalize.ts";
export { draftLines, hasLines, isInvoiceable } from "./lines.ts";
export type { DraftLine } from "./lines.ts";
export { renderInvoice } from "./render.ts";
export type { InvoiceDocument, InvoiceDocumentLine } from "./render.ts";
