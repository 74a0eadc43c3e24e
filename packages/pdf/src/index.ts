export { renderInvoicePdf } from "./render.ts";
