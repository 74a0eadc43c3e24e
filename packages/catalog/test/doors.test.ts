import { doorMappingOf, emptyCatalog } from "@tallybook/catalog";
import { usualMapping } from "@tallybook/usage";
import { expect, test } from "vitest";
import { applied, november, planned, tenant } from "./documents.ts";

const later = november + 1_000_000;
const tokens = { input: "data.prompt", output: "data.completion", cache_read: "data.cached" };

test("a door's mapping is kept with what goes without saying, by when it holds", () => {
  const first = { doors: [{ door: "openmeter", customer: "data.user.id" }] };
  const catalog = applied(emptyCatalog(), first);
  expect(doorMappingOf(catalog, tenant, "openmeter", november)).toEqual({
    ...usualMapping,
    customer: "data.user.id",
  });
  expect(doorMappingOf(catalog, tenant, "lago", november)).toEqual(usualMapping);
  const next = { doors: [{ door: "openmeter", tokens }] };
  expect(doorMappingOf(applied(catalog, next), tenant, "openmeter", later)).toEqual({
    ...usualMapping,
    tokens: { ...tokens, cache_write: null, reasoning: null, totals: true },
  });
});

test("one that is archived holds no more", () => {
  const catalog = applied(emptyCatalog(), {
    doors: [{ door: "lago", customer: "properties.user", archived: true }],
  });
  expect(doorMappingOf(catalog, tenant, "lago", later)).toEqual(usualMapping);
});

test.each([
  [{ door: "native" }, "doors[0].door not_an_option"],
  [{ door: "lago", customer: "a..b" }, "doors[0].customer not_a_path"],
  [{ door: "lago", customer: 7 }, "doors[0].customer not_text"],
  [{ door: "lago", tokens: { input: "a" } }, "doors[0].tokens.output missing"],
  [{ door: "lago", tokens: { ...tokens, cached: "a" } }, "doors[0].tokens.cached unknown_field"],
  [{ door: "lago", user: "a" }, "doors[0].user unknown_field"],
])("%j is refused", (door, fault) => {
  expect(planned(emptyCatalog(), { doors: [door] })).toBe(fault);
});
