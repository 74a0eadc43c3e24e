export { openRater } from "./rater.ts";
export type { RaterOptions } from "./rater.ts";
export { emptyInvoicesSource, evolveInvoicesSource } from "./invoices.ts";
