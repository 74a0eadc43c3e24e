import {
  flawOf,
  isJsonNumber,
  isJsonObject,
  numberText,
  type Json,
  type JsonObject,
} from "../json.ts";
import type { Fault } from "./door.ts";

/**
 * Where vendors differ in what their items mean: a tenant's setting of one door. Paths go from the item's root by the names
 * of its members, like `data.user.id`.
 */
export interface Mapping {
  /** Where the customer is named; null: where the door's own form has it. */
  readonly customer: string | null;
  /** Where the customer's subscription is named; null: where the door's own form has it, if it does. */
  readonly subscription: string | null;
  /** Which counts of tokens become classes that no token is in twice; null: properties stay as they came. */
  readonly tokens: TokenPaths | null;
}

/** Where counts of tokens stand; null: they are not told. */
export interface TokenPaths {
  readonly input: string;
  readonly cache_read: string | null;
  readonly cache_write: string | null;
  readonly output: string;
  readonly reasoning: string | null;
  /** Whether the count of input tokens has those of the cache in it, and that of output tokens those of reasoning. */
  readonly totals: boolean;
}

/** The mapping of a tenant that has set none. */
export const usualMapping: Mapping = { customer: null, subscription: null, tokens: null };

/** The value at a path; undefined where there is none, or null. */
export function valueAt(item: Json, path: string): Exclude<Json, null> | undefined {
  let value: Json | undefined = item;
  for (const name of path.split("."))
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value ?? undefined;
}

/**
 * The name of somebody at a path: text, or a number by its digits. The value itself, where it is neither, is for the
 * event's reader to refuse.
 */
export function nameAt(item: Json, path: string): Json {
  const value = valueAt(item, path) ?? null;
  return textOfNumber(value) ?? value;
}

/** Properties by the classes that no token is in twice. */
export type TokenClasses = Readonly<Record<(typeof classes)[number], string>>;

const classes = [
  "input_uncached",
  "input_cache_read",
  "input_cache_write",
  "output_text",
  "output_reasoning",
] as const;

/** The classes of an item's tokens; a count that is not told is 0. */
export function tokenClasses(
  item: Json,
  paths: TokenPaths,
): { readonly ok: true; readonly classes: TokenClasses } | ({ readonly ok: false } & Fault) {
  const counts = new Map<string, bigint>();
  for (const name of ["input", "cache_read", "cache_write", "output", "reasoning"] as const) {
    const path = paths[name];
    const count = path === null ? 0n : countAt(item, path);
    if (count === undefined) {
      const detail = "is no count of tokens, which is a whole number from 0 on";
      return { ok: false, field: path, reason: "not_a_count", detail };
    }
    counts.set(name, count);
  }
  const of = (name: string): bigint => counts.get(name) ?? 0n;
  const parts = paths.totals ? 1n : 0n;
  const uncached = of("input") - parts * (of("cache_read") + of("cache_write"));
  const text = of("output") - parts * of("reasoning");
  if (uncached < 0n || text < 0n) {
    const field = uncached < 0n ? paths.input : paths.output;
    const detail =
      "is less than its parts: say `totals: false` in the mapping if it does not hold them";
    return { ok: false, field, reason: "parts_exceed_total", detail };
  }
  return {
    ok: true,
    classes: {
      input_uncached: String(uncached),
      input_cache_read: String(of("cache_read")),
      input_cache_write: String(of("cache_write")),
      output_text: String(text),
      output_reasoning: String(of("reasoning")),
    },
  };
}

/** Adds the classes to properties, where a mapping asks for them. */
export function withTokenClasses(
  item: Json,
  properties: Json,
  { tokens }: Mapping,
): { readonly ok: true; readonly properties: Json } | ({ readonly ok: false } & Fault) {
  if (tokens === null) return { ok: true, properties };
  const read = tokenClasses(item, tokens);
  if (!read.ok) return read;
  // What is no object is for the event's reader to refuse.
  if (properties !== null && !isJsonObject(properties)) return { ok: true, properties };
  const own: JsonObject = properties ?? {};
  return { ok: true, properties: { ...own, ...read.classes } };
}

function countAt(item: Json, path: string): bigint | undefined {
  const value = valueAt(item, path) ?? 0;
  const text = textOfNumber(value) ?? value;
  return typeof text === "string" && /^\d{1,18}$/.test(text) ? BigInt(text) : undefined;
}

/** Undefined for what is no number, or none that can be written out. */
function textOfNumber(value: Json): string | undefined {
  return isJsonNumber(value) && flawOf(value) === undefined ? numberText(value) : undefined;
}
