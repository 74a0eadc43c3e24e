export { addBillingRoutes } from "./billing-routes.ts";
export { addDisputeRoutes } from "./dispute-routes.ts";
export { addKnownAtRoute } from "./known-at-route.ts";
export { openInvoicer } from "./invoicer.ts";
export { createOrders } from "./orders.ts";
export { addPaymentRoutes } from "./payment-routes.ts";
export type { InvoicerOptions, Standing } from "./invoicer.ts";
export { addInvoiceRoutes } from "./routes.ts";
export { addTypedInvoiceRoutes } from "./typed-routes.ts";
