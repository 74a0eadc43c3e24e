export { openInvoicer } from "./invoicer.ts";
export type { InvoicerOptions, Standing } from "./invoicer.ts";
export { emptyCatalogSource, evolveCatalogSource } from "./sources.ts";
