import { allowedBy, emptyCatalog, outsideOf, type Caller } from "@tallybook/catalog";
import { expect, test } from "vitest";
import { aiPlatform, applied, tenant } from "./documents.ts";

const none = { customers: [], meters: [], event_types: [] };

function caller(scope: Caller["scope"]): Caller {
  return { tenant, role: "producer", api_key: "key-1", scope };
}

test("a key without limits sends everything", () => {
  expect(allowedBy(applied(emptyCatalog(), aiPlatform()), caller(null))).toBeNull();
});

test("a meter stands for the event types that it measures, beside those that are named", () => {
  const catalog = applied(emptyCatalog(), aiPlatform());
  const scope = { ...none, meters: ["input_tokens"], event_types: ["named"] };
  const allowed = allowedBy(catalog, caller(scope));
  expect(allowed).toEqual({
    customers: null,
    eventTypes: new Set(["named", "llm.completion"]),
  });
});

test("outside is a customer or a type that is not listed; a list that is left out limits nothing", () => {
  const event = { customer: "c", type: "t" };
  const only = (limits: Partial<typeof limitless>) => outsideOf({ ...limitless, ...limits }, event);
  const limitless = {
    customers: null as ReadonlySet<string> | null,
    eventTypes: null as ReadonlySet<string> | null,
  };
  expect(only({})).toBeUndefined();
  expect(only({ customers: new Set(["c"]), eventTypes: new Set(["t"]) })).toBeUndefined();
  expect(only({ customers: new Set(["d"]) })).toMatchObject({ field: "customer" });
  expect(only({ eventTypes: new Set() })).toMatchObject({ field: "type" });
});
