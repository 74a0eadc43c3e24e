export { addBillingRoutes } from "./billing-routes.ts";
export { openInvoicer } from "./invoicer.ts";
export { createOrders } from "./orders.ts";
export type { InvoicerOptions, Standing } from "./invoicer.ts";
export { addInvoiceRoutes } from "./routes.ts";
export { addTypedInvoiceRoutes } from "./typed-routes.ts";
