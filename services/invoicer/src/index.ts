export { openInvoicer } from "./invoicer.ts";
export type { InvoicerOptions, Standing } from "./invoicer.ts";
export { addInvoiceRoutes } from "./routes.ts";
