import { accountMap, mapFaults, UnmappedAccount } from "@tallybook/books";
import { expect, test } from "vitest";

const rules = [
  { from: "assets:receivable:*", to: "Debtors:*" },
  { from: "income:usage:*:*", to: "Usage:*" },
  { from: "income:**", to: "Other:**" },
];

test("the first rule that fits names an account", () => {
  const nameOf = accountMap(rules);
  expect(nameOf("assets:receivable:acme")).toBe("Debtors:acme");
  expect(nameOf("income:usage:plan:price")).toBe("Usage:plan");
  expect(nameOf("income:usage:plan")).toBe("Other:usage:plan");
  expect(nameOf("income:rounding")).toBe("Other:rounding");
});

test("what wildcards stand for is written for the dialect, what a rule spells is not", () => {
  const nameOf = accountMap([{ from: "a:*", to: "as spelled:*" }], (part) => part.toUpperCase());
  expect(nameOf("a:b")).toBe("as spelled:B");
});

test("an account that no rule names is said", () => {
  expect(() => accountMap(rules)("liabilities:tax")).toThrow(UnmappedAccount);
  expect(() => accountMap(rules)("assets:receivable:a:b")).toThrow("assets:receivable:a:b");
});

test("a rule of an entity holds in its books alone, one without in all", () => {
  const nameOf = accountMap([
    { entity: "gmbh", from: "assets:bank", to: "Assets:DE:Bank" },
    { entity: null, from: "assets:bank", to: "Assets:US:Bank" },
    { from: "income:**", to: "Income:**" },
  ]);
  expect(nameOf("assets:bank", "gmbh")).toBe("Assets:DE:Bank");
  expect(nameOf("assets:bank", null)).toBe("Assets:US:Bank");
  expect(nameOf("assets:bank")).toBe("Assets:US:Bank");
  expect(nameOf("income:rounding", "gmbh")).toBe("Income:rounding");
  expect(() => nameOf("assets:bank", "kk")).toThrow(
    "the account assets:bank of the entity kk is in no rule of the account map",
  );
  expect(() => nameOf("assets:cash", null)).toThrow("the account assets:cash is in no rule");
});

test("rules that cannot be used are said, each with its number", () => {
  expect(mapFaults(rules)).toEqual([]);
  const faulty = [
    { from: "a:**:b", to: "x" },
    { from: "a:*", to: "x:*:*" },
    { from: "c", to: "x" },
    { from: "c", to: "y:" },
    { entity: "gmbh", from: "c", to: "z" },
    { entity: "gmbh", from: "d", to: "z" },
    { entity: null, from: "d", to: "z" },
    { from: "d", to: "z" },
    { entity: " ", from: "e", to: "z" },
  ];
  expect(mapFaults(faulty).map(({ rule, why }) => `${rule} ${why}`)).toEqual([
    expect.stringContaining("1 `from: a:**:b`: ** may only be the last part"),
    expect.stringContaining("2 `to: x:*:*` asks for more"),
    expect.stringContaining("4 `to: y:` has an empty part"),
    expect.stringContaining("4 `from: c` is rule 3 already"),
    expect.stringContaining("5 `from: c` is rule 3 already"),
    expect.stringContaining("9 `entity` is empty"),
  ]);
});
