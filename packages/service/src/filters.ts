import type { HttpRequest } from "./http-server.ts";
import { about, type JsonSchema, oneOf } from "./json-schema.ts";
import { queryText, unfit } from "./paging.ts";

/** What a list can be narrowed by: a parameter of its query, and what of an item it is held against. */
export interface Filter<Item> {
  readonly schema: JsonSchema;
  /** An item that says several things holds where one of them is meant; null holds nowhere. */
  of(item: Item): string | boolean | null | undefined | readonly string[];
}

export type Filters<Item> = Readonly<Record<string, Filter<Item>>>;

/** What the document says of them: `query: { ...filterQuery(filters) }`. */
export function filterQuery<Item>(filters: Filters<Item>): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(Object.entries(filters).map(([name, { schema }]) => [name, schema]));
}

/**
 * Which things of a list a request is about: those whose items hold for all the filters that it gives. Throws a Problem (400)
 * for a value that is empty, given twice, or none of those that there are.
 */
export function filterOf<Item, Source>(
  request: HttpRequest,
  filters: Filters<Item>,
  itemOf: (source: Source) => Item,
): (source: Source) => boolean {
  const given = Object.entries(filters).flatMap(([name, { schema, of }]) => {
    const value = queryText(request, name);
    if (value === undefined) return [];
    const options = schema["enum"];
    if (Array.isArray(options) && !options.includes(value))
      throw unfit(name, `it must be one of ${options.join(", ")}`);
    return [(item: Item) => isMeant(of(item), value)];
  });
  if (given.length === 0) return () => true;
  return (source) => {
    const item = itemOf(source);
    return given.every((holds) => holds(item));
  };
}

/**
 * Throws a Problem (400) for a parameter of the query that the route's description does not have: one that is misspelt would be passed
 * over, and the whole list, or what holds today, look like what was asked for.
 */
export function refuseOthers(request: HttpRequest): void {
  const known = Object.keys(request.routeOptions.config.description?.query ?? {});
  const other = Object.keys(request.query as object).find((name) => !known.includes(name));
  if (other === undefined) return;
  const there = known.length === 0 ? "there are none" : `there are ${known.join(", ")}`;
  throw unfit(other, `there is no such parameter here; ${there}`);
}

/** A filter by a text that an item says. */
export function textFilter<Item>(description: string, of: Filter<Item>["of"]): Filter<Item> {
  return { schema: about(description, { type: "string", minLength: 1 }), of };
}

/** A filter by a flag: true or false. */
export function flagFilter<Item>(description: string, of: Filter<Item>["of"]): Filter<Item> {
  return optionFilter(description, ["true", "false"], of);
}

/** A filter by one of some words. */
export function optionFilter<Item>(
  description: string,
  options: readonly string[],
  of: Filter<Item>["of"],
): Filter<Item> {
  return { schema: about(description, oneOf(...options)), of };
}

function isMeant(said: ReturnType<Filter<never>["of"]>, value: string): boolean {
  return typeof said === "object" && said !== null
    ? said.includes(value)
    : said !== null && said !== undefined && String(said) === value;
}
