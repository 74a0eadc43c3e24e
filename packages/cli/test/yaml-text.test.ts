import { readFileSync } from "node:fs";
import path from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readDocument } from "../src/document.ts";
import { yamlText } from "../src/yaml-text.ts";

test("is read as what was written, whatever texts there are", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "true",
      "null",
      "~",
      "007",
      "1e3",
      "0x1f",
      "1_000",
      "-0",
      ".5",
      "",
      "- a",
      "a: b",
    ),
    fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String),
    fc.tuple(fc.nat(), fc.nat()).map(([whole, part]) => `${whole}.${part}`),
  );
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.boolean(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(text, tie("value"), { maxKeys: 3 }),
    ),
  })).value;
  const documents = fc.dictionary(
    fc.constantFrom("meters", "plans"),
    fc.array(fc.dictionary(text, value, { maxKeys: 4 }), { maxLength: 3 }),
  );
  fc.assert(
    fc.property(documents, (document) => {
      expect(readDocument(yamlText(document), "it").json).toEqual(document);
    }),
  );
});

test("is written as people write it", () => {
  const text = yamlText({
    meters: [{ meter: "calls", event_type: "api.call", aggregation: "count" }],
    plans: [
      {
        plan: "pro",
        currency: "USD",
        prices: [
          { price: "fee", model: "flat", amount: "20" },
          {
            price: "calls",
            meter: "calls",
            model: "graduated",
            tiers: [
              { up_to: "1000000", unit_amount: "0.0000025" },
              { up_to: "10000000", unit_amount: "0.000001" },
            ],
            description: "Calls of the API, whatever they ask for and however long they take",
          },
        ],
        metadata: { release: "1.50", active: "true" },
      },
    ],
  });
  expect(text).toBe(
    [
      "meters:",
      "  - { meter: calls, event_type: api.call, aggregation: count }",
      "plans:",
      "  - plan: pro",
      "    currency: USD",
      "    prices:",
      "      - { price: fee, model: flat, amount: 20 }",
      "      - price: calls",
      "        meter: calls",
      "        model: graduated",
      "        tiers:",
      "          - { up_to: 1000000, unit_amount: 0.0000025 }",
      "          - { up_to: 10000000, unit_amount: 0.000001 }",
      "        description: Calls of the API, whatever they ask for and however long they take",
      '    metadata: { release: 1.50, active: "true" }',
      "",
    ].join("\n"),
  );
});

test("an example says the same after it was read and written", () => {
  for (const name of ["ai-platform.yaml", "acme.yaml", "chatbot.yaml"]) {
    const text = readFileSync(path.join(import.meta.dirname, "../examples", name), "utf8");
    const { json } = readDocument(text, name);
    expect(readDocument(yamlText(json), name).json).toEqual(json);
  }
});
