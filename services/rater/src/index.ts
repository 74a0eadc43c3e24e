export { emptyInvoicesSource, evolveInvoicesSource } from "./invoices.ts";
export { openRater } from "./rater.ts";
export type { RaterOptions } from "./rater.ts";
export { followSources } from "./sources.ts";
export { addJournalRoutes } from "./routes.ts";
