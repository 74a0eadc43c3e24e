import { readFileSync } from "node:fs";
import path from "node:path";
import { validateDocument } from "@tallybook/catalog";
import { expect, test } from "vitest";
import { readDocument } from "../src/document.ts";

test("numbers are the text of the file, never a float", () => {
  const { json } = readDocument(
    "plans:\n  - { a: 0.10, b: 1e3, c: 12345678901234567890.123456789012, d: 042, e: -0.0, f: true, g: null, h: '7' }\n",
    "plans.yaml",
  );
  expect(json).toEqual({
    plans: [
      {
        a: "0.10",
        b: "1e3",
        c: "12345678901234567890.123456789012",
        d: "042",
        e: "-0.0",
        f: true,
        g: null,
        h: "7",
      },
    ],
  });
});

test("JSON is read by the same rule", () => {
  expect(readDocument('{"plans": [{"amount": 0.30}]}', "plans.json").json).toEqual({
    plans: [{ amount: "0.30" }],
  });
});

test("a field is found in the file, and what is missing by what is around it", () => {
  const document = readDocument(
    [
      "meters: []",
      "plans:",
      "  - plan: a",
      "    prices:",
      "      - price: x",
      "        tiers:",
      "          - { up_to: 1 }",
      "          - { up_to: 2 }",
    ].join("\n"),
    "plans.yaml",
  );
  expect(document.lineOf("plans[0].plan")).toBe(3);
  expect(document.lineOf("plans[0].prices[0].tiers[1].up_to")).toBe(8);
  expect(document.lineOf("plans[0].prices[0].tiers[1].unit_amount")).toBe(8);
  expect(document.lineOf("plans[0].currency")).toBe(3);
  expect(document.lineOf("customers")).toBeUndefined();
});

test("a syntax error names file and line", () => {
  expect(() => readDocument("plans:\n  - a: [1\n  - b: 2\n", "plans.yaml")).toThrow(
    /^plans.yaml:\d+: /,
  );
  expect(() => readDocument("a: 1\na: 2\n", "plans.yaml")).toThrow(
    "plans.yaml:2: Map keys must be unique",
  );
});

test.each(["ai-platform.yaml", "acme.yaml", "chatbot.yaml"])(
  "the example %s can be read",
  (name) => {
    const file = path.join(import.meta.dirname, "../examples", name);
    const { json } = readDocument(readFileSync(file, "utf8"), name);
    expect(validateDocument(json)).toMatchObject({ ok: true });
  },
);

test.each([
  ["that holds itself", "a: &a [*a]\n"],
  [
    "that grows without bound",
    `a: &a [x, x]\nb: &b [${"*a, ".repeat(60)}]\nc: [${"*b, ".repeat(60)}]\n`,
  ],
])("an alias %s is refused in words", (_what, text) => {
  expect(() => readDocument(text, "plans.yaml")).toThrow(
    "plans.yaml: its aliases cannot be followed",
  );
});
