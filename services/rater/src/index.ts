export { openRater } from "./rater.ts";
export type { RaterOptions } from "./rater.ts";
export {
  emptyCatalogSource,
  emptyInvoicesSource,
  evolveCatalogSource,
  evolveInvoicesSource,
} from "./sources.ts";
