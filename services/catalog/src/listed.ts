import {
  filterOf,
  filterQuery,
  type Filters,
  type HttpRequest,
  type JsonSchema,
  pagingQuery,
  refuseOthers,
} from "@tallybook/service";
import { momentQuery } from "./moments.ts";

/** What a list takes: its page, its filters, and the moment it is asked about. */
export function listQuery<Item>(filters: Filters<Item>): Readonly<Record<string, JsonSchema>> {
  return { ...pagingQuery, ...filterQuery(filters), ...momentQuery };
}

/** Which things of a list a request is about; throws the Problem (400) for what a list does not take. */
export function meantBy<Item, Source>(
  request: HttpRequest,
  filters: Filters<Item>,
  itemOf: (source: Source) => Item,
): (source: Source) => boolean {
  refuseOthers(request, Object.keys(listQuery(filters)));
  return filterOf(request, filters, itemOf);
}
