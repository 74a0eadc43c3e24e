import { readFileSync } from "node:fs";
import path from "node:path";
import { type CatalogDocument, validateDocument } from "@tallybook/catalog";
import { expect, test } from "vitest";
import { readDocument } from "../src/document.ts";

function example(name: string): CatalogDocument {
  const file = path.join(import.meta.dirname, "../examples", name);
  const read = validateDocument(readDocument(readFileSync(file, "utf8"), name).json);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.document;
}

test("the AI platform entitles by plan, and sells two add-ons", () => {
  const { plans, objects } = example("ai-platform.yaml");
  const features = objects.filter(({ collection }) => collection === "features");
  expect(features.map(({ id, body }) => [id, body["type"]])).toEqual([
    ["fine_tuning", "boolean"],
    ["model_access_tier", "custom"],
    ["max_context_length", "quantity"],
    ["input_tokens", "metered"],
  ]);
  const entitled = plans.map(({ plan, details }) => [
    plan,
    ...details.entitlements.map(({ value, hard }) => `${value}${hard ? " at most" : ""}`),
  ]);
  expect(entitled).toEqual([
    ["ai_free", "false", "basic", "4096", "1000000 at most"],
    ["ai_developer", "true", "standard", "16384"],
    ["ai_scale", "true", "all", "128000"],
    ["dedicated_endpoint"],
    ["content_moderation"],
  ]);
  const addOns = plans.filter(({ details }) => details.add_on);
  expect(addOns.map(({ plan, prices }) => [plan, prices[0]?.charge])).toMatchObject([
    ["dedicated_endpoint", { model: "flat", amount: "100" }],
    ["content_moderation", { model: "flat", amount: "25" }],
  ]);
  const meters = plans.map(({ prices }) => prices.map(({ meter }) => meter));
  expect(meters[0]).toEqual([null, "input_tokens", "output_tokens"]);
  expect(meters[1]).toContain("image_generations");
});

test("the chatbot prices calls, and tokens by model and type", () => {
  const [plan] = example("chatbot.yaml").plans;
  expect(plan?.prices.map(({ charge }) => charge)).toMatchObject([
    { model: "per_unit", unit_amount: "0.01" },
    {
      model: "matrix",
      dimensions: ["model", "type"],
      rows: [
        { dimensions: { model: "model_a", type: "input" }, charge: { unit_amount: "0.00001" } },
        { dimensions: { model: "model_a", type: "output" }, charge: { unit_amount: "0.00002" } },
        { dimensions: { model: "model_b", type: "input" }, charge: { unit_amount: "0.000005" } },
        { dimensions: { model: "model_b", type: "output" }, charge: { unit_amount: "0.00001" } },
      ],
    },
  ]);
});
