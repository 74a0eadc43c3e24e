import {
  type Catalog,
  type CatalogFact,
  emptyCatalog,
  evolve,
  plan,
  validateDocument,
} from "@tallybook/catalog";
import { parseTime } from "@tallybook/periods";

export const tenant = "default";

export function at(text: string): number {
  return parseTime(text) ?? NaN;
}

export const november = at("2023-11-20T12:00:00Z");

/** A document with one of each. */
export function aiPlatform() {
  return {
    meters: [
      {
        meter: "input_tokens",
        event_type: "llm.completion",
        aggregation: "sum",
        value_property: "input_token_count",
        filter: [{ property: "region", any_of: ["eu", "us"] }],
        dimensions: ["model"],
      },
      { meter: "images", event_type: "image.generation", aggregation: "count" },
    ],
    plans: [
      {
        plan: "ai_developer",
        name: "AI Developer",
        currency: "USD",
        prices: [
          { price: "monthly", model: "flat", amount: "20", description: "Monthly fee" },
          {
            price: "input",
            meter: "input_tokens",
            model: "graduated",
            per: "1e6",
            tiers: [
              { up_to: "1000000", unit_amount: "0.50" },
              { up_to: "10000000", unit_amount: "0.30" },
            ],
            beyond: "last_tier",
          },
          { price: "images", meter: "images", model: "per_unit", unit_amount: "0.04" },
        ],
      },
    ],
    customers: [{ customer: "cust-00" }],
    subscriptions: [{ customer: "cust-00", plan: "ai_developer", start: "2023-11-01T00:00:00Z" }],
  };
}

/** That document with something else at a path such as `plans[0].name`; undefined takes it out. */
export function platformWith(path: string, value: unknown): unknown {
  return withAt(aiPlatform(), path, value);
}

/** Puts a value at a path of a document, and returns the document. */
export function withAt(document: unknown, path: string, value: unknown): unknown {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
  const last = steps.pop() ?? "";
  const place = steps.reduce((node, step) => (node as Record<string, unknown>)[step], document);
  (place as Record<string, unknown>)[last] = value;
  return document;
}

/** The facts that a document comes to, or `field reason` of each fault. */
export function planned(
  catalog: Catalog,
  json: unknown,
  now = november,
): readonly CatalogFact[] | string {
  const read = validateDocument(json);
  if (!read.ok) return faultTexts(read.faults);
  const result = plan(catalog, read.document, { now, actor: "key-1", tenant });
  return result.ok ? result.facts : faultTexts(result.faults);
}

/** The catalog with the document in it; what is refused ends the test. */
export function applied(catalog: Catalog, json: unknown, now = november): Catalog {
  const facts = planned(catalog, json, now);
  if (typeof facts === "string") throw new Error(facts);
  return folded(facts, catalog);
}

export function folded(facts: readonly CatalogFact[], onto = emptyCatalog()): Catalog {
  return facts.reduce((catalog, fact) => evolve(catalog, fact, catalog.offset), onto);
}

export function faultTexts(
  faults: readonly { readonly field: string; readonly reason: string }[],
): string {
  return faults.map(({ field, reason }) => `${field} ${reason}`).join("; ");
}
