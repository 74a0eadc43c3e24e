import { filterQuery, type Filters, type JsonSchema, pagingQuery } from "@tallybook/service";
import { momentQuery } from "./moments.ts";

/** What a list takes: its page, its filters, and the moment it is asked about. */
export function listQuery<Item>(filters: Filters<Item>): Readonly<Record<string, JsonSchema>> {
  return { ...pagingQuery, ...filterQuery(filters), ...momentQuery };
}
