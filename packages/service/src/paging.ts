import type { HttpReply, HttpRequest } from "./http-server.ts";
import { about, type JsonSchema, orNull, text, whole } from "./json-schema.ts";
import { Problem } from "./problem.ts";

const limitMax = 1_000;
const limitUsual = 100;

/** What every list takes: `query: { ...pagingQuery }`. */
export const pagingQuery: Readonly<Record<string, JsonSchema>> = {
  limit: about(`Of one page; ${limitUsual} unless given.`, whole(1, limitMax)),
  after: about("`next` of the page before.", { type: "string", minLength: 1 }),
};

/** What the document says of `next`. */
export const nextPage: JsonSchema = about(
  "Pass it as `after` for the next page; null at the end.",
  orNull(text),
);

/** A part of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; null at the end. */
  readonly next: string | null;
}

/**
 * The page of a list that a request asks for by `limit` and `after`. A cursor names the last item of its page, so that a page
 * is the same whatever has been added behind it: items have to keep their order, and to stay. Throws a Problem (400) for a
 * limit that is none, and for a cursor of another list. `holds`: which of the items are meant; a cursor stays good when what it
 * names is not meant any more.
 */
export function pageOf<Item>(
  request: HttpRequest,
  items: readonly Item[],
  nameOf: (item: Item) => string,
  holds: (item: Item) => boolean = () => true,
): Page<Item> {
  const limit = limitOf(request);
  const page: Item[] = [];
  for (let at = startOf(request, items, nameOf); at < items.length; at += 1) {
    const item = items[at] as Item;
    if (!holds(item)) continue;
    const last = page.at(-1);
    // One more than fits: then there is a next page.
    if (page.length === limit && last !== undefined)
      return { items: page, next: cursorOf(nameOf(last)) };
    page.push(item);
  }
  return { items: page, next: null };
}

/** Tells of the next page in a header, for a list that is a bare array. Source: RFC 8288. */
export function linkNext(next: string | null, request: HttpRequest, reply: HttpReply): void {
  if (next === null) return;
  const url = new URL(request.url, "http://here");
  url.searchParams.set("after", next);
  reply.header("link", `<${url.pathname}${url.search}>; rel="next"`);
}

/** A value of the query; undefined where it is not given. Throws a Problem (400) for one that is empty or given twice. */
export function queryText(request: HttpRequest, name: string): string | undefined {
  const value = (request.query as Readonly<Record<string, unknown>>)[name];
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw unfit(name, "it must be given once, and not be empty");
}

/** A whole number of the query. Throws a Problem (400) for what is none, or out of its range. */
export function queryWhole(
  request: HttpRequest,
  name: string,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const given = queryText(request, name);
  if (given === undefined) return fallback;
  const value = /^-?\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw unfit(name, `it must be a whole number from ${min} to ${max}`);
}

/** 400 for a value of the query. */
export function unfit(name: string, detail: string): Problem {
  return new Problem({
    status: 400,
    title: "Unfit request",
    detail: `${name}: ${detail}`,
    members: { errors: [{ field: name, reason: "unfit", detail }] },
  });
}

function limitOf(request: HttpRequest): number {
  return queryWhole(request, "limit", { min: 1, max: limitMax, fallback: limitUsual });
}

function startOf<Item>(
  request: HttpRequest,
  items: readonly Item[],
  nameOf: (item: Item) => string,
): number {
  const after = queryText(request, "after");
  if (after === undefined) return 0;
  const name = Buffer.from(after, "base64url").toString();
  const at = cursorOf(name) === after ? items.findIndex((item) => nameOf(item) === name) : -1;
  if (at >= 0) return at + 1;
  throw unfit("after", "it is no cursor of this list: pass `next` of the page before");
}

function cursorOf(name: string): string {
  return Buffer.from(name).toString("base64url");
}
