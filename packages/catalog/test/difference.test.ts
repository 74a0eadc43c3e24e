import {
  type Catalog,
  differenceOf,
  emptyCatalog,
  entriesOf,
  validateDocument,
} from "@tallybook/catalog";
import { expect, test } from "vitest";
import { aiPlatform, applied, november, planned, platformWith, tenant } from "./documents.ts";

/** A line for each entry, and for each field that changes. */
function difference(catalog: Catalog, json: unknown): string[] {
  const read = validateDocument(json);
  const facts = planned(catalog, json, november + 1);
  if (!read.ok || typeof facts === "string") throw new Error("it is refused");
  return differenceOf(catalog, tenant, read.document, facts).flatMap(
    ({ section, id, change, fields }) => [
      `${change} ${section} ${id}`,
      ...fields.map(({ field, from, to }) => `  ${field}: ${from} -> ${to}`),
    ],
  );
}

test("everything is new to an empty catalog, and nothing the second time", () => {
  expect(difference(emptyCatalog(), aiPlatform())).toEqual([
    "new meters input_tokens",
    "new meters images",
    "new plans ai_developer",
    "new customers cust-00",
    "new subscriptions cust-00:ai_developer",
  ]);
  const catalog = applied(emptyCatalog(), aiPlatform());
  const lines = difference(catalog, aiPlatform());
  expect(lines.every((line) => line.startsWith("same "))).toBe(true);
});

test.each([
  ["plans[0].prices[0].amount", "25", ["  prices[monthly].amount: 20 -> 25"]],
  ["plans[0].description", "For teams", ["  description: null -> For teams"]],
  [
    "plans[0].prices[1].tiers[1].up_to",
    null,
    [
      "  prices[input].tiers[1].up_to: 10000000 -> null",
      "  prices[input].beyond: last_tier -> null",
    ],
  ],
  ["customers[0].email", "a@b.example", ["  email: null -> a@b.example"]],
  ["meters[0].dimensions", ["model", "region"], ["  dimensions[1]: null -> region"]],
])("a change of %s is told by its field", (path, value, expected) => {
  const catalog = applied(emptyCatalog(), aiPlatform());
  const changed = platformWith(path, value);
  if (path.endsWith("up_to")) platformPrice(changed)["beyond"] = null;
  const lines = difference(catalog, changed);
  expect(lines.filter((line) => !line.startsWith("same ")).slice(1)).toEqual(expected);
});

test("telling the difference leaves the catalog as it is", () => {
  const catalog = applied(emptyCatalog(), aiPlatform());
  const before = JSON.stringify(entriesOf(catalog, tenant));
  difference(catalog, platformWith("plans[0].name", "Other"));
  expect(JSON.stringify(entriesOf(catalog, tenant))).toBe(before);
});

function platformPrice(document: unknown): Record<string, unknown> {
  const { plans } = document as ReturnType<typeof aiPlatform>;
  return plans[0]?.prices[1] ?? {};
}
